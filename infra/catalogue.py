"""What each function is allowed and told: one row per function, read beside docs/naming.md.

The grants are the whole permission of a function on tables. Nobody holds DeleteItem on any table,
and on `Ledger` nobody holds UpdateItem either: a journal is written once, and corrected by another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infra.config import Stage
from infra.routes import ROUTES

Actions = frozenset[str]

# TransactWriteItems and TransactGetItems are authorised as the single actions they contain.
GET: Final[Actions] = frozenset({"dynamodb:GetItem", "dynamodb:BatchGetItem"})
READ: Final[Actions] = GET | {"dynamodb:Query"}
SCAN: Final[Actions] = frozenset({"dynamodb:Scan"})
INSERT: Final[Actions] = frozenset({"dynamodb:PutItem"})
APPEND: Final[Actions] = INSERT | {"dynamodb:ConditionCheckItem"}
WRITE: Final[Actions] = APPEND | {"dynamodb:UpdateItem"}
QUERY_INDEX: Final[Actions] = frozenset({"dynamodb:Query"})

# `Table` is the table itself, `Table/index` one of its indexes and nothing else of it.
GRANTS: Final[dict[str, dict[str, Actions]]] = {
    "payments": {
        "PaymentEvent": GET | WRITE,
        "PaymentOrder": GET,
        "PspEvent": GET,
        "PspEvent/by_order": QUERY_INDEX,
        "Ledger": READ,
    },
    "payment_progress": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET, "Ledger": READ},
    "orders": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET | WRITE},
    "order_execution": {"PaymentOrder": GET | WRITE, "PaymentEvent": GET | WRITE},
    "webhooks": {"PspEvent": GET | WRITE},
    "psp_events": {"PspEvent": GET | WRITE, "PaymentOrder": GET | WRITE},
    "repair": {
        "PaymentEvent": GET,
        "PaymentEvent/due": QUERY_INDEX,
        "PaymentOrder": GET,
        "PaymentOrder/due": QUERY_INDEX,
        "PspEvent": GET,
        "PspEvent/due": QUERY_INDEX,
        "Ledger": READ,
    },
    "ledger": {"Ledger": READ | APPEND, "Wallet": READ | WRITE | SCAN, "AccountBalance": READ},
    "wallet": {"Ledger": READ | APPEND, "Wallet": READ | WRITE},
    "posting": {"PaymentOrder": GET, "Ledger": READ | APPEND, "Wallet": READ | WRITE},
    "relay": {},
    "rollup": {"Wallet": READ | SCAN, "AccountBalance": WRITE},
    "audit": {"Wallet": READ | SCAN, "Ledger": READ | SCAN, "AccountBalance": READ | WRITE},
    "health": {},
}

TABLE_ENV: Final[dict[str, str]] = {
    "PaymentEvent": "TABLE_PAYMENT_EVENT",
    "PaymentOrder": "TABLE_PAYMENT_ORDER",
    "PspEvent": "TABLE_PSP_EVENT",
    "Ledger": "TABLE_LEDGER",
    "Wallet": "TABLE_WALLET",
    "AccountBalance": "TABLE_ACCOUNT_BALANCE",
}

POSTINGS: Final = "Postings"
RELAY_POISON: Final = "RelayPoison"
SCHEDULES_DLQ: Final = "SchedulesDlq"
# Queue families by construct id; `Postings` stands for all its numbered queues.
CONSUMERS: Final[dict[str, str]] = {
    "Orders": "order_execution",
    "Progress": "payment_progress",
    "PspEvents": "psp_events",
    POSTINGS: "posting",
}
BATCH: Final = 10
QUEUE_ENV: Final[dict[str, str]] = {
    "Orders": "QUEUE_ORDERS_URL",
    "Progress": "QUEUE_PROGRESS_URL",
    "PspEvents": "QUEUE_PSP_EVENTS_URL",
    POSTINGS: "QUEUE_POSTINGS_URLS",
    RELAY_POISON: "QUEUE_RELAY_POISON_URL",
}
SENDS: Final[dict[str, tuple[str, ...]]] = {
    "repair": tuple(CONSUMERS),
    "relay": (*CONSUMERS, RELAY_POISON),
}
USES_PSP: Final = frozenset({"payments", "order_execution", "webhooks", "psp_events"})
WAITS: Final = frozenset(
    {"order_execution", "psp_events", "payments", "orders", "payment_progress"}
)
KNOWS_CALLERS: Final = frozenset({"payments", "orders", "ledger", "wallet"})
ANSWERS_HTTP: Final = frozenset({route.function for route in ROUTES})
SCHEDULED: Final = ("repair", "rollup", "audit")


@dataclass(frozen=True)
class Budget:
    """Seconds a function may run: its PSP calls in the worst case, plus its own work."""

    psp_calls: int
    own_s: int

    def timeout_s(self, stage: Stage) -> int:
        """Return the function's timeout on that stage."""
        return self.psp_calls * stage.psp_timeout_s + self.own_s


def timeout_s(function: str, stage: Stage) -> int:
    """Return the timeout in seconds, so that a slow PSP ends a call and never the function."""
    if function in ANSWERS_HTTP:
        # A session is opened in one PSP call. The API itself gives up at 30 s, well after this.
        return Budget(psp_calls=1 if function == "payments" else 0, own_s=10).timeout_s(stage)
    if function == "order_execution":
        # Every message of a batch may wait out one full PSP timeout, one after the other.
        return Budget(psp_calls=BATCH, own_s=10).timeout_s(stage)
    if function == "audit":
        return 900
    if function in {"repair", "rollup"}:
        # Done, or stopped, before a second one starts.
        return 55
    return stage.worker_timeout_s


def construct_id(function: str) -> str:
    """Return the function's construct id: its name in PascalCase.

    >>> construct_id("order_execution")
    'OrderExecution'
    """
    return "".join(word.capitalize() for word in function.split("_"))
