"""docs/cost.md, from what a run counted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from tools.cost import levers
from tools.cost.bill import Amounts, dollars
from tools.cost.budget import BILLS
from tools.cost.chart import stacked
from tools.cost.counted import SESSION, Counted
from tools.cost.scenario import Journeys, from_intake, kept
from tools.cost.tables import Assumptions, prices, reasons

NAIVE = Path(__file__).parent / "naive.json"
WRITES_MAX, CALLS_MAX, ON_DEMAND_MAX, PROVISIONED_MAX = 13, 8, 12, 7
"""What a payment of one order is to cost at most: write units and data calls from intake to wallet
in traffic, postings by two; dollars a million payments, payouts and reconciliation included."""
NOT_DESIGNED = (
    *("firehose_gb", "firehose_convert_gb", "firehose_partition_gb", "s3_put"),
    *("logs_stored", "data_out_gb"),
)
"""What the table of lines leaves out from which these dollars were set: the archive's filling,
logs that are kept, bytes out."""
_SCOPES = """The targets were set from a table of lines (ingress, tables, functions, queues, logs,
traces, payouts), to which reconciliation with its queries was added: that is the first pair of
dollars. The second counts what that table left out as well: filling the archive, logs that are
kept, bytes out; it has no target of its own and is held against the same. Tables, their backup and
the archive grow with the months and not with a day's payments; they are [below](#what-is-kept), and
among the levers."""
_INTRO = """# What it costs

Written by `make cost`: every journey is played on the local engine with the deployed handlers,
every AWS call and row counted ([docs/proofs/cost.json](proofs/cost.json), whose shape
`tools/cost/__main__.py` tells), priced from [`prices.json`](../tools/cost/prices.json) by the
assumptions below. Units are counted twice, by DynamoDB's rules from the sizes of the rows and by
the emulator; a run in which the two differ fails. `make test` holds every journey against
[`budget.json`](../tools/cost/budget.json): dearer fails, cheaper says to lower it."""


def page(journeys: Journeys, assumed: Assumptions, ran: str) -> str:
    """The page as Markdown."""
    parts = [
        _INTRO,
        f"Run on {ran}. Ids are as long as UUIDs; ten payments of five sellers at a time.",
        *("## The targets", _targets(journeys, assumed)),
        *("## A million payments", "![by component](plots/cost.svg)", _bills(journeys, assumed)),
        *("## Units and calls of each journey", _journeys(journeys.values())),
        *("## Where a payment's units go", _places(journeys["payment"])),
        *("## How large batches are", _batches(journeys)),
        *("## Levers", _levers(journeys, assumed)),
        *("## What is kept", _kept(journeys, assumed)),
        *("## Assumptions", _assumed(), "## Prices", _prices()),
    ]
    return "\n\n".join(parts) + "\n"


def plot(journeys: Journeys, assumed: Assumptions) -> str:
    """The bills beside the designs that were not built, as SVG."""
    found = from_intake(journeys, assumed)
    bars = {
        "from intake, on demand": dollars(found, assumed),
        "from intake, provisioned": dollars(found, assumed, provisioned=True),
        "the naive design": _naive("A"),
        "the cheapest defended": _naive("C"),
    }
    return stacked("Dollars per million payments", "$", bars)


def _naive(which: str) -> Amounts:
    found = json.loads(NAIVE.read_text(encoding="utf-8"))[which]
    return {name: Decimal(usd) for name, usd in found.items()}


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; every column but the first is of figures."""
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _targets(journeys: Journeys, assumed: Assumptions) -> str:
    pair = journeys["payment"]
    found = from_intake(journeys, assumed)
    told: list[tuple[str, Decimal, Decimal | int]] = [
        ("write units", _each(sum(pair.writes(but=SESSION).values()), pair), WRITES_MAX),
        ("data calls", _each(pair.data_calls(but=SESSION), pair), CALLS_MAX),
        *(
            (f"{says}{', provisioned' if provisioned else ', on demand'}", usd, most)
            for says, amounts in (
                ("dollars a million, payouts and reconciliation included", _designed(found)),
                ("with the archive's filling, kept logs and bytes out", found),
            )
            for provisioned, most in ((False, ON_DEMAND_MAX), (True, PROVISIONED_MAX))
            for usd in [_total(dollars(amounts, assumed, provisioned=provisioned))]
        ),
    ]
    rows = [
        (
            says,
            f"{figure:.2f}",
            most,
            "holds" if figure <= most else f"**{figure - most:.2f} over**",
        )
        for says, figure, most in told
    ]
    shown = table(("a payment of one order, from intake to wallet", "counted", "at most", ""), rows)
    return f"{shown}\n\n{_SCOPES}"


def _designed(found: Amounts) -> Amounts:
    """What the table of lines counts from which the dollars were set."""
    return {name: amount for name, amount in found.items() if name not in NOT_DESIGNED}


