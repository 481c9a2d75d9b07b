"""What each function may do with tables: one row per function, read beside docs/naming.md.

The grants are the whole permission of a function on tables. Nobody holds DeleteItem on any table,
and on `Ledger` nobody holds UpdateItem either: a journal is written once, and corrected by another.
"""

from __future__ import annotations

from typing import Final

Actions = frozenset[str]

# TransactWriteItems and TransactGetItems are authorised as the single actions they contain.
GET: Final[Actions] = frozenset({"dynamodb:GetItem"})
GET_MANY: Final[Actions] = frozenset({"dynamodb:BatchGetItem"})
QUERY: Final[Actions] = frozenset({"dynamodb:Query"})
SCAN: Final[Actions] = frozenset({"dynamodb:Scan"})
INSERT: Final[Actions] = frozenset({"dynamodb:PutItem"})
UPDATE: Final[Actions] = frozenset({"dynamodb:UpdateItem"})
# What a transaction looks at without changing it.
CHECK: Final[Actions] = frozenset({"dynamodb:ConditionCheckItem"})
# A wallet is read with others of its posting, and written whole, on condition of its sequence.
MOVE: Final[Actions] = GET_MANY | INSERT

# `Table` is the table itself, `Table/index` one of its indexes and nothing else of it. Whatever is
# here is used: `make secure` runs the system, and a grant that nobody used fails it.
GRANTS: Final[dict[str, dict[str, Actions]]] = {
    "payments": {
        "PaymentEvent": GET | INSERT | UPDATE,
        "PaymentOrder": GET_MANY,
        "PspEvent": GET_MANY,
        "PspEvent/by_order": QUERY,
        "Ledger": GET_MANY | QUERY,
        "Payout": GET_MANY,
        "Payout/by_seller": QUERY,
        "PspHealth": GET_MANY | INSERT,
        "FxQuote": GET,
    },
    # A revaluation adds up the positions in all books, and books the difference.
    "fx": {
        "FxQuote": GET | INSERT,
        "Ledger": GET | INSERT,
        "Wallet": MOVE | QUERY | SCAN,
    },
    "payment_progress": {
        "PaymentEvent": GET | GET_MANY | UPDATE,
        "PaymentOrder": GET_MANY,
        "Ledger": GET_MANY,
    },
    "orders": {"PaymentEvent": GET | INSERT, "PaymentOrder": GET | UPDATE},
    "fulfilment": {"PaymentOrder": GET | UPDATE},
    # What names a person is changed here, and no money is moved.
    "privacy": {
        "PaymentEvent": GET | UPDATE,
        "PaymentOrder": GET | GET_MANY | UPDATE,
        "Payout": GET | UPDATE,
        "Buyer": GET | UPDATE | CHECK,
        "Wallet": QUERY,
    },
    "order_execution": {
        "PaymentOrder": GET | INSERT | UPDATE,
        "PaymentEvent": GET | GET_MANY | UPDATE,
        "PspHealth": GET_MANY | INSERT,
    },
    "order_aftercare": {"PaymentOrder": GET | UPDATE, "Ledger": GET_MANY},
    "payouts": {
        "Payout": GET | GET_MANY | INSERT | UPDATE,
        "Payout/by_seller": QUERY,
        "Payout/due": QUERY,
        "Wallet": GET_MANY | QUERY,
        "Ledger": GET,
        "AccountBalance": GET_MANY,
    },
    "payout_steps": {
        "Payout": GET | GET_MANY | INSERT | UPDATE,
        "Wallet": MOVE | QUERY | SCAN,
        "Ledger": INSERT,
        "AccountBalance": GET_MANY,
    },
    "payout_events": {"Payout": GET | UPDATE, "Wallet": MOVE, "Ledger": INSERT},
    "webhooks": {"PspEvent": GET | INSERT | UPDATE},
    "psp_events": {
        "PspEvent": GET | GET_MANY | UPDATE,
        "PaymentOrder": GET | GET_MANY | UPDATE,
        "Payout": GET | UPDATE,
    },
    "repair": {
        "PaymentEvent": GET_MANY,
        "PaymentEvent/due": QUERY,
        "PaymentOrder": GET_MANY,
        "PaymentOrder/due": QUERY,
        "PspEvent": GET,
        "PspEvent/due": QUERY,
        "Ledger": GET_MANY,
        "Wallet/due": QUERY,
        "Payout/due": QUERY,
    },
    "ledger": {
        "Ledger": GET | QUERY | INSERT,
        "Wallet": MOVE | SCAN,
        "AccountBalance": GET,
        "Proposal": GET | INSERT,
        "Buyer": GET | INSERT | CHECK,
    },
    "wallet": {
        "Ledger": GET | INSERT,
        "Wallet": MOVE | QUERY,
        "Payout": GET,
        "Proposal": GET | INSERT,
    },
    # Who proposes cannot decide: the status of a proposal is changed here and nowhere else.
    "proposals": {
        "Proposal": GET | GET_MANY | UPDATE,
        "Proposal/by_status": QUERY,
        "Ledger": INSERT,
        "Wallet": MOVE,
        "Buyer": CHECK,
    },
    "posting": {"PaymentOrder": GET_MANY, "Ledger": GET | GET_MANY | INSERT, "Wallet": MOVE},
    "relay": {},
    # Both write to no table: one files what was committed, the other tells it the day.
    "lake": {},
    "lake_days": {},
    "rollup": {"Wallet": SCAN, "AccountBalance": GET | INSERT | UPDATE},
    "audit": {
        "Wallet": SCAN,
        "Ledger": SCAN,
        "AccountBalance": GET | GET_MANY | INSERT | UPDATE,
    },
    "audit_events": {"AccountBalance": GET | INSERT | UPDATE},
    "findings": {"AccountBalance": GET | GET_MANY | UPDATE, "AccountBalance/by_found": QUERY},
    # It starts the close and reads; only the steps write, and the printer reaches no table.
    "billing": {"Billing": GET | QUERY, "Ledger": GET, "Wallet": GET_MANY | QUERY},
    "billing_steps": {
        "Billing": GET | GET_MANY | QUERY | INSERT | UPDATE,
        "Ledger": GET | SCAN,
        "Wallet": GET_MANY | QUERY | SCAN,
        # The tax rules that fees were frozen under.
        "PaymentOrder": GET_MANY,
    },
    "billing_pdf": {},
    # It reads the lake alone.
    "analytics": {},
    "reconciliation": {
        "Reconciliation": GET | GET_MANY | QUERY | INSERT | UPDATE,
        "Reconciliation/by_run": QUERY,
        "Reconciliation/open": QUERY,
        # What a break booked is undone by its mirror.
        "Ledger": GET | INSERT,
        "Wallet": MOVE,
    },
    # Who reads strangers' files books nothing, and who books reads none.
    "settlement_files": {
        "Reconciliation": GET | QUERY | INSERT | UPDATE,
        # Of some PSPs' files only their webhooks tell.
        "PspEvent": GET_MANY,
        "PspEvent/by_order": QUERY,
    },
    "reconciliation_steps": {
        "Reconciliation": GET | GET_MANY | QUERY | INSERT | UPDATE,
        "Reconciliation/by_run": QUERY,
        "Reconciliation/open": QUERY,
        "PaymentOrder": GET_MANY,
        "Ledger": GET | QUERY | INSERT,
        "Wallet": MOVE,
        "AccountBalance": GET,
    },
    "psps": {"PspHealth": GET_MANY},
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
    "Buyer": "TABLE_BUYER",
    "Proposal": "TABLE_PROPOSAL",
}
