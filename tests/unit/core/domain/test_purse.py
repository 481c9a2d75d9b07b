from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.accounts import Account, parse_account
from countinghouse.domain.instants import start_of_day
from countinghouse.domain.ledger import Leg
from countinghouse.domain.money import Money
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW

S1 = WalletAddress("seller:s1", "EUR")
EARLY, LATE = "2026-12-01", "2026-12-19"
AVAILABLE = "seller_available:s1"
DEBT = "seller_receivable:s1"
RESERVES = (f"seller_reserve:s1@{EARLY}", f"seller_reserve:s1@{LATE}")

minor = st.integers(0, 10**6)


def purse(**shown: int) -> Purse:
    """A purse that holds these: `available`, `debt`, `early` and `late` reserve, `pending`."""
    names = {"available": AVAILABLE, "debt": DEBT, "early": RESERVES[0], "late": RESERVES[1]}
    balances = {
        names.get(key, f"seller_{key}:s1"): minor if key == "debt" else -minor
        for key, minor in shown.items()
        if minor
    }
    return Purse(Wallet(S1, balances), "s1")


def legs(found: Purse) -> dict[str, int]:
    return {leg.account.name: leg.amount.minor for leg in found.legs()}


def undone(debits: Mapping[str, int]) -> list[Leg]:
    """The legs of a journal that debited these and credited the clearing account."""
    made = [Leg(parse_account(name), Money(minor, "EUR")) for name, minor in debits.items()]
    return [*made, Leg(Account("refund_clearing"), Money(-sum(debits.values()), "EUR"))]


def test_a_claim_is_met_from_what_is_available_and_then_by_debt() -> None:
    rich, poor = purse(available=500, late=300), purse(available=100, late=300)

    rich.take(200)
    poor.take(200)

    assert legs(rich) == {AVAILABLE: 200}
    assert legs(poor) == {AVAILABLE: 100, DEBT: 100}


def test_a_single_minor_unit_is_owed_and_given_back() -> None:
    short, undoing = purse(available=99), purse()

    short.take(100)
    undoing.return_(undone({AVAILABLE: 1}), NOW)

    assert legs(short) == {AVAILABLE: 99, DEBT: 1}
    assert legs(undoing) == {AVAILABLE: -1}


def test_a_named_part_is_taken_first_as_far_as_it_holds() -> None:
    reserve = Account("seller_reserve", "s1", LATE)
    full, short = purse(available=900, late=300), purse(available=900, late=50)

    full.take(400, [(reserve, 132)])
    short.take(400, [(reserve, 132)])

    assert legs(full) == {RESERVES[1]: 132, AVAILABLE: 268}
    assert legs(short) == {RESERVES[1]: 50, AVAILABLE: 350}


def test_a_named_part_gives_no_more_than_is_taken() -> None:
    found = purse(available=900, late=300)

    found.take(10, [(Account("seller_reserve", "s1", LATE), 300)])

    assert legs(found) == {RESERVES[1]: 10}


def test_a_dispute_takes_available_then_every_reserve_the_soonest_first_then_debt() -> None:
    found = purse(available=3_348, late=100, early=76)

    found.take_all_ways(4_000)

    assert list(legs(found).items()) == [
        (AVAILABLE, 3_348),
        (RESERVES[0], 76),
        (RESERVES[1], 100),
        (DEBT, 476),
    ]


def test_a_dispute_leaves_the_reserve_alone_when_enough_is_available() -> None:
    found = purse(available=5_000, late=100)

    found.take_all_ways(4_000)

    assert legs(found) == {AVAILABLE: 4_000}


def test_what_is_given_pays_the_debt_first() -> None:
    debtor, other = purse(debt=476), purse(debt=9_000, available=1)

    debtor.give(5_859)
    other.give(5_859)

    assert legs(debtor) == {DEBT: -476, AVAILABLE: -5_383}
    assert legs(other) == {DEBT: -5_859}


