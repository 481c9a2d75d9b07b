"""What each function is given and told beyond its tables: queues, machines, files, who calls it."""

from __future__ import annotations

from typing import Final

from infra.grants import Actions
from infra.routes import ROUTES

POSTINGS: Final = "Postings"
RELAY_POISON: Final = "RelayPoison"
LAKE_POISON: Final = "LakePoison"
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
# Memory, and with it the share of a processor: 512 MB is three tenths. Who waits for a PSP four
# fifths of the time is paid for waiting, so it has half (docs/decisions/0029-memory-and-lanes.md).
MEMORY_MB: Final = 512
WAITING_MEMORY_MB: Final[dict[str, int]] = {"order_execution": 256}
QUEUE_ENV: Final[dict[str, str]] = {
    "Orders": "QUEUE_ORDERS_URL",
    "Progress": "QUEUE_PROGRESS_URL",
    "PspEvents": "QUEUE_PSP_EVENTS_URL",
    POSTINGS: "QUEUE_POSTINGS_URLS",
    "Aftercare": "QUEUE_AFTERCARE_URL",
    "Payouts": "QUEUE_PAYOUTS_URL",
    RELAY_POISON: "QUEUE_RELAY_POISON_URL",
    LAKE_POISON: "QUEUE_LAKE_POISON_URL",
}
SENDS: Final[dict[str, tuple[str, ...]]] = {
    "repair": tuple(CONSUMERS),
    "relay": (*CONSUMERS, RELAY_POISON),
    # Orders and payouts that a PSP's file knows more of than we do are asked after.
    "reconciliation_steps": ("Orders", "Aftercare", "Payouts"),
    "lake": (LAKE_POISON,),
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
        "settlement_files",
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
    {
        "payments",
        "orders",
        "fulfilment",
        "privacy",
        "ledger",
        "wallet",
        "payouts",
        "proposals",
        "billing",
        "findings",
        "analytics",
        "fx",
        "reconciliation",
        "psps",
    }
)
# Whose log lines say who decided what, or who was refused: a year's history.
TRAILS: Final = KNOWS_CALLERS | {"payout_steps"}
ANSWERS_HTTP: Final = frozenset({route.function for route in ROUTES})
SCHEDULED: Final = ("repair", "rollup", "audit")
# Invoked by a rule of the bus.
LISTENS: Final = ("audit_events",)

# Told the PSPs by name, without reaching any.
KNOWS_PSPS: Final = frozenset({"analytics", "psps", "reconciliation"})

# State machines, by the name of their file in infra/workflows.
PAYOUT: Final = "payout"
PAYOUT_RUN: Final = "payout_run"
MONTH_CLOSE: Final = "month_close"
RECONCILIATION: Final = "reconciliation"
START: Final[Actions] = frozenset({"states:StartExecution"})
# Ends a wait by its task token. To end one with an error is nobody's: the row says how it went.
WAKE: Final[Actions] = frozenset({"states:SendTaskSuccess"})
DRIVES: Final[dict[str, dict[str, Actions]]] = {
    "payout_events": {PAYOUT: START | WAKE},
    "payout_steps": {PAYOUT: WAKE},
    "billing": {MONTH_CLOSE: START},
    "reconciliation": {RECONCILIATION: START},
}
MACHINE_ENV: Final[dict[str, str]] = {
    PAYOUT: "PAYOUT_STATE_MACHINE_ARN",
    MONTH_CLOSE: "MONTH_CLOSE_STATE_MACHINE_ARN",
    RECONCILIATION: "RECONCILIATION_STATE_MACHINE_ARN",
}
# Folders of the documents bucket: whom a payout run shall pay, and what became of each;
RUN_LISTS: Final = "payout-runs"
RUN_RESULTS: Final = "payout-run-results"
# what sellers are billed, what finance gets at a close, and what became of each seller's bill.
STATEMENTS: Final = "statements"
CLOSES: Final = "closes"
CLOSE_RESULTS: Final = "month-close-results"
# What the steps of a reconciliation hand on to each other, and its reports.
RECONCILIATIONS: Final = "reconciliations"
RECONCILIATION_RESULTS: Final = "reconciliation-results"
# The copies of the daily seals, which whoever checks the lake compares it with.
SEALS: Final = "seals"
# Reference rates, a folder a source and a file a day, which whoever runs the treasury lays there.
FX_RATES: Final = "fx-rates"
TAKE: Final[Actions] = frozenset({"s3:GetObject"})
LAY: Final[Actions] = frozenset({"s3:PutObject"})
# Asks what there is: of who may not, S3 says that a missing object is forbidden. So it is for who
# lists a folder, or takes an object that need not be there yet.
LOOK: Final[Actions] = frozenset({"s3:ListBucket"})
FILES: Final[dict[str, dict[str, Actions]]] = {
    "payout_steps": {RUN_LISTS: TAKE | LAY, FX_RATES: TAKE | LOOK},
    # A payout in another currency has its rate locked when it is opened.
    "payouts": {FX_RATES: TAKE | LOOK},
    "billing": {STATEMENTS: TAKE | LOOK, CLOSES: TAKE | LOOK},
    "billing_steps": {STATEMENTS: LAY, CLOSES: TAKE | LAY},
    "billing_pdf": {STATEMENTS: TAKE | LAY},
    "reconciliation": {RECONCILIATIONS: TAKE},
    # What a PSP says it converted is judged by the reference rate of its day.
    "reconciliation_steps": {RECONCILIATIONS: TAKE | LAY | LOOK, FX_RATES: TAKE | LOOK},
    "audit": {SEALS: TAKE | LAY | LOOK},
    "fx": {FX_RATES: TAKE | LOOK},
}
# Folders of the lake's bucket: files as they came or as somebody laid them in, and their lines.
LAY_IN_PARTS: Final[Actions] = LAY | {"s3:AbortMultipartUpload"}
LAKE_FILES: Final[dict[str, dict[str, Actions]]] = {
    "settlement_files": {
        "settlement-files": TAKE | LAY_IN_PARTS,
        "inbox": TAKE | LOOK,
        "settlement_lines": LAY,
        "bank_lines": LAY,
    },
}
# The tables of the lake that a function's queries read.
QUERIES_LAKE: Final[dict[str, tuple[str, ...]]] = {
    "analytics": ("postings", "orders", "settlement_lines"),
    "reconciliation_steps": ("postings", "settlement_lines", "bank_lines"),
}
# Layers beyond those that all functions have.
LAYERS_BEYOND: Final[dict[str, tuple[str, ...]]] = {
    "billing_pdf": ("pdf",),
    **dict.fromkeys(sorted(USES_PSP - {"webhooks"}), ("psp",)),
    "payments": ("psp", "qr"),
}
# Who may close a month, or start it; who draws bills.
CLOSES_MONTHS: Final = frozenset({"billing", "billing_steps"})
BILLS: Final = frozenset({"billing_steps"})


def construct_id(function: str) -> str:
    """Return the function's construct id: its name in PascalCase.

    >>> construct_id("order_execution")
    'OrderExecution'
    """
    return "".join(word.capitalize() for word in function.split("_"))
