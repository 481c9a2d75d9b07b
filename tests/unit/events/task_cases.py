"""What each task of a workflow answers to its samples, and what the books hold before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from countinghouse.billing_views import canonical_json
from countinghouse.domain.close import Closes, end_of_month
from countinghouse.domain.instants import DAY, rfc3339
from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.ports.payouts import PayoutLine
from tests.unit.events import reconciliation_cases
from tests.unit.events.books import Books
from tools.sample_events import payout_world, world
from tools.sample_events.billing_tasks import MONTH
from tools.sample_events.gateway import SET
from tools.sample_events.payout_world import PAYOUT_ID, PERIOD, SELLER

Json = dict[str, Any]

CLOSED_AT = end_of_month(MONTH) + DAY
_STATEMENT = f"statements/s_amber/{MONTH}/EUR/statement"
_CLOSE = {"month": MONTH, "closed_at": rfc3339(world.NOW)}
_NOBODY = {"month": MONTH, "seller_id": "s_none", "currencies": [], "billed": False}
_AMBER = {"month": MONTH, "seller_id": "s_amber", "currencies": [], "billed": False}

_HELD = {"payout_id": "po_held", "status": "pending_approval", "next": "approve", "wait_s": 604_801}
_ON_ITS_WAY = {"payout_id": PAYOUT_ID, "status": "in_transit", "next": "wait", "wait_s": 7_203}
_MONTHLY = monthly_payout(SELLER, "EUR", PERIOD)
_MANIFEST = {"bucket": "documents", "key": f"payout-runs/{PERIOD}/sellers.json", "count": 1}

ANSWERS: dict[str, tuple[Json, Json]] = {
    "billing_steps/close": (_CLOSE, _CLOSE),
    "billing_steps/close_last": (_CLOSE, _CLOSE),
    "billing_steps/list": (
        {"bucket": "documents", "key": f"closes/{MONTH}/sellers.json"},
        {"bucket": "documents", "key": f"closes/{MONTH}/sellers.json"},
    ),
    # What the samples book happened after the month, so there is nothing to be told.
    "billing_steps/bill": (_NOBODY, _AMBER),
    "billing_steps/pack": ({"month": MONTH, "unreadable": 0}, {"month": MONTH, "unreadable": 0}),
    "billing_steps/report": (
        {"month": MONTH, "sellers": 1, "unbilled": 1},
        {"month": MONTH, "sellers": 1, "unbilled": 1},
    ),
    "billing_pdf/render": (
        {"month": MONTH, "seller_id": "s_amber", "keys": []},
        {"month": MONTH, "seller_id": "s_amber", "keys": [f"{_STATEMENT}.pdf"]},
    ),
    "payout_steps/advance": (_HELD, _ON_ITS_WAY),
    "payout_steps/expire_approval": (
        {"payout_id": "po_held", "status": "cancelled", "next": "advance", "wait_s": 0},
        _ON_ITS_WAY,
    ),
    "payout_steps/await": (
        {"payout_id": "po_held", "waiting": True},
        {"payout_id": PAYOUT_ID, "waiting": True},
    ),
    "payout_steps/list": (_MANIFEST, _MANIFEST),
    "payout_steps/open": (
        {"outcome": "skipped", "reason": "insufficient_funds", "next": "done"},
        {
            "outcome": "skipped",
            "reason": "already_opened",
            "payout_id": _MONTHLY.payout_id,
            "next": "wait",
        },
    ),
    "payout_steps/report": (
        {"period": "2026-10", "counts": {}},
        {"period": PERIOD, "counts": {"skipped": 1}},
    ),
    **reconciliation_cases.ANSWERS,
}
"""The answer to the minimal sample, and to the full one and its duplicate."""

PATHS = [f"{folder}/{name}" for folder in ANSWERS for name in SET]


def _closed(books: Books) -> None:
    books.book(world.capture_journal(), world.adjustment())
    books.closes.kept = Closes().closing(MONTH, CLOSED_AT)


def _listed(books: Books) -> None:
    books.documents.write(f"closes/{MONTH}/sellers.json", b'["s_amber"]', "application/json")


def _stored(books: Books) -> None:
    books.documents.write(f"{_STATEMENT}.json", canonical_json({}), "application/json")


def _walked(books: Books) -> None:
    books.payouts.put(replace(payout_world.held(), payout_id="po_held"), payout_world.on_its_way())


def _earned(books: Books) -> None:
    books.book(world.adjustment())


def _opened(books: Books) -> None:
    """Everything is payable, and paid already this month."""
    _earned(books)
    books.payouts.put(
        payout_world.draft(payout_id=_MONTHLY.payout_id, fingerprint=_MONTHLY.fingerprint)
    )


def _run(books: Books) -> None:
    books.runs.save(PERIOD, [PayoutLine(SELLER, "EUR", PERIOD)])


GIVEN: dict[str, Callable[[Books], None]] = {
    "billing_steps/list": _closed,
    "billing_steps/bill": _closed,
    "billing_steps/pack": _closed,
    "billing_steps/report": _listed,
    "billing_pdf/render": _stored,
    "payout_steps/advance": _walked,
    "payout_steps/expire_approval": _walked,
    "payout_steps/await": _walked,
    "payout_steps/list": _earned,
    "payout_steps/open": _opened,
    "payout_steps/report": _run,
    **reconciliation_cases.GIVEN,
}
