"""The on-call's first look: does money come in, is it booked, does it go out, and whom to blame.

The names are what the code counts (`count`, `took`, `waited` in functions and adapters); a test
holds each to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.dashboards.seen import Seen, ours
from infra.dashboards.widgets import (
    HOUR_S,
    AlarmGrid,
    Dashboard,
    Expression,
    Graph,
    Metric,
    Row,
    Text,
    section,
)

# What became of a payment, as the relay publishes it.
OUTCOMES: Final = ("succeeded", "partially_succeeded", "failed", "cancelled", "requires_action")
# Where an order stands after a call to its PSP.
EXECUTED: Final = (
    "captured",
    "authorized",
    "requires_action",
    "routed",
    "failed",
    "expired",
    "unknown",
    "conflicted",
)
DATED: Final = ("payments", "orders", "psp_events", "payouts")
# Who calls PSPs about money; those before the mark do it behind breakers.
BEHIND_BREAKERS: Final = ("order_execution", "payments")
CALLS_PSPS: Final = (*BEHIND_BREAKERS, "order_aftercare", "psp_events", "payout_steps")
# What the reconciliation makes of a day's differences.
DIFFERENCES: Final = ("Opened", "Known", "AutoResolved", "Lagging", "UnderWay", "Dropped")
# A wallet's oldest booking may wait this long: the alarm postings-behind.
POSTING_AGE_S: Final = 300
# Twice the ladder's first minute: what is due for longer is not being looked after.
LONG_DUE_S: Final = 120


def money(seen: Seen) -> Dashboard:
    """Return the dashboard of payments, PSPs, payouts and the books."""
    rows = [
        Row([_about(seen), *_in_alarm(seen)], height=4),
        *section("Buyers pay", _payments()),
        *section("What waits, and what is in doubt", _waiting(seen)),
        *section("PSPs", [*_psps(seen), _circuits(seen)]),
        *section("Sellers are paid, and the books agree", _books()),
    ]
    return Dashboard("money", rows)


def _about(seen: Seen) -> Text:
    machine = seen.dashboard_name("machine")
    return Text(
        f"# Countinghouse {seen.stage}: money\n"
        f"Runbook: {seen.chapter('first-look')}. Functions, queues and tables: "
        f"[{machine}](#dashboards:name={machine}).\n\n"
        "Nothing here is money lost: what waits is looked at again every minute, and the ledger "
        "says what is booked. Call by the runbook's chapter, not by a line that looks odd."
    )


def _in_alarm(seen: Seen) -> list[AlarmGrid]:
    ringing = ("ALARM",)
    return [
        AlarmGrid("In alarm now", seen.alarm_arns(of_functions=False), ringing),
        AlarmGrid("Functions in alarm now", seen.alarm_arns(of_functions=True), ringing),
    ]


def _labelled(*counted: tuple[str, str, str]) -> list[Metric]:
    """Return sums of ours by function and name, each with what it is called here."""
    return [ours(function, name, label=label) for function, name, label in counted]


def _payments() -> list[Graph]:
    accepted = ours("payments", "PaymentAccepted", label="accepted")
    outcomes = [ours("relay", f"Event_payment.{one}", label=one) for one in OUTCOMES]
    return [
        Graph("Payments by outcome", [accepted, *outcomes], "a minute"),
        Graph(
            "Orders captured, booked and given back",
            _labelled(
                ("relay", "Event_order.captured", "captured"),
                ("posting", "OrdersPosted", "booked"),
                ("relay", "Event_order.refunded", "refunded"),
                ("relay", "Event_order.late_payment", "paid too late"),
                ("relay", "Event_dispute.opened", "disputed"),
            ),
            "a minute",
        ),
        Graph(
            "Orders after a call to their PSP",
            [ours("order_execution", f"Order_{one}", label=one) for one in EXECUTED],
            "a minute",
        ),
    ]


def _waiting(seen: Seen) -> list[Graph]:
    begun, ended = ours("relay", "DoubtBegun"), ours("relay", "DoubtEnded")
    postings = [
        Metric(
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": name},
            "Maximum",
            queue,
        )
        for queue, name in seen.queues.items()
        if queue.startswith("Postings")
    ]
    return [
        Graph(
            "Orders in doubt: begun, ended, more open than at the left edge",
            [
                ours("relay", "DoubtBegun", label="begun"),
                ours("relay", "DoubtEnded", label="ended"),
                Expression(
                    "RUNNING_SUM(FILL({0}, 0) - FILL({1}, 0))", "more open", (begun, ended), True
                ),
            ],
            "a minute",
        ),
        Graph(
            "Longest due",
            [ours("repair", f"LongestDue_{kind}", "Maximum", kind) for kind in DATED],
            "seconds",
            {"look why": LONG_DUE_S},
        ),
        Graph(
            "Rows due at a sweep",
            [ours("repair", f"Due_{kind}", "Maximum", kind) for kind in (*DATED, "wallets")],
            "rows",
        ),
        Graph("Oldest posting", postings, "seconds", {"alarm": POSTING_AGE_S}),
        Graph(
            "PSPs' webhooks taken in, and what became of them",
            _labelled(
                ("webhooks", "WebhookStored", "stored"),
                ("webhooks", "WebhookDuplicate", "known"),
                ("psp_events", "PspEvent_applied", "applied"),
                ("psp_events", "PspEvent_parked", "parked"),
                ("psp_events", "PspEvent_contradiction", "contradiction"),
            ),
            "a minute",
        ),
        Graph(
            "Raised to a person",
            _labelled(
                ("relay", "Event_audit.raised", "audit.raised"),
                ("audit_events", "DamageRaised", "damage to the books"),
                ("findings", "FindingAcknowledged", "acknowledged"),
            ),
            "an hour",
            period_s=HOUR_S,
        ),
    ]


def _psps(seen: Seen) -> Iterator[Graph]:
    """Yield for each PSP how long its calls take, and how many went unanswered."""
    for psp in seen.psps:
        took = f"PspMs_{psp}"
        yield Graph(
            f"{psp}: 99 of 100 calls within",
            [ours(function, took, "p99", function) for function in CALLS_PSPS],
            "ms",
        )
        yield Graph(
            f"{psp}: calls and silences",
            [
                _of_all("calls", *(ours(one, took, "SampleCount") for one in CALLS_PSPS)),
                _of_all("unanswered", *(ours(one, f"PspUnanswered_{psp}") for one in CALLS_PSPS)),
            ],
            "a minute",
        )


def _circuits(seen: Seen) -> Graph:
    return Graph(
        "Circuits opened",
        [
            _of_all(psp, *(ours(one, f"PspCircuitOpen_{psp}") for one in BEHIND_BREAKERS))
            for psp in seen.psps
        ],
        "a minute",
    )


def _of_all(label: str, *metrics: Metric) -> Expression:
    """Return the sum of metrics of which each is missing while there is nothing to count."""
    places = " + ".join(f"FILL({{{place}}}, 0)" for place in range(len(metrics)))
    return Expression(places, label, metrics)


def _books() -> list[Graph]:
    payouts = [
        ours("relay", f"Event_payout.{one}", label=one) for one in ("paid", "failed", "returned")
    ]
    return [
        Graph(
            "Payouts by outcome, and held by a stop",
            [
                *payouts,
                ours("payouts", "PayoutsStopped", label="refused at the API: stopped"),
                ours("payout_steps", "PayoutsStopped", label="held back: stopped"),
            ],
            "a minute",
        ),
        Graph(
            "Audit and trial balance",
            [
                ours("audit", "AuditFindings", label="findings"),
                ours("rollup", "NonZeroTotals", "Maximum", "currencies that do not sum to zero"),
                ours("relay", "WindowUnbalanced", label="unbalanced windows"),
            ],
            "an hour",
            period_s=HOUR_S,
        ),
        Graph(
            "Reconciliation: what differed",
            [
                *(
                    ours("reconciliation_steps", f"Differences{one}", label=one)
                    for one in DIFFERENCES
                ),
                ours("reconciliation_steps", "Unexplained", label="not explained"),
                ours("settlement_files", "LinesRejected", label="lines rejected"),
            ],
            "an hour",
            period_s=HOUR_S,
        ),
    ]
