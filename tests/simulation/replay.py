"""Replay one history and print its calls: ``python -m tests.simulation.replay F2:17:after``.

A file of .local/simulation, where the run writes what fails, will do as well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
for _part in ("layers/core/python", "layers/adapters/python"):
    sys.path.insert(0, str(_ROOT / _part))

from tests.simulation.explore import play  # noqa: E402 - after the layers are on the path
from tests.simulation.faults import Broken, Plan, parse_plan  # noqa: E402
from tests.simulation.flows import FLOWS  # noqa: E402
from tests.simulation.machine import machine  # noqa: E402
from tests.simulation.world import World  # noqa: E402
from tests.simulation.zoo import ZOO  # noqa: E402


def plan_of(given: str) -> Plan:
    """The plan itself, or the one in a file. Raises ValueError when there is none."""
    if not given.endswith(".json"):
        return parse_plan(given)
    return parse_plan(json.loads(Path(given).read_text(encoding="utf-8"))["plan"])


def main() -> int:
    """Answer 0 when every invariant holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.replay", description=__doc__)
    says = "such as F2, F2:17:after or F2:17:lost@3, or a file that has one"
    parser.add_argument("plan", type=plan_of, help=says)
    parser.add_argument("--bug", choices=ZOO, help="plant this bug first")
    given = parser.parse_args()
    flow = FLOWS[given.plan.flow]
    with machine() as process, contextlib.ExitStack() as stack:
        if given.bug:
            # What happened before the flow is made without the bug.
            play(process, Plan(flow.name))
            stack.enter_context(ZOO[given.bug].plant())
        world = World(process, flow, given.plan)
        try:
            world.run()
        except Broken as broken:
            failure: Broken | None = broken
        else:
            failure = None
    struck = {call.number for call in world.injector.struck}
    lines = [f"{'*' if c.number in struck else ' '} {c}" for c in world.injector.calls]
    lines += [f"call log {world.injector.log_sha256}", str(failure or "every invariant holds")]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if failure else 0


if __name__ == "__main__":
    raise SystemExit(main())