def _judged(over: Decimal) -> str:
    return "holds" if over <= 0 else f"**{over:.2f} over**"


def _each(many: int, counted: Counted) -> Decimal:
    return Decimal(many) / counted.many


def _total(priced: Amounts) -> Decimal:
    return sum(priced.values(), Decimal(0))


def _bills(journeys: Journeys, assumed: Assumptions) -> str:
    priced = [
        dollars(bill(journeys, assumed), assumed, provisioned=provisioned)
        for bill in BILLS.values()
        for provisioned in (False, True)
    ]
    rows = [(name, *(f"{one[name]:.2f}" for one in priced)) for name in priced[0]]
    rows.append(("**a million payments**", *(f"**{_total(one):.2f}**" for one in priced)))
    days = assumed["payments_a_day"] / 1_000_000
    rows.append(("**a day**", *(f"**{_total(one) * days:,.0f}**" for one in priced)))
    heads = [
        f"{name.replace('_', ' ')}{', provisioned' if provisioned else ''}"
        for name in BILLS
        for provisioned in (False, True)
    ]
    naive, cheapest = _total(_naive("A")), _total(_naive("C"))
    says = json.loads(NAIVE.read_text(encoding="utf-8"))["says"]
    return (
        table(("dollars", *heads), rows)
        + f"\n\nThe naive design costs {naive:.2f} a million, the cheapest that could be defended "
        + f"{cheapest:.2f}. {says}"
    )


def _journeys(found: Iterable[Counted]) -> str:
    heads = ("of one", "write units", "read units", "data calls", "other calls", "invocations")
    rows = []
    for counted in found:
        sums = {name: _each(many, counted) for name, many in counted.sums().items()}
        figures = (sums["write_units"], sums["half_read_units"] / 2, sums["data_calls"])
        more = (sums["other_calls"], sums["invocations"], sums["log_bytes"], sums["stored_bytes"])
        told = [f"{figure:.1f}" for figure in (*figures, *more[:2])]
        told += [f"{figure:.0f}" for figure in more[2:]]
        rows.append((f"`{counted.name}`: {counted.title} ({counted.many})", *told))
    return table((*heads, "log bytes", "stored bytes"), rows)


def _places(counted: Counted) -> str:
    rows = []
    for step in sorted({(one.function, one.trigger) for one in counted.steps}):
        same = [one for one in counted.steps if (one.function, one.trigger) == step]
        writes = sum(sum(one.units.writes.values()) for one in same)
        halves = sum(sum(one.units.halves.values()) for one in same)
        calls = sum(many for one in same for c, many in one.calls.items() if c[:9] == "dynamodb.")
        if calls:
            figures = (_each(writes, counted), _each(halves, counted) / 2, _each(calls, counted))
            rows.append((f"`{step[0]}` by {step[1]}", *(f"{figure:.1f}" for figure in figures)))
    places = sorted(counted.writes().items(), key=lambda one: (-one[1], one[0]))
    by_table = [(f"`{place}`", f"{_each(units, counted):.1f}") for place, units in places]
    heads = ("step", "write units", "read units", "data calls")
    return f"{table(heads, rows)}\n\n{table(('table or index', 'write units'), by_table)}"


def _batches(journeys: Journeys) -> str:
    rows = []
    for name in ("payment_1", "payment_2", "payment_5", "payment"):
        one = journeys[name]
        writes = _each(sum(one.writes(but=SESSION).values()), one)
        calls = _each(one.data_calls(but=SESSION), one)
        rows.append(
            (one.title, f"{writes:.1f}", f"{calls:.1f}", f"{len(one.steps) / one.many:.1f}")
        )
    return table(("played together", "write units", "data calls", "invocations"), rows)


def _levers(journeys: Journeys, assumed: Assumptions) -> str:
    rows = [
        (one.name, f"{one.on_demand / 100:+.2f}", f"{one.provisioned / 100:+.2f}", one.keeps)
        for one in levers.levers(journeys, assumed)
    ]
    heads = (
        "each alone, dollars a million from intake",
        "on demand",
        "provisioned",
        "what it takes",
    )
    return table(heads, rows)


def _kept(journeys: Journeys, assumed: Assumptions) -> str:
    rows = [
        (one.what, f"{one.gb:,.0f}", f"{one.usd_a_day:,.0f}") for one in kept(journeys, assumed)
    ]
    return table(("once it is full", "GB", "dollars a day"), rows)


def _assumed() -> str:
    rows = [(f"`{name}`", f"{value:,}", why) for name, (value, why) in reasons().items()]
    return table(("what no run here counts", "", "why"), rows)


def _prices() -> str:
    rows = [
        (f"`{one.name}`", f"{one.usd} / {one.per:,}", one.unit, one.dated, one.trust)
        for one in prices().values()
    ]
    return table(("price", "dollars", "for", "dated", "how surely"), rows)
