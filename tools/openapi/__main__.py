"""`python -m tools.openapi [--check]`: writes the API document, or compares it with the code."""

from __future__ import annotations

import argparse
import difflib
import sys
from itertools import islice
from pathlib import Path

from tools.local.places import ROOT
from tools.openapi.components import NameTaken
from tools.openapi.document import document, rendered
from tools.openapi.errors import Undocumented

COMMITTED = ROOT / "docs" / "openapi.json"
_DIFF_LINES = 40


def main(arguments: list[str] | None = None, path: Path = COMMITTED) -> int:
    """Write or check; the exit code is 1 when the file is not what the code says."""
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check: bool = parser.parse_args(arguments).check
    try:
        wanted = rendered(document())
    except (NameTaken, Undocumented) as problem:
        print(f"countinghouse: {problem}", file=sys.stderr)
        return 1
    if check:
        return _check(wanted, path)
    path.write_text(wanted, encoding="utf-8")
    return 0


def _check(wanted: str, path: Path) -> int:
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if committed == wanted:
        return 0
    lines = difflib.unified_diff(
        committed.splitlines(), wanted.splitlines(), "committed", "code", lineterm="", n=1
    )
    print("\n".join(islice(lines, _DIFF_LINES)), file=sys.stderr)
    print(
        f"countinghouse: {path.name} is not what the code says: run make openapi and commit it",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
