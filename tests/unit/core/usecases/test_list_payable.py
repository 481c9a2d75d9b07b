from countinghouse.domain.finding import DamagedRow
from countinghouse.ports.payouts import Manifest, PayoutLine
from countinghouse.usecases.list_payable import list_payable
from tests.fakes.payouts import FakePayoutRuns
from tests.payouts import House, earned, movement


def test_everybody_with_something_available_is_listed_once() -> None:
    house, runs = House(), FakePayoutRuns()
    house.earn(1, "a", "s2")
    house.earn(8_000, "b", "s1")
    house.book(
        earned(5, "shard", "s1"),
        movement("yen", {"seller_available:s1": -5}, "JPY"),
        movement("waiting", {"seller_pending:s3": -5}),
        movement("buyer", {"buyer_wallet:s4": -5}),
        movement("debtor", {"seller_receivable:s5": 5}),
    )

    manifest = list_payable("2026-11", house.ledger, runs)

    assert manifest == Manifest("documents", "payout-runs/2026-11/sellers.json", 3)
    assert runs.lists["2026-11"] == [
        PayoutLine("s1", "EUR", "2026-11"),
        PayoutLine("s1", "JPY", "2026-11"),
        PayoutLine("s2", "EUR", "2026-11"),
    ]


def test_a_damaged_row_stops_nobody_else() -> None:
    house, runs = House(), FakePayoutRuns()
    house.earn(8_000)
    house.ledger.damaged.append(DamagedRow("wallet seller:s9 EUR#0: KeyError"))

    assert list_payable("2026-11", house.ledger, runs).count == 1
