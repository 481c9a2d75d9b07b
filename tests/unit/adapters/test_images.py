from typing import Any

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.psp import FactKind
from countinghouse.domain.reconciliation import RunStatus
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.routing import (
    BookDamaged,
    JournalPosted,
    OrderChanged,
    PaymentChanged,
    PayoutChanged,
    PspEventChanged,
    RunChanged,
    WalletMoved,
)
from countinghouse_aws.dynamodb import images
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.images import Image, decoder, image_of
from countinghouse_aws.dynamodb.journal_rows import encode_journal
from countinghouse_aws.dynamodb.orders import encode_order
from countinghouse_aws.dynamodb.payments import encode_payment
from countinghouse_aws.dynamodb.payout_rows import encode_account, encode_payout
from countinghouse_aws.dynamodb.psp_events import encode_psp_event
from countinghouse_aws.dynamodb.reconciliation import encode_file, encode_run
from countinghouse_aws.dynamodb.wallets import encode_wallet
from tests.builders import a_journal, a_payment, an_event, an_open_checkout, an_order
from tests.payouts import a_payout, an_account
from tests.runs import a_file, a_run

S1 = WalletAddress("seller:s1", "EUR")
POSTING = plan_posting([a_journal()], {S1: Wallet(S1)}).posting
JOURNAL = encode_journal(POSTING.journals[0])


def record(old: Plain | None, new: Plain | None) -> dict[str, Any]:
    change = {
        name: to_item(row)
        for name, row in (("OldImage", old), ("NewImage", new))
        if row is not None
    }
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {"eventName": name, "dynamodb": change}


def test_both_images_become_what_they_were() -> None:
    old, new = an_open_checkout(), a_payment()

    change = decoder(images.payment_change)(record(encode_payment(old), encode_payment(new)))

    assert change == PaymentChanged(old, new)


def test_a_payouts_rows_are_its_own_and_bank_accounts_tell_nothing() -> None:
    old, new = a_payout(), a_payout(PayoutStatus.RESERVED)
    read = decoder(images.payout_change)

    assert read(record(None, encode_payout(old))) == PayoutChanged(None, old)
    assert read(record(encode_payout(old), encode_payout(new))) == PayoutChanged(old, new)
    assert read(record(encode_payout(old), None)) is None
    assert read(record(None, encode_account(an_account()))) is None


def test_of_a_reconciliation_only_its_runs_are_told() -> None:
    old, new = a_run(), a_run(RunStatus.COMPLETED, version=2)
    read = decoder(images.reconciliation_change)

    assert read(record(None, encode_run(old))) == RunChanged(None, old)
    assert read(record(encode_run(old), encode_run(new))) == RunChanged(old, new)
    assert read(record(encode_run(old), None)) is None
    assert read(record(None, encode_file(a_file()))) is None
    assert read(record(None, {"subject": "brk_1", "row": "break"})) is None


def test_an_insert_has_no_old_image() -> None:
    order, event = an_order(OrderStatus.SENT), an_event(an_order(), FactKind.CAPTURED)

    assert decoder(images.order_change)(record(None, encode_order(order))) == OrderChanged(
        None, order
    )
    assert decoder(images.psp_event_change)(record(None, encode_psp_event(event))) == (
        PspEventChanged(None, event)
    )
    (linked,) = POSTING.journals
    assert decoder(images.ledger_change)(record(None, JOURNAL)) == JournalPosted(
        a_journal(), linked.links
    )
    wallet = POSTING.wallets[0][1]
    assert decoder(images.wallet_change)(record(None, encode_wallet(wallet))) == WalletMoved(wallet)


@pytest.mark.parametrize(
    "bent",
    [
        {**JOURNAL, "digest": "0" * 64},
        {**JOURNAL, "kind": "refund"},
        {**JOURNAL, "legs": JOURNAL["legs"][:1]},
        {**JOURNAL, "legs": [{**JOURNAL["legs"][0], "amount": 1}, JOURNAL["legs"][1]]},
        {**JOURNAL, "legs": [{**JOURNAL["legs"][0], "account": "x"}, JOURNAL["legs"][1]]},
        {name: value for name, value in JOURNAL.items() if name != "legs"},
    ],
)
def test_a_new_journal_that_cannot_be_right_is_damage(bent: Plain) -> None:
    change = images.ledger_change(Image("INSERT", None, bent))

    assert isinstance(change, BookDamaged)
    assert change.row == JOURNAL["book"] + JOURNAL["entry"]


def test_an_image_is_plain_values() -> None:
    assert image_of(record({"a": 1}, {"a": [True, {"b": "c"}]})) == Image(
        "MODIFY", {"a": 1}, {"a": [True, {"b": "c"}]}
    )


def test_damage_names_the_currencies_it_is_in() -> None:
    yen = {**JOURNAL, "legs": [{**JOURNAL["legs"][0], "currency": "JPY"}]}

    removed = images.ledger_change(Image("REMOVE", JOURNAL, None))
    altered = images.ledger_change(Image("MODIFY", JOURNAL, yen))
    garbled = images.ledger_change(Image("MODIFY", JOURNAL, {**JOURNAL, "legs": "none"}))
    strange = {**JOURNAL, "legs": [{**JOURNAL["legs"][0], "currency": "XXQ"}, JOURNAL["legs"][1]]}
    unknown = images.ledger_change(Image("INSERT", None, strange))
    wallet = images.wallet_change(
        Image("REMOVE", {"owner": "seller:s1", "wallet_id": "JPY#0"}, None)
    )

    assert isinstance(removed, BookDamaged)
    assert (removed.detail, removed.currencies) == ("a journal was removed", ("EUR",))
    assert isinstance(altered, BookDamaged)
    assert altered.currencies == ("EUR", "JPY")
    assert isinstance(garbled, BookDamaged)
    assert garbled.currencies == ()
    assert isinstance(unknown, BookDamaged)
    assert unknown.currencies == ()
    assert isinstance(wallet, BookDamaged)
    assert wallet.currencies == ("JPY",)


def test_a_journal_altered_again_is_another_piece_of_news() -> None:
    def altered(minor: int) -> str:
        leg = {**JOURNAL["legs"][0], "amount": minor}
        change = images.ledger_change(Image("MODIFY", JOURNAL, {**JOURNAL, "legs": [leg]}))
        assert isinstance(change, BookDamaged)
        return change.detail

    assert altered(1) == altered(1) != altered(2)
    assert altered(1).startswith("a journal was altered")
