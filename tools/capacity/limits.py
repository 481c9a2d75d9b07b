"""Every limit that a load meets, ours and AWS's, with how much of it the load takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.capacity.design import Design
from tools.capacity.parameters import Parameters
from tools.capacity.partitions import Demand, total
from tools.capacity.sizing import concurrency_needed
from tools.capacity.steps import consumers, rate_of
from tools.capacity.streams import Relayed, published_per_s

MEGA = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: whose it is, what it allows, and what the load takes of it."""

    name: str
    owner: str
    allows: float
    takes: float
    unit: str
    how: str

    @property
    def used(self) -> float:
        """Share of the limit that is taken."""
        return self.takes / self.allows


def limits(
    given: Parameters,
    design: Design,
    payments_per_s: float,
    found: Sequence[Demand],
    relays: Sequence[Relayed],
) -> list[Limit]:
    """All limits at so many payments a second."""
    return [
        *_functions(given, design, payments_per_s, relays),
        *_messages(given, design, payments_per_s),
        *_tables(given, design, found),
        *_events(given, payments_per_s),
        _health(given, payments_per_s),
    ]


def busy_by_consumer(given: Parameters, design: Design, payments_per_s: float) -> dict[str, float]:
    """Invocations at once of each consumer, by Little's law; the postings apart."""
    return {
        name: concurrency_needed(steps, given, payments_per_s, design.batch.get(name, 1))
        for name, steps in consumers(given).items()
        if steps[0].trigger != "fifo"
    }


def _functions(
    given: Parameters, design: Design, payments_per_s: float, relays: Sequence[Relayed]
) -> list[Limit]:
    busy = busy_by_consumer(given, design, payments_per_s)
    found = []
    for name, steps in consumers(given).items():
        if name not in busy:
            continue
        step = steps[0]
        cap = design.concurrency(step.function, step.queue)
        own = step.queue is not None or step.function in design.reserved
        how = "`max_concurrency`" if step.queue else "`reserved_concurrency`"
        if step.queue and cap > float(given.raw["poller"]["maximum_concurrency"]):
            how = "provisioned pollers in the place of `max_concurrency`"
        if own:
            found.append(Limit(f"{name}: at once", "ours", cap, busy[name], "", how))
    posting = posting_busy(given, payments_per_s)
    found.append(
        Limit("Postings: at once", "ours", design.bookers, posting, "", "`max_concurrency`")
    )
    everything = sum(busy.values()) + posting + sum(one.invocations for one in relays)
    found.append(Limit("Lambda: at once", "AWS", design.account, everything, "", "Service Quotas"))
    return found


def posting_busy(given: Parameters, payments_per_s: float) -> float:
    """Batches of postings at once when nearly every one is of one posting: the most there are."""
    paced = given.raw["posting"]
    lasts = (float(paced["fixed_ms"]) + float(paced["each_ms"])) / 1_000.0
    steps = tuple(step for step in given.steps if step.trigger == "fifo")
    return rate_of(steps, given, payments_per_s) * lasts


def _messages(given: Parameters, design: Design, payments_per_s: float) -> list[Limit]:
    quotas = given.raw["quotas"]
    http = tuple(step for step in given.steps if step.trigger == "http")
    calls = rate_of(http, given, payments_per_s)
    postings = rate_of(
        tuple(step for step in given.steps if step.trigger == "fifo"), given, payments_per_s
    )
    execute = given.step("execute")
    silent = given.messages_per_s(execute, payments_per_s) * float(given.raw["psp"]["timeout_s"])
    return [
        Limit("HTTP API: calls", "ours", design.api_rps, calls, "/s", "`throttle`"),
        Limit(
            "HTTP API: calls of the account",
            "AWS",
            float(quotas["api_rps"]),
            calls,
            "/s",
            "Service Quotas",
        ),
        Limit(
            "FIFO messages of a queue",
            "AWS",
            float(quotas["fifo_messages"]),
            postings / design.posting_queues,
            "/s",
            "`posting_queues`, in a region with the high quota",
        ),
        Limit(
            "messages in flight while the PSP is silent",
            "AWS",
            float(quotas["in_flight"]),
            min(silent, design.consumers["Orders"] * design.batch["Orders"]),
            "",
            "`psp_timeout_s`, a queue a PSP",
        ),
    ]


def _tables(given: Parameters, design: Design, found: Sequence[Demand]) -> list[Limit]:
    quota = float(given.raw["quotas"]["table_units"])
    rows = []
    for demand in found:
        writes, reads = design.warmth(demand.table)
        rows.append(Limit(f"{demand.table}: warm", "ours", writes, demand.writes, "WCU", "`warm`"))
        if demand.reads > 0.0:
            rows.append(
                Limit(f"{demand.table}: warm reads", "ours", reads, demand.reads, "RCU", "`warm`")
            )
    for table in sorted({demand.table.partition("/")[0] for demand in found}):
        taken = total(found, table)
        rows.append(
            Limit(f"{table} with its indexes", "AWS", quota, taken, "WCU", "Service Quotas")
        )
    return rows


def _events(given: Parameters, payments_per_s: float) -> list[Limit]:
    quotas, orders = given.raw["quotas"], payments_per_s * given.orders_per_payment
    rows = [
        Limit(
            "EventBridge: PutEvents",
            "AWS",
            float(quotas["put_events"]),
            published_per_s(given, payments_per_s),
            "/s",
            "Service Quotas",
        )
    ]
    for stream, size in given.raw["lines_bytes"].items():
        rows.append(
            Limit(
                f"Firehose {stream}",
                "AWS",
                float(quotas["firehose_mb"]),
                orders * float(size) / MEGA,
                "MB/s",
                "Service Quotas",
            )
        )
    return rows


def _health(given: Parameters, payments_per_s: float) -> Limit:
    """Each process that calls PSPs reads the breaker's row of each every few seconds."""
    calling = [step for step in given.steps if step.psp is not None]
    every = float(given.raw["jobs"]["health_read_s"])
    processes = sum(
        concurrency_needed((step,), given, payments_per_s, step.batch) for step in calling
    )
    return Limit(
        "PspHealth: reads of a PSP's row",
        "AWS",
        float(given.raw["partition"]["rcu"]),
        processes / every,
        "RCU",
        "`READ_EVERY` in psp/breakers.py",
    )
