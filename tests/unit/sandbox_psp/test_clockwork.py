"""What the PSP does by itself: once, whoever looks, all or nothing, and still after a restart."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.sandbox_psp.shop import DISPUTED_LATER, Shop
from tools.sandbox_psp import clockwork, outbox, payout_lifecycle
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.timers import Timer, next_due


def test_any_call_notices_what_has_come_due(shop: Shop) -> None:
    reference = shop.payout(shop.bank_account()).json["payout_reference"]
    shop.tick(days=1)

    assert shop.call("GET", f"/v1/payouts/{reference}").json["status"] == "paid"


def test_threads_that_look_at_once_do_a_thing_once(shop: Shop) -> None:
    account = shop.bank_account()
    for number in range(20):
        shop.payout(account, f"po-{number}")
    shop.events()
    shop.tick(days=1)

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: shop.psp.sweep(), range(16)))

    assert sum(counts) == 20
    assert shop.events() == ["payout.paid"] * 20


def test_what_another_has_done_meanwhile_is_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.payout(shop.bank_account())
    shop.events()
    shop.tick(days=1)

    def overtaken(book: Book, now: datetime) -> Timer | None:
        """See what is due, and let another do it before the answer is used."""
        seen = next_due(book, now)
        monkeypatch.setattr(clockwork, "next_due", next_due)
        assert shop.psp.sweep() == 1
        return seen

    monkeypatch.setattr(clockwork, "next_due", overtaken)

    assert shop.psp.sweep() == 0
    assert shop.events() == ["payout.paid"]


def test_what_is_due_survives_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "psp.db")
    book = Book(path)
    shop = Shop(book)
    charge = shop.captured(card=DISPUTED_LATER)
    refund = shop.refund(charge, 1, key="r1").json
    shop.payout(shop.bank_account())
    book.close()

    book = Book(path)
    shop = Shop(book)
    shop.advance("1d")

    assert [dispute["status"] for dispute in shop.book_of("disputes")] == ["opened"]
    assert [payout["status"] for payout in shop.book_of("payouts")] == ["paid"]
    assert shop.refund(charge, 1, key="r1").json == refund
    book.close()


def test_a_change_whose_event_cannot_be_written_did_not_happen(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge, account = shop.captured(method="wallet"), shop.bank_account()
    refund = shop.refund(charge).json["refund_reference"]
    shop.payout(account)
    shop.events()
    before = shop.ledger(), shop.book_of("refunds"), shop.book_of("payouts")

    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_dispatch", broken)
        attempts: list[Callable[[], object]] = [
            lambda: shop.decide("refunds", refund, "succeed"),
            lambda: shop.dispute(charge),
            lambda: shop.payout(account, "po-2"),
        ]
        for attempt in attempts:
            with pytest.raises(OSError, match="full"):
                attempt()
        shop.tick(days=1)
        with pytest.raises(OSError, match="full"):
            shop.psp.sweep()
        shop.tick(days=-1)

    assert (shop.ledger(), shop.book_of("refunds"), shop.book_of("payouts")) == before
    assert (shop.book_of("disputes"), shop.events()) == ([], [])
    shop.advance("1d")
    assert sorted(shop.events()) == ["payout.paid", "refund.succeeded"]


def test_finding_nothing_due_is_two_searches_of_an_index(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.payout(shop.bank_account())
    asked: list[str] = []
    rows = shop.book.rows

    def counted(sql: str, *values: object) -> object:
        asked.append(sql)
        return rows(sql, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.book, "rows", counted)
    shop.psp.sweep()
    monkeypatch.undo()

    looks = [sql for sql in asked if "settings" not in sql]
    plans = [
        row["detail"]
        for sql in looks
        for row in shop.book.rows(f"EXPLAIN QUERY PLAN {sql}", shop.now)
    ]
    assert len(looks) == 2
    assert [plan.split(" (")[0] for plan in plans] == [
        "SEARCH sessions USING INDEX sessions_waiting", "SEARCH timers USING INDEX timers_due",
    ]  # fmt: skip


def test_a_payout_moved_by_hand_has_no_arrival_left(shop: Shop) -> None:
    reference = shop.payout(shop.bank_account()).json["payout_reference"]
    shop.decide("payouts", reference, "fail")

    assert shop.book.rows("SELECT * FROM timers WHERE task = ?", payout_lifecycle.TASK) == []
