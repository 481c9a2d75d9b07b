"""Replay one history and print its calls: ``python -m tests.simulation.replay F2:17:after``.

A file of .local/simulation, where the run writes what fails, will do as well. Planted bugs of pure
code are caught by amounts and not by histories: ``--bug Z10`` alone tries all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
for _part in ("layers/core/python", "layers/adapters/python"):
    sys.path.insert(0, str(_ROOT / _part))

from tests.simulation.bug import Bug, Examples  # noqa: E402 - after the layers are on the path
from tests.simulation.faults import Broken, Plan, parse_plan  # noqa: E402
from tests.simulation.flows import FLOWS  # noqa: E402
from tests.simulation.machine import machine  # noqa: E402
from tests.simulation.world import World  # noqa: E402
from tests.simulation.zoo import ZOO, make_prelude  # noqa: E402

EXAMPLES_MAX = 20
"""How many examples are told of a bug that many of them catch."""


def plan_of(given: str) -> Plan:
    """The plan itself, or the one in a file. Raises ValueError when there is none."""
    if not given.endswith(".json"):
        return parse_plan(given)
    return parse_plan(json.loads(Path(given).read_text(encoding="utf-8"))["plan"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer 0 when every invariant holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.replay", description=__doc__)
    says = "such as F2, F2:17:after or F2:17:lost@3, or a file that has one; of a bug that amounts"
    parser.add_argument("plan", nargs="?", default="", help=f"{says} catch: one of them, or none")
    parser.add_argument("--bug", choices=ZOO, help="plant this bug first")
    given = parser.parse_args(arguments)
    try:
        lines, holds = _played(given.plan, ZOO[given.bug] if given.bug else None)
    except _Unknown as unknown:
        parser.error(str(unknown))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if holds else 1


class _Unknown(Exception):
    """There is no such thing to play."""


def _played(given: str, bug: Bug | None) -> tuple[list[str], bool]:
    """What is to be told, and whether every invariant holds. Raises _Unknown."""
    if bug is not None and isinstance(bug.ground, Examples):
        return _tried(given, bug, bug.ground)
    try:
        plan = plan_of(given)
        flow = FLOWS[plan.flow]
    except (ValueError, KeyError, OSError):
        raise _Unknown(f"there is no history {given!r}") from None
    with machine() as process, contextlib.ExitStack() as stack:
        if bug is not None:
            # What happened before the flow is made without the bug.
            make_prelude(process, plan.flow)
            stack.enter_context(bug.plant())
        world = World(process, flow, plan)
        failure: Broken | None = None
        try:
            world.run()
        except Broken as broken:
            failure = broken
    struck = {call.number for call in world.injector.struck}
    lines = [f"{'*' if c.number in struck else ' '} {c}" for c in world.injector.calls]
    lines += [f"call log {world.injector.log_sha256}", str(failure or "every invariant holds")]
    return lines, failure is None


def _tried(given: str, bug: Bug, examples: Examples) -> tuple[list[str], bool]:
    """A bug of pure code, by one of its examples, or by all of them when none is given."""
    with bug.plant():
        found = [(name, wrong) for name, wrong in examples.play() if given in ("", name)]
    if not found:
        raise _Unknown(
            f"{bug.name} is caught by {examples.name} and by no history, and {given!r} is none of "
            "them: leave it out, and all are tried"
        )
    broken = [f"{name}: {problem}" for name, wrong in found for problem in wrong]
    lines = [*broken[:EXAMPLES_MAX], f"{len(broken)} of {len(found)} {examples.name} break"]
    return lines, not broken


if __name__ == "__main__":
    raise SystemExit(main())
