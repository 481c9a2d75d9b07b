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
UPDATE: Final[Actions] = frozenset({"dynamodb:UpdateItem"})
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
        "Payout": GET,
        "Payout/by_seller": QUERY_INDEX,
    },
    "payment_progress": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET, "Ledger": READ},
    "orders": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET | WRITE},
    "fulfilment": {"PaymentOrder": GET | WRITE},
    "order_execution": {"PaymentOrder": GET | WRITE, "PaymentEvent": GET | WRITE},
    "order_aftercare": {"PaymentOrder": GET | WRITE, "Ledger": GET},
    "payouts": {
        "Payout": GET | WRITE,
        "Payout/by_seller": QUERY_INDEX,
        "Payout/due": QUERY_INDEX,
        "Wallet": READ,
        "Ledger": READ,
    },
    "payout_steps": {
        "Payout": GET | WRITE,
        "Wallet": READ | WRITE | SCAN,
        "Ledger": READ | APPEND,
    },
    "payout_events": {"Payout": GET | WRITE, "Wallet": READ | WRITE, "Ledger": READ | APPEND},
    "webhooks": {"PspEvent": GET | WRITE},
    "psp_events": {
        "PspEvent": GET | WRITE,
        "PaymentOrder": GET | WRITE,
        "Payout": GET | WRITE,
    },
    "repair": {
        "PaymentEvent": GET,
        "PaymentEvent/due": QUERY_INDEX,
        "PaymentOrder": GET,
        "PaymentOrder/due": QUERY_INDEX,
        "PspEvent": GET,
        "PspEvent/due": QUERY_INDEX,
        "Ledger": READ,
        "Wallet/due": QUERY_INDEX,
        "Payout/due": QUERY_INDEX,
    },
    "ledger": {"Ledger": READ | APPEND, "Wallet": READ | WRITE | SCAN, "AccountBalance": READ},
    "wallet": {"Ledger": READ | APPEND, "Wallet": READ | WRITE, "Payout": GET},
    "posting": {"PaymentOrder": GET, "Ledger": READ | APPEND, "Wallet": READ | WRITE},
    "relay": {},
    "rollup": {"Wallet": READ | SCAN, "AccountBalance": WRITE},
    "audit": {"Wallet": READ | SCAN, "Ledger": READ | SCAN, "AccountBalance": READ | WRITE},
    # It starts the close and reads; only the steps write, and the printer reaches no table.
    "billing": {"Billing": READ, "Ledger": GET, "Wallet": READ},
    "billing_steps": {
        "Billing": READ | INSERT | UPDATE,
        "Ledger": GET | SCAN,
        "Wallet": READ | SCAN,
    },
    "billing_pdf": {},
    "health": {},
}

TABLE_ENV: Final[dict[str, str]] = {
    "PaymentEvent": "TABLE_PAYMENT_EVENT",
    "PaymentOrder": "TABLE_PAYMENT_ORDER",
    "PspEvent": "TABLE_PSP_EVENT",
    "Ledger": "TABLE_LEDGER",
    "Wallet": "TABLE_WALLET",
    "AccountBalance": "TABLE_ACCOUNT_BALANCE",
    "Payout": "TABLE_PAYOUT",
    "Billing": "TABLE_BILLING",
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
    "Aftercare": "order_aftercare",
    "Payouts": "payout_events",
}
BATCH: Final = 10
QUEUE_ENV: Final[dict[str, str]] = {
    "Orders": "QUEUE_ORDERS_URL",
    "Progress": "QUEUE_PROGRESS_URL",
    "PspEvents": "QUEUE_PSP_EVENTS_URL",
    POSTINGS: "QUEUE_POSTINGS_URLS",
    "Aftercare": "QUEUE_AFTERCARE_URL",
    "Payouts": "QUEUE_PAYOUTS_URL",
    RELAY_POISON: "QUEUE_RELAY_POISON_URL",
}
SENDS: Final[dict[str, tuple[str, ...]]] = {
    "repair": tuple(CONSUMERS),
    "relay": (*CONSUMERS, RELAY_POISON),
}
USES_PSP: Final = frozenset(
    {
        "payments",
        "order_execution",
        "order_aftercare",
        "webhooks",
        "psp_events",
        "payouts",
        "payout_steps",
    }
)
WAITS: Final = frozenset(
    {
        "order_execution",
        "order_aftercare",
        "psp_events",
        "payments",
        "orders",
        "payment_progress",
        "payout_steps",
    }
)
KNOWS_CALLERS: Final = frozenset(
    {"payments", "orders", "fulfilment", "ledger", "wallet", "payouts", "billing"}
)
ANSWERS_HTTP: Final = frozenset({route.function for route in ROUTES})
SCHEDULED: Final = ("repair", "rollup", "audit")

# State machines, by the name of their file in infra/workflows.
PAYOUT: Final = "payout"
PAYOUT_RUN: Final = "payout_run"
MONTH_CLOSE: Final = "month_close"
START: Final[Actions] = frozenset({"states:StartExecution"})
# Ends a wait by its task token. To end one with an error is nobody's: the row says how it went.
WAKE: Final[Actions] = frozenset({"states:SendTaskSuccess"})
DRIVES: Final[dict[str, dict[str, Actions]]] = {
    "payout_events": {PAYOUT: START | WAKE},
    "payout_steps": {PAYOUT: WAKE},
    "billing": {MONTH_CLOSE: START},
}
MACHINE_ENV: Final[dict[str, str]] = {
    PAYOUT: "PAYOUT_STATE_MACHINE_ARN",
    MONTH_CLOSE: "MONTH_CLOSE_STATE_MACHINE_ARN",
}
# Folders of the documents bucket: whom a payout run shall pay, and what became of each;
RUN_LISTS: Final = "payout-runs"
RUN_RESULTS: Final = "payout-run-results"
# what sellers are billed, what finance gets at a close, and what became of each seller's bill.
STATEMENTS: Final = "statements"
CLOSES: Final = "closes"
CLOSE_RESULTS: Final = "month-close-results"
TAKE: Final[Actions] = frozenset({"s3:GetObject"})
LAY: Final[Actions] = frozenset({"s3:PutObject"})
FILES: Final[dict[str, dict[str, Actions]]] = {
    "payout_steps": {RUN_LISTS: TAKE | LAY},
    "billing": {STATEMENTS: TAKE, CLOSES: TAKE},
    "billing_steps": {STATEMENTS: LAY, CLOSES: TAKE | LAY},
    "billing_pdf": {STATEMENTS: TAKE | LAY},
}
# Layers beyond those that all functions have.
LAYERS_BEYOND: Final[dict[str, tuple[str, ...]]] = {"billing_pdf": ("pdf",)}
# Who may close a month, or start it; who draws bills.
CLOSES_MONTHS: Final = frozenset({"billing", "billing_steps"})
BILLS: Final = frozenset({"billing_steps"})


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
        # A session is opened, a bank account asked after, in one PSP call. The API itself gives up
        # at 30 s, well after this.
        calls = 1 if function in {"payments", "payouts"} else 0
        # A preliminary statement reads one journal after the other.
        return Budget(psp_calls=calls, own_s=25 if function == "billing" else 10).timeout_s(stage)
    if function in {"order_execution", "order_aftercare"}:
        # Every message of a batch may wait out one full PSP timeout, one after the other.
        return Budget(psp_calls=BATCH, own_s=10).timeout_s(stage)
    if function == "payout_steps":
        # A step is two PSP calls at most; what takes this long is the run's list of all wallets.
        return 300
    if function in {"audit", "billing_steps", "billing_pdf"}:
        # All journals, or a large seller's.
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
