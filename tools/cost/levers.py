"""What would make it cheaper or dearer, each computed from the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.cost.bill import MILLION, STREAMED, Amounts, dollars
from tools.cost.scenario import Journeys, cents, from_intake, kept
from tools.cost.tables import Assumptions

RESERVED_SAVES_PERCENT = 54
"""Of provisioned capacity that is reserved for a year."""
Change = Callable[[Amounts], None]


@dataclass(frozen=True, slots=True)
class Lever:
    """One change, alone, and what it costs beside nothing changed, in cents a million payments."""

    name: str
    keeps: str
    on_demand: int
    provisioned: int


def levers(journeys: Journeys, assumed: Assumptions) -> Iterator[Lever]:
    """Every lever; negative is cheaper."""
    now = from_intake(journeys, assumed)
    for name, keeps, change in _of_design(journeys):
        then = dict(now)
        change(then)
        yield _lever(name, keeps, (now, assumed), (then, assumed))
    for name, keeps, other in _of_assumptions(assumed):
        yield _lever(name, keeps, (now, assumed), (from_intake(journeys, other), other))
    yield _reserved(now, assumed)
    millions = assumed["payments_a_day"] / MILLION
    for one in kept(journeys, assumed):
        each = int((one.usd_a_day / millions * 100).to_integral_value())
        yield Lever(
            f"beside the bill: {one.what}", "once it is full; none of it is in the bill", each, each
        )


def _reserved(now: Amounts, assumed: Assumptions) -> Lever:
    """Capacity of tables paid for a year ahead."""
    told = dollars(now, assumed, provisioned=True)
    tables = told["DynamoDB writes"] + told["DynamoDB reads"]
    saved = int((tables * RESERVED_SAVES_PERCENT).to_integral_value())
    keeps = "what is not needed after all is paid for as well; no list price of a day"
    return Lever("capacity reserved for a year, where it is provisioned", keeps, 0, -saved)


def _lever(
    name: str, keeps: str, now: tuple[Amounts, Assumptions], then: tuple[Amounts, Assumptions]
) -> Lever:
    differs = [
        cents(*then, provisioned=one) - cents(*now, provisioned=one) for one in (False, True)
    ]
    return Lever(name, keeps, *differs)


def _of_design(journeys: Journeys) -> Iterator[tuple[str, str, Change]]:
    payment = journeys["payment"]
    writes = payment.writes()

    def fewer(place: str) -> Change:
        units = Decimal(writes[place]) / payment.many * MILLION
        return _less("dynamodb_write", units)

    yield (
        "events of PSPs without an index by order",
        "a trail would ask the lake instead, hours later; or the order would be the table's key, "
        "and an id that a PSP used twice, for two orders, would no longer be noticed",
        fewer("psp_event/by_order"),
    )
    yield (
        "`payment.succeeded` on the bus, once somebody listens",
        "one name in the stage's list (docs/deploy.md)",
        _less("eventbridge", -MILLION),
    )
    yield (
        "intake at its function's own URL too, signed with IAM as now",
        "the log of whom IAM refused, which nobody would write, and the API's throttle",
        _less("http_api", MILLION),
    )
    yield (
        "webhooks through the API",
        "a throttle, a log and an address that outlives the function",
        _less("http_api", -MILLION),
    )


def _less(name: str, amount: Decimal) -> Change:
    def change(found: Amounts) -> None:
        found[name] -= amount

    return change


_ASSUMED: Final = (
    (
        "START, END and REPORT logged of every invocation",
        "as Lambda does by itself: durations and memory, which are metrics anyway",
        {"platform_log_bytes": 398},
    ),
    (
        "all logs kept 365 days instead of what people command alone",
        "machines' lines say nothing that the rows do not; the law asks for who did what",
        {"log_kept_days": 365},
    ),
    (
        "X-Ray of 5 % of what callers ask instead of 0.5 %",
        "58 requests a second instead of 6 are traced",
        {"traced_per_mille": 50},
    ),
    (
        "all functions of 256 MB",
        "a cold start and an answer that is waited for take twice the time",
        {"memory_mb": 256},
    ),
    (
        "`order_execution` of 512 MB",
        "a batch is through 0.14 s sooner",
        {"memory_mb_waiting": 512},
    ),
    (
        "a reconciliation that reads 11 days instead of 41",
        "what a PSP settles later than ten days after its capture would stay an open break",
        {"athena_nano_tb_order": 16},
    ),
    (
        "calls of AWS by botocore as it comes",
        "nothing: our clients do no work whose outcome is known (docs/bench.md)",
        {"cpu_us_call": 1_700},
    ),
)


def _of_assumptions(assumed: Assumptions) -> Iterator[tuple[str, str, Assumptions]]:
    for lever, price, values in _ASSUMED:
        yield lever, price, assumed.but(**values)
    for records in (1, 2, 5):
        yield (
            f"queues' batches of {records} instead of {assumed['queue_records']}",
            "what a quiet hour costs more, for each of its payments",
            assumed.but(queue_records=records),
        )
    streams = [name for name in assumed.values if name.startswith(STREAMED)]
    yield (
        "four lanes a shard of a stream instead of two",
        "as there were: half as long a batch, and a sale of twice the busiest hour comes through",
        assumed.but(**{name: -(-assumed.values[name] // 2) for name in streams}),
    )
    yield (
        "streams' changes gathered for a second, 50 in a batch",
        "a payment passes the relay three times, and would wait as often",
        assumed.but(**dict.fromkeys(streams, 50)),
    )
    yield (
        "a million payouts a day instead of a month",
        "as the design was once costed",
        assumed.but(sellers=assumed.values["sellers"] * 30),
    )