def test_what_was_taken_goes_back_to_where_it_came_from() -> None:
    found = purse()
    debits = {
        AVAILABLE: 2_511,
        RESERVES[1]: 132,
        "platform_fee_revenue": 300,
        "fee_tax_payable": 57,
    }

    found.return_(undone(debits), NOW)

    assert legs(found) == {name: -minor for name, minor in debits.items()}


def test_a_tranche_that_was_freed_meanwhile_goes_back_to_available() -> None:
    freed, held = purse(), purse()

    freed.return_(undone({RESERVES[1]: 132}), start_of_day(LATE))
    held.return_(undone({RESERVES[1]: 132}), start_of_day(LATE) - 1)

    assert legs(freed) == {AVAILABLE: -132}
    assert legs(held) == {RESERVES[1]: -132}


def test_debt_that_was_paid_meanwhile_goes_back_to_available() -> None:
    unpaid, half, paid = purse(debt=476), purse(debt=200), purse()

    for found in (unpaid, half, paid):
        found.return_(undone({DEBT: 476}), NOW)

    assert legs(unpaid) == {DEBT: -476}
    assert legs(half) == {DEBT: -200, AVAILABLE: -276}
    assert legs(paid) == {AVAILABLE: -476}


def test_one_account_is_one_leg_and_nothing_is_none() -> None:
    found = purse(available=10)
    account = found.account("seller_available")

    found.debit(account, 7)
    found.credit(account, 3)
    found.credit(Account("adjustments"), 4)
    found.debit(Account("rounding"), 0)
    found.debit(Account("refund_clearing"), 5)
    found.credit(Account("refund_clearing"), 5)

    assert legs(found) == {AVAILABLE: 4, "adjustments": -4}


def test_another_sellers_reserve_is_not_his() -> None:
    found = Purse(Wallet(S1, {f"seller_reserve:s2@{LATE}": -5, RESERVES[1]: -6}), "s1")

    assert [tranche.name for tranche in found.tranches()] == [RESERVES[1]]


def test_legs_so_far_count() -> None:
    found, empty = purse(available=100), purse()

    found.take(60)
    found.take(60)
    empty.give(60)

    assert legs(found) == {AVAILABLE: 100, DEBT: 20}
    assert empty.holds(empty.account("seller_available")) == 60


def test_what_moves_in_another_currency_or_not_at_all_is_not_held() -> None:
    found = purse()
    available = found.account("seller_available")

    found.credit(available, 500, "USD")
    found.credit(found.account("seller_reserve", LATE), 0)

    assert found.holds(available) == 0
    assert found.tranches() == []


@pytest.mark.parametrize("sign", [1, -1])
def test_an_exchange_leaves_each_currency_at_its_position_and_the_spread_as_income(
    sign: int,
) -> None:
    found = purse()

    found.exchange(Money(7_000 * sign, "USD"), 6_266 * sign, 6_203 * sign)

    assert found.legs() == (
        Leg(Account("fx_position", "USD"), Money(-7_000 * sign, "USD")),
        Leg(Account("fx_position", "EUR"), Money(6_266 * sign, "EUR")),
        Leg(Account("fx_spread_revenue"), Money(-63 * sign, "EUR")),
    )


@given(minor, minor, minor, minor, minor)
def test_no_claim_overdraws_a_bucket(
    available: int, early: int, late: int, debt: int, wanted: int
) -> None:
    found = purse(available=available, early=early, late=late, debt=debt)

    found.take_all_ways(wanted)

    taken = legs(found)
    assert sum(taken.values()) == wanted
    assert all(minor > 0 for minor in taken.values())
    assert taken.get(AVAILABLE, 0) == min(available, wanted)
    assert taken.get(DEBT, 0) == max(0, wanted - available - early - late)


@given(minor, minor, minor)
def test_what_is_given_is_never_lost(available: int, debt: int, minor: int) -> None:
    found = purse(available=available, debt=debt)

    found.give(minor)

    given_ = legs(found)
    assert sum(given_.values()) == -minor
    assert given_.get(DEBT, 0) == -min(minor, debt)
