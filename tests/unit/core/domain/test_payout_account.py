from countinghouse.domain.instants import DAY
from countinghouse.domain.payout_account import change_account, first_account
from tests.builders import NOW
from tests.payouts import ADA, IBAN, OTHER_IBAN, an_account


def test_the_first_account_is_usable_at_once() -> None:
    account = first_account("s1", "sandbox", IBAN, ADA, NOW)

    assert account == an_account()
    assert (account.usable_from, account.previous, account.open_payout) == (NOW, None, None)


def test_another_account_cools_off() -> None:
    changed = change_account(an_account(), OTHER_IBAN, "somebody", NOW + 5, 3 * DAY)

    assert (changed.bank_account, changed.previous, changed.last4) == ("ba_2", "ba_1", "1881")
    assert changed.usable_from == NOW + 5 + 3 * DAY
    assert (changed.changed_by, changed.changed_at) == ("somebody", NOW + 5)
    assert changed.version == 2


def test_changing_back_cools_off_as_well() -> None:
    away = change_account(an_account(), OTHER_IBAN, ADA, NOW, DAY)
    back = change_account(away, IBAN, ADA, NOW + 1, DAY)

    assert (back.bank_account, back.usable_from) == ("ba_1", NOW + 1 + DAY)


def test_the_same_account_changes_nothing() -> None:
    account = an_account(usable_from=NOW - DAY)

    assert change_account(account, IBAN, "somebody", NOW, DAY) is account


def test_a_payout_under_way_keeps_its_place() -> None:
    taken = an_account(open_payout="po_1")

    assert change_account(taken, OTHER_IBAN, ADA, NOW, DAY).open_payout == "po_1"
