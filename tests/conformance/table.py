"""docs/conformance.md, made from the scenarios after a green run: `make conformance`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tests.conformance.psps import PSPS
from tests.conformance.scenarios import Scenario

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
_HEAD = """# Conformance of the PSP adapters

Each scenario is played at each PSP by the same code, over HTTP, with that PSP's own client library
where it has one: our use cases drive the adapter, the sandbox's face of the PSP answers, webhooks
come back signed, and the same outcome is expected of all. ✓ passes in every run of `make test`; a
dash says why a PSP has nothing to play. Written by `make conformance` after the suite passed
([tests/conformance](../tests/conformance)).
"""


def page(scenarios: Iterable[Scenario]) -> str:
    """The page: a table a group, a row a scenario, a column a PSP."""
    lines, cells = [_HEAD], 0
    for group, members in groupby(scenarios, key=lambda one: one.group):
        lines += [f"## {group}", f"| | {' | '.join(PSPS)} |", "|---|" + "---|" * len(PSPS)]
        for one in members:
            marks = [f"– {one.without[psp]}" if psp in one.without else "✓" for psp in PSPS]
            cells += sum(mark == "✓" for mark in marks)
            lines.append(f"| {one.name} | {' | '.join(marks)} |")
        lines.append("")
    lines.append(f"{cells} cells, all of them pass.")
    return "\n".join(lines) + "\n"
