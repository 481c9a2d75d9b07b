import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.accounts import Account, parse_account
from countinghouse.domain.errors import Invalid
from countinghouse.usecases.name_account import Naming, name_account
from tests.builders import NOW, a_transfer
from tests.fakes.buyers import FakeBuyerBook, naming
from tests.fakes.ledger import FakeLedger

ADJUSTMENTS = Account("adjustments")
OLD = Account("buyer_wallet", "u_old")


@pytest.fixture
def ledger() -> FakeLedger:
    ledger = FakeLedger()
    book([a_transfer("adjustments", OLD.name)], ledger, ledger)
    return ledger


@pytest.fixture
def buyers(ledger: FakeLedger) -> FakeBuyerBook:
    return FakeBuyerBook(ledger.closed)


@pytest.fixture
def ports(ledger: FakeLedger, buyers: FakeBuyerBook) -> Naming:
    return naming(ledger, buyers)


def find(
    ports: Naming,
    user_id: str | None = None,
    account: Account | None = None,
    counter: Account = ADJUSTMENTS,
    currency: str = "EUR",
) -> Account:
    return name_account(user_id, account, counter, currency, ports)


def test_a_user_gets_a_pseudonym_once(ports: Naming, buyers: FakeBuyerBook) -> None:
    first, again, other = find(ports, "u1"), find(ports, "u1"), find(ports, "u2")

    assert first == again == Account("buyer_wallet", "bw_1")
    assert other == Account("buyer_wallet", "bw_2")
    assert buyers.log == ["assigned", "assigned"]


def test_of_two_first_bookings_at_once_both_get_the_same_wallet(
    ports: Naming, buyers: FakeBuyerBook
) -> None:
    buyers.interfere.append(lambda: buyers.wallets.update(u1="bw_first"))

    assert find(ports, "u1").owner_id == "bw_first"


@pytest.mark.parametrize("name", ["bank:main", "adjustments", "seller_available:s1"])
def test_other_accounts_are_what_they_are_called(ports: Naming, name: str) -> None:
    assert find(ports, account=parse_account(name)) == parse_account(name)


@pytest.mark.parametrize(("user_id", "account"), [(None, None), ("u1", ADJUSTMENTS)])
def test_an_account_is_named_or_a_users(
    ports: Naming, user_id: str | None, account: Account | None
) -> None:
    with pytest.raises(Invalid) as refusal:
        find(ports, user_id, account)

    assert refusal.value.field == "account"


def test_a_wallet_that_is_there_may_be_named_on_either_side(ports: Naming) -> None:
    assert find(ports, account=OLD) == OLD
    assert find(ports, "u1", counter=OLD).owner_id == "bw_1"


@pytest.mark.parametrize(
    ("account", "counter", "currency", "field"),
    [
        (Account("buyer_wallet", "u_new"), ADJUSTMENTS, "EUR", "account"),
        (ADJUSTMENTS, Account("buyer_wallet", "u_new"), "EUR", "counter_account"),
        (OLD, ADJUSTMENTS, "USD", "account"),
    ],
)
def test_no_users_id_gets_into_the_books_by_name(
    ports: Naming, account: Account, counter: Account, currency: str, field: str
) -> None:
    with pytest.raises(Invalid, match="user_id") as refusal:
        find(ports, account=account, counter=counter, currency=currency)

    assert refusal.value.field == field


@pytest.mark.parametrize("field", ["account", "counter_account"])
def test_a_closed_wallet_is_refused_by_name(
    ports: Naming, buyers: FakeBuyerBook, field: str
) -> None:
    buyers.close(OLD.owner_id, NOW)
    sides = (OLD, ADJUSTMENTS) if field == "account" else (ADJUSTMENTS, OLD)

    with pytest.raises(Invalid) as refusal:
        find(ports, account=sides[0], counter=sides[1])

    assert (refusal.value.code, refusal.value.field) == ("buyer_wallet_closed", field)
