"""A failing history, written down so that it can be played again."""

from __future__ import annotations

import json
from pathlib import Path

from tests.simulation.faults import parse_plan
from tests.simulation.tally import Failure
from tools.local.places import ROOT


def written_down(folder: Path, commit: str, failure: Failure) -> str:
    """Write it to a file of its own, and return what is said of it."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = parse_plan(failure.plan)
    told = {"plan": failure.plan, "seed": plan.seed, "commit": commit, "flow": plan.flow}
    told |= {"problems": [*failure.problems], "smallest": failure.smallest}
    name = "".join(one if one.isalnum() else "-" for one in failure.plan)[:120]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if failure.smallest:
        return f"SMALLEST of {failure.plan}: {parse_plan(failure.smallest).command}"
    lines = [f"VIOLATION seed {plan.seed}, commit {commit}, plan {failure.plan}"]
    lines += [f"  {problem}"[:300] for problem in failure.problems]
    return "\n".join([*lines, f"  replay: {plan.command}", f"  kept in {_short(path)}"])


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
