"""What each function may do with tables: one row per function, read beside docs/naming.md.

The grants are the whole permission of a function on tables. Nobody holds DeleteItem on any table,
and on `Ledger` nobody holds UpdateItem either: a journal is written once, and corrected by another.
"""

from __future__ import annotations

from typing import Final

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
        "PspHealth": GET | INSERT,
        "FxQuote": GET,
    },
    # A revaluation adds up the positions in all books, and books the difference.
    "fx": {
        "FxQuote": GET | INSERT,
        "Ledger": READ | APPEND,
        "Wallet": READ | WRITE | SCAN,
    },
    "payment_progress": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET, "Ledger": READ},
    "orders": {"PaymentEvent": GET | WRITE, "PaymentOrder": GET | WRITE},
    "fulfilment": {"PaymentOrder": GET | WRITE},
    "order_execution": {
        "PaymentOrder": GET | WRITE,
        "PaymentEvent": GET | WRITE,
        "PspHealth": GET | INSERT,
    },
    "order_aftercare": {"PaymentOrder": GET | WRITE, "Ledger": GET},
    "payouts": {
        "Payout": GET | WRITE,
        "Payout/by_seller": QUERY_INDEX,
        "Payout/due": QUERY_INDEX,
        "Wallet": READ,
        "Ledger": READ,
        "AccountBalance": GET,
    },
    "payout_steps": {
        "Payout": GET | WRITE,
        "Wallet": READ | WRITE | SCAN,
        "Ledger": READ | APPEND,
        "AccountBalance": GET,
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
    # Both write to no table: one files what was committed, the other tells it the day.
    "lake": {},
    "lake_days": {},
    "rollup": {"Wallet": READ | SCAN, "AccountBalance": GET | WRITE},
    "audit": {"Wallet": READ | SCAN, "Ledger": READ | SCAN, "AccountBalance": READ | WRITE},
    "audit_events": {"AccountBalance": GET | WRITE},
    "findings": {"AccountBalance": GET | WRITE, "AccountBalance/by_found": QUERY_INDEX},
    # It starts the close and reads; only the steps write, and the printer reaches no table.
    "billing": {"Billing": READ, "Ledger": GET, "Wallet": READ},
    "billing_steps": {
        "Billing": READ | INSERT | UPDATE,
        "Ledger": GET | SCAN,
        "Wallet": READ | SCAN,
        # The tax rules that fees were frozen under.
        "PaymentOrder": GET,
    },
    "billing_pdf": {},
    # It reads the lake alone.
    "analytics": {},
    "reconciliation": {
        "Reconciliation": READ | WRITE,
        "Reconciliation/by_run": QUERY_INDEX,
        "Reconciliation/open": QUERY_INDEX,
        "Ledger": READ | APPEND,
        "Wallet": READ | WRITE,
    },
    # Who reads strangers' files books nothing, and who books reads none.
    "settlement_files": {
        "Reconciliation": READ | WRITE,
        # Of some PSPs' files only their webhooks tell.
        "PspEvent": GET,
        "PspEvent/by_order": QUERY_INDEX,
    },
    "reconciliation_steps": {
        "Reconciliation": READ | WRITE,
        "Reconciliation/by_run": QUERY_INDEX,
        "Reconciliation/open": QUERY_INDEX,
        "PaymentOrder": GET,
        "Ledger": READ | APPEND,
        "Wallet": READ | WRITE,
        "AccountBalance": GET,
    },
    "psps": {"PspHealth": GET},
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
    "Reconciliation": "TABLE_RECONCILIATION",
    "PspHealth": "TABLE_PSP_HEALTH",
    "FxQuote": "TABLE_FX_QUOTE",
}
