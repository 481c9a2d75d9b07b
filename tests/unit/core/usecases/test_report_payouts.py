import pytest

import countinghouse.usecases.report_payouts as report_payouts_module
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.ports.payouts import PayoutLine
from countinghouse.usecases.report_payouts import report_payouts
from tests.fakes.payouts import FakePayoutBook, FakePayoutRuns
from tests.payouts import a_payout

S = PayoutStatus


def test_a_run_is_counted_by_status_and_by_who_got_none() -> None:
    runs, payouts = FakePayoutRuns(), FakePayoutBook()
    runs.save("2026-11", [PayoutLine(f"s{n}", "EUR", "2026-11") for n in range(4)])
    for seller, status in (("s0", S.PAID), ("s1", S.PAID), ("s2", S.IN_TRANSIT)):
        payout_id = monthly_payout(seller, "EUR", "2026-11").payout_id
        payouts.put(a_payout(status, payout_id=payout_id, seller_id=seller))
    payouts.put(a_payout(S.FAILED))

    assert report_payouts("2026-11", runs, payouts) == {"in_transit": 1, "paid": 2, "skipped": 1}


def test_a_long_list_is_counted_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_payouts_module, "AT_ONCE", 2)
    runs, payouts = FakePayoutRuns(), FakePayoutBook()
    runs.save("2026-11", [PayoutLine(f"s{n}", "EUR", "2026-11") for n in range(5)])
    for seller in ("s0", "s2", "s4"):
        payout_id = monthly_payout(seller, "EUR", "2026-11").payout_id
        payouts.put(a_payout(S.PAID, payout_id=payout_id, seller_id=seller))

    assert report_payouts("2026-11", runs, payouts) == {"paid": 3, "skipped": 2}


def test_a_month_without_a_run_has_nothing_to_report() -> None:
    assert report_payouts("2026-10", FakePayoutRuns(), FakePayoutBook()) == {}
