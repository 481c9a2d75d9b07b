"""The page docs/capacity.md, from a run of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tools.capacity.breaks import Break, wallet_units
from tools.capacity.conflicts import Contest, contend
from tools.capacity.groups import pace
from tools.capacity.jobs import Job
from tools.capacity.outcome import Outcome
from tools.capacity.parameters import Parameters
from tools.capacity.races import Race
from tools.capacity.sections import compared, quotas, sharing, steps_table, verdicts
from tools.capacity.tables import LARGEST, postings_per_s, shards_of

HEAD = """# Capacity

Written by `make capacity`; do not edit. A model, seeded and deterministic (`tools/capacity`), of
where this system breaks first on AWS
and what to raise. Nothing here was measured on AWS: what it is fed with stands in
[`parameters.json`](../tools/capacity/parameters.json), what is deployed is read from
[`infra/config.py`](../infra/config.py) (stage `prod`).
"""


@dataclass(frozen=True, slots=True)
class Book:
    """Everything a page tells; `runs` are outcomes by load, by design, by shape of the load."""

    given: Parameters
    seed: int
    breaks: Sequence[Break]
    runs: Sequence[Outcome]
    races: Sequence[Race]
    jobs: Sequence[Job]
    validation: str = ""
    plots: Sequence[str] = field(default_factory=tuple)


def page(book: Book) -> str:
    """The page as Markdown."""
    parts = [
        HEAD.strip(),
        _source(book),
        "## Does it hold ten times the load?",
        verdicts(book.runs, book.races),
        *_plot(book, "breaks"),
        "## What breaks first",
        _breaks(book),
        "## Quotas to raise before launch",
        quotas(book.runs),
        "## What cannot be split",
        sharing(book.runs, wallet_units(book.given)),
        "## Steps",
        steps_table(book.runs),
        *_plot(book, "backlog"),
        "## Partitions",
        _partitions(book),
        *_plot(book, "heat"),
        "## Wallets",
        _wallets(book),
        "## Conflicts",
        _conflicts(book),
        *_plot(book, "conflicts"),
        "## Jobs that do not grow with each payment",
        _jobs(book.jobs),
        "## Checked against a measured run",
        book.validation
        or "Not measured yet: `make capacity ARGS=--measure` against a running system.",
    ]
    return "\n\n".join(parts) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _plot(book: Book, name: str) -> list[str]:
    return [f"![{name}](capacity/{name}.svg)"] if name in book.plots else []


def _source(book: Book) -> str:
    given = book.given
    return (
        f"Seed {book.seed}. {given.payments_per_s(1):,.0f} payments a second are the mean of a "
        "hundred "
        f"million a day; the busiest hour of the real checkouts has {given.peak_factor:.2f} times "
        "the "
        f"mean hour, and a checkout {given.orders_per_payment:.3f} orders. The flash sale doubles "
        "the "
        f"busiest hour within {given.raw['flash']['ramp_s']} s. Sellers by Zipf, the largest with "
        f"{given.raw['sellers']['largest_share']:.0%} of all orders. Every order is delivered, so "
        "it is "
        f"posted twice. Where the figures come from. {given.raw['source']}."
    )


def _breaks(book: Book) -> str:
    rows = [
        (str(place), one.name, f"{one.load:.2f}x", one.owner, one.how)
        for place, one in enumerate(book.breaks, start=1)
        if one.load < 12.0
    ]
    said = (
        "As deployed, in the busiest hour, in the order in which a growing load reaches them. A "
        "limit is "
        "ours (a number of this repository) or AWS's. What is beyond 12x is left out."
    )
    return said + "\n\n" + table(("", "limit", "reached at", "whose", "raised by"), rows)


def _partitions(book: Book) -> str:
    rows = []
    for run in book.runs:
        if run.traffic != "peak hour":
            continue
        for name, heat in run.heats.items():
            rows.append(
                (
                    f"{run.load:g}x",
                    run.design.name,
                    name,
                    str(heat.partitions),
                    f"{heat.at_first:.0%}",
                    f"{heat.settled:.0%}",
                )
            )
    said = (
        "The hottest partition's share of 1,000 write and 3,000 read units a second, as the "
        "table is warm "
        "and after DynamoDB has split what stays hot (minutes). A key of a due-index cannot be "
        "split: its "
        "sort keys are times, and only grow."
    )
    return (
        said
        + "\n\n"
        + table(("load", "design", "table", "partitions", "at first", "after splits"), rows)
    )


def _wallets(book: Book) -> str:
    paced, rows = pace(book.given.raw["posting"]), []
    for run in book.runs:
        if run.traffic != "peak hour":
            continue
        for rank in (1, 2, LARGEST):
            ran = run.largest[rank]
            rate = ran.arrived / ran.seconds
            rows.append(
                (
                    f"{run.load:g}x",
                    run.design.name,
                    str(rank),
                    str(shards_of(rank, book.given, run.design)),
                    f"{rate:.0f}",
                    f"{rate / paced.ceiling:.0%}",
                    f"{ran.group_size:.1f}",
                    f"{ran.ages.percentile(0.5):.2f}",
                    f"{ran.ages.percentile(0.99):.2f}",
                )
            )
    peak = book.given.payments_per_s(10) * book.given.peak_factor
    said = (
        f"A FIFO group is one writer: at most {paced.batch} postings at a time, "
        f"{paced.ceiling:.0f} a second. "
        f"At 10x the busiest hour has {postings_per_s(book.given, peak):,.0f} postings a second. "
        "Ages are those "
        "of half a minute; a wallet above 100% falls behind for as long as the load lasts."
    )
    heads = (
        *("load", "design", "seller", "wallets", "postings/s each", "of its pace"),
        *("a transaction", "age p50 s", "p99 s"),
    )
    return said + "\n\n" + table(heads, rows)


def _conflicts(book: Book) -> str:
    raw = book.given.raw["conflict"]
    contest = Contest(raw["lock_ms"] / 1_000, raw["base_ms"] / 1_000, int(raw["tries"]))
    ours = table(
        ("where two may write one row", "writes", "refused", "attempts a write"),
        [
            (one.place, f"{one.writes:,}", f"{one.rate:.2%}", f"{1.0 / (1.0 - one.rate):.3f}")
            for one in book.races
        ],
    )
    postings = [
        (
            f"{run.load:g}x",
            run.design.name,
            f"{run.postings_per_s:,.0f}",
            f"{run.group:.2f}",
            f"{1.0 / run.group:.2f}",
        )
        for run in book.runs
        if run.traffic == "peak hour"
    ]
    largest = book.given.payments_per_s(10) * book.given.orders_per_payment
    naive = contend(
        largest * float(book.given.raw["sellers"]["largest_share"]), contest, 12_000, book.seed
    )
    return "\n\n".join(
        [
            "A wallet has one writer, so a credit is refused by nobody: attempts a transaction "
            "1.00. What is left:",
            ours,
            "Transactions on wallets for each credit (the smaller, the fuller the groups):",
            table(
                ("load", "design", "postings/s", "a transaction", "transactions a credit"), postings
            ),
            "Without groups, the largest seller's captures alone at 10x on one row: "
            f"{naive.done_share:.0%} get "
            f"through, {naive.attempts_each:.1f} attempts each. The model of contention beside "
            "the figures it "
            "was given (8 ms a transaction, full jitter, 8 tries; the first wait, 20 ms, was not "
            "given "
            "and is fitted to them):",
            compared(contest, book.seed),
        ]
    )


def _jobs(found: Sequence[Job]) -> str:
    rows = [
        (one.name, one.reads, f"{one.there:,.0f}", f"{one.can:,.0f}", _fits(one), one.then)
        for one in found
    ]
    return table(("job", "reads", "there are, at 1x", "it can", "", "else"), rows)


def _fits(one: Job) -> str:
    return "fits" if one.can >= one.there else "**does not fit**"
