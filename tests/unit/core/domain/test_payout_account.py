from dataclasses import replace

from countinghouse.domain.instants import DAY
from countinghouse.domain.payout_account import (
    bare_place,
    change_account,
    first_account,
    set_accounts,
)
from tests.builders import NOW
from tests.payouts import ADA, IBAN, OTHER_IBAN, an_account


def test_the_first_account_is_usable_at_once() -> None:
    account = first_account("s1", "sandbox", IBAN, ADA, NOW)

    assert account == an_account()
    assert (account.usable_from, account.previous, account.open_payout) == (NOW, None, None)


def test_another_account_cools_off() -> None:
    changed = change_account(an_account(), "sandbox", OTHER_IBAN, "somebody", NOW + 5, 3 * DAY)

    assert (changed.bank_account, changed.previous, changed.last4) == ("ba_2", "ba_1", "1881")
    assert changed.usable_from == NOW + 5 + 3 * DAY
    assert (changed.changed_by, changed.changed_at) == ("somebody", NOW + 5)
    assert changed.version == 2


def test_changing_back_cools_off_as_well() -> None:
    away = change_account(an_account(), "sandbox", OTHER_IBAN, ADA, NOW, DAY)
    back = change_account(away, "sandbox", IBAN, ADA, NOW + 1, DAY)

    assert (back.bank_account, back.usable_from) == ("ba_1", NOW + 1 + DAY)


def test_the_same_account_changes_nothing() -> None:
    account = an_account(usable_from=NOW - DAY)

    assert change_account(account, "sandbox", IBAN, "somebody", NOW, DAY) is account


def test_another_psp_is_another_account() -> None:
    moved = change_account(an_account(), "stripe", IBAN, ADA, NOW, DAY)

    assert (moved.psp, moved.bank_account, moved.usable_from) == ("stripe", "ba_1", NOW + DAY)


def test_a_payout_under_way_keeps_its_place() -> None:
    taken = an_account(open_payout="po_1")

    assert change_account(taken, "sandbox", OTHER_IBAN, ADA, NOW, DAY).open_payout == "po_1"


def test_the_holder_follows_the_account() -> None:
    held = first_account("s1", "sandbox", replace(IBAN, holder="Ada"), ADA, NOW)
    elsewhere = change_account(held, "sandbox", OTHER_IBAN, ADA, NOW, DAY)

    assert (held.holder, elsewhere.holder) == ("Ada", None)
    assert "Ada" not in repr(held)


def test_an_account_may_be_free_for_its_own_currency_and_not_yet_for_others() -> None:
    account = an_account(foreign_from=NOW + 9)

    assert account.for_wallet("EUR") is account
    assert account.for_wallet("USD").usable_from == NOW + 9
    assert an_account(usable_from=NOW + 11, foreign_from=NOW).for_wallet("USD").usable_from == (
        NOW + 11
    )
    assert an_account().for_wallet("USD") == an_account()


def test_a_place_alone_becomes_an_account_at_once() -> None:
    place = replace(bare_place("s1", "EUR", NOW), open_payout="po_1", left_over_minor=7)

    account = change_account(place, "sandbox", IBAN, ADA, NOW, DAY, NOW + DAY)

    assert account == an_account(
        open_payout="po_1", left_over_minor=7, version=2, foreign_from=NOW + DAY
    )
    assert set_accounts([place, account]) == [account]


def test_a_changed_account_cools_off_for_every_currency() -> None:
    early = an_account(foreign_from=NOW + DAY)

    changed = change_account(early, "sandbox", OTHER_IBAN, ADA, NOW, 3 * DAY)

    assert changed.for_wallet("USD").usable_from == changed.usable_from == NOW + 3 * DAY
