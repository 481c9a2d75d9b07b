"""``make cost``: play every journey, price it, write docs/cost.md and docs/proofs/cost.json.

docs/proofs/cost.json, which a capacity model reads::

    {"ran": {"day", "commit"},
     "journeys": {name: {
        "title", "unit", "many",            # the figures below are of so many units together
        "sums": {...},                      # the integers of the budget
        "transitions": {machine: n},        # of Step Functions
        "stored": {table: bytes},           # what the rows took more, with their indexes' entries
        "steps": [{                         # every invocation, in its order
            "function", "trigger",          # http <route>, sqs <queue>, stream <table>, or task
            "records",                      # of its batch; 1 where there is none
            "calls": {"service.Operation": n},
            "dynamodb": {"table" or "table/index": {"wcu", "rcu"}},
            "sqs": {queue: messages sent},
            "firehose": [bytes of each record],
            "events",                       # put on the bus
            "psp_calls", "log_lines", "log_bytes"}]}},
     "cents_a_million": {bill: cents}}

Tables and queues are named as in the simulation: `payment_order`, `postings.fifo`. Secrets are read
once in five minutes by a process and stand nowhere.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from tools.cost import budget, page
from tools.cost.played import play
from tools.cost.tables import assumptions
from tools.local.places import ROOT
from tools.proof.runner import commit

KEPT = ROOT / "docs" / "proofs" / "cost.json"
PAGE = ROOT / "docs" / "cost.md"
PLOT = ROOT / "docs" / "plots" / "cost.svg"


def main(
    lower: Annotated[bool, typer.Option("--lower", help="Make this run the budget.")] = False,
) -> None:
    """Count and price every journey; exit code 1 when it is not as the budget says."""
    journeys, assumed = play(), assumptions()
    taken = budget.spent(journeys, assumed)
    if lower:
        budget.write(taken)
    ran = {"day": datetime.now(UTC).date().isoformat(), "commit": commit()}
    found: dict[str, Any] = {
        "ran": ran,
        "journeys": {name: counted.as_json() for name, counted in journeys.items()},
        "cents_a_million": taken["cents_a_million"],
    }
    PLOT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    PAGE.write_text(
        page.page(journeys, assumed, f"{ran['day']} at `{ran['commit']}`"), encoding="utf-8"
    )
    PLOT.write_text(page.plot(journeys, assumed), encoding="utf-8")
    for name, cents in taken["cents_a_million"].items():
        typer.echo(f"{name}: {cents / 100:.2f} dollars a million payments")
    wrong = list(budget.compared(budget.budget(), taken))
    for one in wrong:
        typer.echo(one)
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    typer.run(main)
