"""What each scheduled function reports for its samples, and what the books hold before."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.events.books import Books
from tools.sample_events import world
from tools.sample_events.gateway import SET

REPORTS: dict[str, dict[str, object]] = {
    "audit": {"findings": [], "sealed": "2026-11-21"},
    "repair": {
        "payments": 1,
        "orders": 1,
        "psp_events": 0,
        "wallets": 0,
        "payouts": 0,
        "waited_s": {"payments": 86_340, "orders": 86_385, "psp_events": 0, "payouts": 0},
    },
    "rollup": {"wallets": 1, "totals": {"EUR": 0}},
}
PATHS = [f"{function}/{name}" for function in REPORTS for name in SET]


def _booked(books: Books) -> None:
    books.book(world.capture_journal(), world.adjustment())


def _stuck(books: Books) -> None:
    payment = world.submitted(world.TWO_ORDERS)
    books.payments.put(payment)
    books.orders.put(world.sent(payment))
    books.clock.advance(24 * 3_600_000)


GIVEN: dict[str, Callable[[Books], None]] = {
    "audit": _booked,
    "repair": _stuck,
    "rollup": _booked,
}
