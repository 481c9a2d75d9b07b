"""`python -m tools.sample_events [--check]`: writes `events/`, or compares it with the code."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tools.local.places import ROOT
from tools.sample_events.catalogue import catalogue
from tools.sample_events.world import Json

EVENTS = ROOT / "events"


def main(arguments: list[str] | None = None, root: Path = EVENTS) -> int:
    """Write or check; the exit code is 1 when a file is not what the code says."""
    parser = argparse.ArgumentParser(prog="python -m tools.sample_events", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check: bool = parser.parse_args(arguments).check
    wanted = {root / f"{path}.json": rendered(sample) for path, sample in catalogue().items()}
    stale = sorted(set(root.rglob("*.json")) - wanted.keys())
    if check:
        return _check(wanted, stale, root)
    for path in stale:
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def rendered(sample: Json) -> str:
    """A sample as it is committed."""
    return json.dumps(sample, indent=2, ensure_ascii=False) + "\n"


def _check(wanted: dict[Path, str], stale: list[Path], root: Path) -> int:
    differing = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in (*differing, *stale):
        what = "nothing makes it any more" if path in stale else "it is not what the code says"
        print(f"{path.relative_to(root.parent)}: {what}", file=sys.stderr)
    if differing or stale:
        print("countinghouse: run python -m tools.sample_events and commit", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
