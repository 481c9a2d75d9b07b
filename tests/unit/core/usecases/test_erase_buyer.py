from dataclasses import dataclass, field

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import Conflict, IllegalTransition
from countinghouse.domain.posting import SELLER_ADJUSTMENT
from countinghouse.usecases.erase_buyer import erase_buyer
from countinghouse.usecases.name_account import name_account
from tests.builders import NOW, a_transfer
from tests.fakes.buyers import FakeBuyerBook, forgetting, naming
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

WALLET = "buyer_wallet:bw_7"


class PowerCut(Exception):
    """The process ends here."""


def cut() -> None:
    raise PowerCut


@dataclass
class Desk:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    buyers: FakeBuyerBook = field(init=False)

    def __post_init__(self) -> None:
        self.buyers = FakeBuyerBook(self.ledger.closed, {"u1": "bw_7", "u2": "bw_8"})

    def erase(self, user_id: str = "u1") -> bool:
        return erase_buyer(user_id, forgetting(self.ledger, self.buyers, self.clock))

    def move(self, source: str, target: str, reference: str = "case-1") -> None:
        book([a_transfer(source, target, reference=reference)], self.ledger, self.ledger)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nobody_can_tell_afterwards_whose_wallet_it_was(desk: Desk) -> None:
    desk.move("adjustments", WALLET)
    desk.move(WALLET, "bank:main", "case-2")

    assert desk.erase()

    assert desk.buyers.wallets == {"u2": "bw_8"}
    assert desk.buyers.expiring == {"u1": NOW // 1_000}
    assert desk.buyers.is_closed("bw_7")
    assert "u1" not in repr(desk.ledger.linked)


def test_a_repeat_finds_nothing(desk: Desk) -> None:
    desk.erase()
    desk.buyers.log.clear()

    assert not desk.erase()

    assert desk.buyers.log == []


def test_money_in_the_wallet_keeps_its_owner(desk: Desk) -> None:
    desk.move("adjustments", WALLET)

    with pytest.raises(IllegalTransition, match="EUR: pay it out first") as refusal:
        desk.erase()

    assert refusal.value.code == "wallet_has_balance"
    assert desk.buyers.wallet_of("u1") == "bw_7"
    desk.move("adjustments", WALLET, "case-2")


def test_money_of_others_does_not_matter(desk: Desk) -> None:
    desk.move("adjustments", "buyer_wallet:bw_8")
    desk.move("adjustments", WALLET, "case-2")
    desk.move(WALLET, "unallocated:sandbox", "case-3")

    assert desk.erase()


def test_money_that_comes_before_the_wallet_is_closed_keeps_its_owner(desk: Desk) -> None:
    desk.buyers.interfere.append(lambda: desk.move("adjustments", WALLET))

    with pytest.raises(IllegalTransition):
        desk.erase()

    assert desk.buyers.wallet_of("u1") == "bw_7"
    assert not desk.buyers.is_closed("bw_7")


def test_money_that_comes_after_is_refused_by_the_ledger(desk: Desk) -> None:
    def too_late() -> None:
        with pytest.raises(Conflict):
            desk.move("adjustments", WALLET)

    desk.buyers.interfere += [lambda: None, too_late]

    assert desk.erase()

    assert desk.ledger.linked == {}


def test_a_repeat_finishes_what_a_crash_left(desk: Desk) -> None:
    desk.buyers.interfere += [lambda: None, cut]
    with pytest.raises(PowerCut):
        desk.erase()
    assert desk.buyers.log == ["closed"]

    assert desk.erase()

    assert desk.buyers.wallet_of("u1") is None


def test_a_wallet_that_a_crash_left_closed_with_money_in_it_is_opened_again(desk: Desk) -> None:
    desk.move("adjustments", WALLET)
    desk.buyers.close("bw_7", NOW)

    with pytest.raises(IllegalTransition):
        desk.erase()

    desk.move(WALLET, "bank:main", "case-2")


def test_of_two_at_once_one_forgets_and_both_find_it_done(desk: Desk) -> None:
    desk.buyers.interfere += [lambda: None, desk.erase]

    assert not desk.erase()

    assert desk.buyers.wallet_of("u1") is None


def test_a_wallet_that_another_erasure_opens_is_looked_at_again(desk: Desk) -> None:
    """It saw money that was there then, and opens what this one has closed."""

    def opened_and_paid_into() -> None:
        desk.buyers.reopen("bw_7")
        desk.move("adjustments", WALLET)

    desk.buyers.interfere += [lambda: None, opened_and_paid_into]

    with pytest.raises(IllegalTransition):
        desk.erase()

    assert desk.buyers.wallet_of("u1") == "bw_7"


def test_a_wallet_that_others_keep_opening_is_given_up(desk: Desk) -> None:
    for _ in range(20):
        desk.buyers.interfere += [lambda: None, desk.ledger.closed.clear]

    with pytest.raises(Conflict):
        desk.erase()


def test_a_user_who_comes_back_gets_another_name(desk: Desk) -> None:
    desk.erase()

    again = name_account("u1", None, SELLER_ADJUSTMENT, "EUR", naming(desk.ledger, desk.buyers))

    assert again.owner_id != "bw_7"
    assert desk.buyers.expiring == {}
