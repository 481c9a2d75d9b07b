from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.instants import DAY
from countinghouse.domain.payout_account import bare_place, set_accounts
from countinghouse.usecases.erase_bank_account import erase_bank_account
from countinghouse.usecases.set_bank_account import SetBankAccount, set_bank_account
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutGateway
from tests.fakes.screening import anybody
from tests.payouts import ADA, IBAN, LINUS, OTHER_IBAN, an_account

HELD = an_account(
    holder="Ada Lovelace", previous="ba_0", foreign_from=NOW, left_over_minor=7, version=4
)


@pytest.fixture
def accounts() -> FakePayoutAccounts:
    return FakePayoutAccounts().put(HELD)


def erase(accounts: FakePayoutAccounts) -> bool:
    return erase_bank_account("s1", "EUR", LINUS, accounts, FakeClock())


def test_nothing_is_left_of_whose_account_it_was(accounts: FakePayoutAccounts) -> None:
    assert erase(accounts)

    left = accounts.rows["s1", "EUR"]
    assert left == replace(
        bare_place("s1", "EUR", NOW), changed_by=LINUS, left_over_minor=7, version=5
    )
    assert set_accounts([left]) == []


def test_a_repeat_writes_nothing(accounts: FakePayoutAccounts) -> None:
    erase(accounts)
    left = accounts.rows["s1", "EUR"]

    assert not erase(accounts)

    assert accounts.rows["s1", "EUR"] is left


def test_a_payout_under_way_keeps_its_account(accounts: FakePayoutAccounts) -> None:
    accounts.put(replace(HELD, open_payout="po_1"))

    with pytest.raises(IllegalTransition, match="po_1") as refusal:
        erase(accounts)

    assert refusal.value.code == "payout_in_progress"
    assert accounts.rows["s1", "EUR"].holder == "Ada Lovelace"


def test_a_payout_that_is_opened_first_keeps_its_account(accounts: FakePayoutAccounts) -> None:
    taken = replace(HELD, open_payout="po_1", version=5)
    accounts.interfere.append(lambda: accounts.put(taken))

    with pytest.raises(IllegalTransition):
        erase(accounts)

    assert accounts.rows["s1", "EUR"] is taken


@pytest.mark.parametrize(
    "rows", [(), (bare_place("s1", "EUR", NOW),), (an_account(seller_id="s2"),)]
)
def test_what_never_was_is_not_found(rows: tuple[object, ...]) -> None:
    with pytest.raises(NotFound):
        erase(FakePayoutAccounts().put(*rows))  # type: ignore[arg-type]


@pytest.mark.parametrize("found", [IBAN, OTHER_IBAN])
def test_erasing_is_no_way_round_the_time_in_which_a_theft_is_noticed(
    accounts: FakePayoutAccounts, found: object
) -> None:
    erase(accounts)
    gateway = FakePayoutGateway().knows(IBAN, OTHER_IBAN)
    wanted = SetBankAccount("s1", "EUR", "sandbox", found.bank_account, ADA)  # type: ignore[attr-defined]

    account, known = set_bank_account(wanted, accounts, gateway, 3 * DAY, FakeClock(), anybody())

    assert (account.usable_from, known) == (NOW + 3 * DAY, False)
    assert (account.previous, account.holder) == (None, None)


def test_an_account_that_keeps_changing_is_given_up(accounts: FakePayoutAccounts) -> None:
    accounts.interfere += [lambda: accounts.put(accounts.rows["s1", "EUR"].changed())] * 8

    with pytest.raises(Conflict):
        erase(accounts)
