"""The tables of the PSP's book. Times are RFC 3339 text of fixed width; amounts are minor units."""

from typing import Final

TABLES: Final = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    psp_token TEXT PRIMARY KEY, reference TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, method TEXT, return_url TEXT, client_secret TEXT NOT NULL,
    created_at TEXT NOT NULL, expires_at TEXT NOT NULL, resolution TEXT, action_expires_at TEXT,
    kind TEXT, behaviour TEXT, brand TEXT, funding TEXT, last4 TEXT, wallet_provider TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_waiting ON sessions (action_expires_at)
    WHERE action_expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS charges (
    psp_reference TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, session TEXT NOT NULL,
    order_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, requested INTEGER NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, capture TEXT NOT NULL, method TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, status TEXT NOT NULL,
    captured INTEGER NOT NULL, refunded INTEGER NOT NULL, decline_code TEXT, action_type TEXT,
    dispute_later INTEGER NOT NULL, captured_at TEXT, settled_in TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS charges_session ON charges (session);
CREATE INDEX IF NOT EXISTS charges_order ON charges (order_id);
CREATE INDEX IF NOT EXISTS charges_key ON charges (idempotency_key);
CREATE INDEX IF NOT EXISTS charges_unsettled ON charges (captured_at)
    WHERE captured_at IS NOT NULL AND settled_in IS NULL;
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    psp_reference TEXT, body BLOB
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, psp_reference TEXT NOT NULL, order_id TEXT NOT NULL,
    type TEXT NOT NULL, created_at TEXT NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, psp_reference TEXT NOT NULL,
    state TEXT NOT NULL, due_at TEXT, held INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, last_status INTEGER, last_attempt_at TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, delivery_id)
    WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_held ON deliveries (psp_reference) WHERE held = 1;
CREATE TABLE IF NOT EXISTS faults (
    fault_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, operation TEXT NOT NULL, order_id TEXT,
    times INTEGER NOT NULL, delay_s INTEGER NOT NULL, stored INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    refund_reference TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, psp_reference TEXT NOT NULL,
    order_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, reason TEXT, fault TEXT, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, status TEXT NOT NULL, failure_code TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refunds_charge ON refunds (psp_reference);
CREATE INDEX IF NOT EXISTS refunds_order ON refunds (order_id);
CREATE INDEX IF NOT EXISTS refunds_key ON refunds (idempotency_key);
CREATE TABLE IF NOT EXISTS disputes (
    dispute_reference TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, psp_reference TEXT NOT NULL,
    order_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
    evidence_due_at TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    status TEXT NOT NULL, withdrawn INTEGER NOT NULL, fee INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS disputes_charge ON disputes (psp_reference);
CREATE INDEX IF NOT EXISTS disputes_order ON disputes (order_id);
CREATE TABLE IF NOT EXISTS bank_accounts (
    bank_account TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, holder TEXT NOT NULL,
    currency TEXT NOT NULL, last4 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payouts (
    payout_reference TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE,
    reference TEXT NOT NULL UNIQUE, bank_account TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, idempotency_key TEXT NOT NULL, fault TEXT, arrives_at TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, status TEXT NOT NULL, failure_code TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, task TEXT NOT NULL,
    due_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due_at, number);
CREATE TABLE IF NOT EXISTS movements (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL,
    psp_reference TEXT NOT NULL, gross INTEGER NOT NULL, fee INTEGER NOT NULL,
    moved_at TEXT NOT NULL, settled_in TEXT
);
CREATE INDEX IF NOT EXISTS movements_charge ON movements (psp_reference);
CREATE INDEX IF NOT EXISTS movements_unsettled ON movements (moved_at) WHERE settled_in IS NULL;
CREATE TABLE IF NOT EXISTS settlements (
    name TEXT PRIMARY KEY, date TEXT NOT NULL, batch INTEGER NOT NULL, lines INTEGER NOT NULL,
    created_at TEXT NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS injections (
    psp_reference TEXT PRIMARY KEY, kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS papers (
    reference TEXT PRIMARY KEY, kind TEXT NOT NULL, number INTEGER NOT NULL, parent TEXT NOT NULL,
    data TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS papers_kind ON papers (kind, parent, number);
CREATE TABLE IF NOT EXISTS bank_entries (
    number INTEGER PRIMARY KEY, value_date TEXT NOT NULL, type TEXT NOT NULL,
    reference TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS bank_entries_day ON bank_entries (value_date, number);
"""
