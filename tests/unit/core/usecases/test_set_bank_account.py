from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.instants import DAY
from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.payout_account import PayoutAccount, bare_place
from countinghouse.domain.screening import ScreeningRefused, ScreeningRequest
from countinghouse.ports.screening import PayeeCheck
from countinghouse.usecases.set_bank_account import SetBankAccount, set_bank_account
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutGateway
from tests.fakes.screening import FakeScreening, anybody
from tests.payouts import ADA, IBAN, OTHER_IBAN, an_account

WANTED = SetBankAccount("s1", "EUR", "sandbox", "ba_1", ADA)
OTHER = replace(WANTED, bank_account="ba_2", changed_by="somebody")


@pytest.fixture
def accounts() -> FakePayoutAccounts:
    return FakePayoutAccounts()


@pytest.fixture
def gateway() -> FakePayoutGateway:
    return FakePayoutGateway().knows(IBAN, OTHER_IBAN)


def put(
    wanted: SetBankAccount,
    accounts: FakePayoutAccounts,
    gateway: FakePayoutGateway,
    payees: PayeeCheck | None = None,
) -> tuple[PayoutAccount, bool]:
    return set_bank_account(wanted, accounts, gateway, 3 * DAY, FakeClock(), payees or anybody())


def test_the_first_account_is_usable_at_once(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    assert put(WANTED, accounts, gateway) == (an_account(), False)
    assert accounts.rows["s1", "EUR"] == an_account()


def test_the_same_account_again_changes_nothing(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    put(WANTED, accounts, gateway)

    assert put(WANTED, accounts, gateway) == (an_account(), True)


def test_a_change_cools_off(accounts: FakePayoutAccounts, gateway: FakePayoutGateway) -> None:
    put(WANTED, accounts, gateway)

    changed, replayed = put(OTHER, accounts, gateway)

    assert (changed.bank_account, changed.previous) == ("ba_2", "ba_1")
    assert (changed.usable_from, replayed) == (NOW + 3 * DAY, False)
    assert accounts.rows["s1", "EUR"] == changed


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (replace(WANTED, bank_account="ba_9"), "unknown_bank_account", "bank_account"),
        (replace(WANTED, currency="USD"), "validation_failed", "currency"),
    ],
)
def test_what_the_psp_does_not_know_is_refused(
    wanted: SetBankAccount,
    code: str,
    field: str,
    accounts: FakePayoutAccounts,
    gateway: FakePayoutGateway,
) -> None:
    with pytest.raises(Invalid) as caught:
        put(wanted, accounts, gateway)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert accounts.rows == {}


def test_a_psp_that_cannot_be_asked_leaves_everything_as_it_is(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    gateway.account_error = Unavailable("the PSP did not answer")

    with pytest.raises(Unavailable):
        put(WANTED, accounts, gateway)

    assert accounts.rows == {}


def test_of_two_first_accounts_at_once_the_second_is_a_change(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    accounts.interfere.append(lambda: accounts.put(an_account()))

    changed, _ = put(OTHER, accounts, gateway)

    assert (changed.previous, changed.usable_from) == ("ba_1", NOW + 3 * DAY)


def test_a_payout_opened_meanwhile_keeps_its_place(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    accounts.put(an_account())
    taken = an_account(open_payout="po_1", version=2)
    accounts.interfere.append(lambda: accounts.put(taken))

    changed, _ = put(OTHER, accounts, gateway)

    assert (changed.open_payout, changed.bank_account, changed.version) == ("po_1", "ba_2", 3)


def test_an_account_that_keeps_changing_is_given_up_on(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    accounts.put(an_account())
    accounts.interfere += [lambda: accounts.put(accounts.rows["s1", "EUR"].changed())] * 8

    with pytest.raises(Conflict):
        put(OTHER, accounts, gateway)


HELD = replace(IBAN, holder="Ada Lovelace")
EU = MarketCountries("DE", {"s1": SellerHome("FR")})


def test_the_holder_and_the_sellers_country_are_screened(accounts: FakePayoutAccounts) -> None:
    screening = FakeScreening()

    account, _ = put(WANTED, accounts, FakePayoutGateway().knows(HELD), PayeeCheck(screening, EU))

    assert screening.asked == [
        ScreeningRequest(seller_country="FR", seller_id="s1", name="Ada Lovelace")
    ]
    assert account.holder == "Ada Lovelace"


@pytest.mark.parametrize("listed", ["Ada Lovelace", "s1", "FR"])
def test_a_listed_payee_gets_no_account(accounts: FakePayoutAccounts, listed: str) -> None:
    payees = PayeeCheck(FakeScreening({listed}), EU)

    with pytest.raises(ScreeningRefused):
        put(WANTED, accounts, FakePayoutGateway().knows(HELD), payees)

    assert accounts.rows == {}


def test_a_holders_new_name_cools_nothing_off(accounts: FakePayoutAccounts) -> None:
    put(WANTED, accounts, FakePayoutGateway().knows(HELD))
    married = replace(HELD, holder="Ada King")

    account, known = put(WANTED, accounts, FakePayoutGateway().knows(married))
    unnamed, _ = put(WANTED, accounts, FakePayoutGateway().knows(IBAN))

    assert (account.holder, account.usable_from, known) == ("Ada King", NOW, False)
    assert unnamed.holder == "Ada King"


def test_another_account_has_its_own_holder(accounts: FakePayoutAccounts) -> None:
    put(WANTED, accounts, FakePayoutGateway().knows(HELD))

    changed, _ = put(OTHER, accounts, FakePayoutGateway().knows(OTHER_IBAN))

    assert changed.holder is None


def test_a_second_currencys_account_cools_off_for_the_wallets_of_others(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    accounts.put(an_account(currency="USD", bank_account="ba_usd"))

    account, _ = put(WANTED, accounts, gateway)

    assert account == an_account(foreign_from=NOW + 3 * DAY)


def test_a_place_alone_is_no_account_to_protect(
    accounts: FakePayoutAccounts, gateway: FakePayoutGateway
) -> None:
    accounts.put(
        replace(bare_place("s1", "EUR", NOW), open_payout="po_1"), bare_place("s1", "USD", NOW)
    )

    assert put(WANTED, accounts, gateway) == (an_account(open_payout="po_1", version=2), False)
