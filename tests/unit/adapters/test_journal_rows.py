"""Journals as rows: what an old one lacks, and that one costs one write unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.payout import PayoutJournal, PayoutStatus
from countinghouse.domain.payout_journals import PayoutDraft
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.psp import SettlementKind
from countinghouse.domain.wallet import Wallet, wallet_parts
from countinghouse.usecases.release_reserves import release_reserves
from countinghouse_aws.dynamodb.codec import from_item, to_item
from countinghouse_aws.dynamodb.journal_rows import decode_journal, encode_journal
from tests.builders import (
    NOW,
    a_delivered_order,
    a_dispute_fact,
    a_fee,
    a_journal,
    an_info,
    disputed,
    refunded,
)
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.payouts import a_payout
from tests.strategies import journals

UNIT = 1_024
"""Bytes that one write unit writes; a transaction's cost two."""
CODE = "3f2a91bc"
ORDER, SELLER, CHECKOUT = "e" * 24 + "-0", "a" * 32, "c" * 32
"""As long as those of a real shop's history (`make replay`)."""
PSP_REFERENCE = "pi_" + "3" * 24
AMOUNT = 98_765_431
"""Nearly a million euros."""
CHANGES: Mapping[str, Any] = {
    "checkout_id": CHECKOUT,
    "seller_id": SELLER,
    "psp_reference": PSP_REFERENCE,
    "amount_minor": AMOUNT,
    "captured_minor": AMOUNT,
    "fee": a_fee(AMOUNT),
    "payment_info": an_info("tok", psp="sandbox"),
}


def size(item: Mapping[str, Any]) -> int:
    """An item's bytes as DynamoDB counts them (developer guide, "Item sizes and formats")."""
    return sum(len(name.encode()) + _of(value) for name, value in item.items())


def _of(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "S":
        return len(str(value).encode())
    if kind == "N":
        digits = str(value).lstrip("-").strip("0")
        return (len(digits) + 1) // 2 + 1 + str(value).startswith("-")
    if kind == "L":
        return 3 + sum(1 + _of(part) for part in value)
    return 3 + sum(1 + len(name.encode()) + _of(part) for name, part in value.items())


def booked(*orders: Order) -> FakeLedger:
    """The journals that the orders call for, each behind others in the seller's chain."""
    ledger = FakeLedger(code_version=CODE)
    earlier = replace(orders[0], order_id=ORDER[:-1] + "1")
    assert book(order_drafts(replace(earlier, refunds=(), disputes=()), NOW), ledger, ledger) == {}
    for order in orders:
        assert book(order_drafts(order, NOW), ledger, ledger) == {}
    return ledger


def sizes(ledger: FakeLedger) -> dict[str, int]:
    """The largest journal of each kind, in bytes."""
    found: dict[str, int] = {}
    for linked in ledger.linked.values():
        kind = linked.journal.kind
        found[kind] = max(found.get(kind, 0), size(to_item(encode_journal(linked))))
    return found


def delivered() -> Order:
    return a_delivered_order(ORDER, **CHANGES)


def test_a_sale_and_what_follows_cost_one_write_unit_a_journal() -> None:
    order = refunded(delivered(), SettlementKind.SUCCEEDED, amount_minor=AMOUNT // 2)
    ledger = booked(order)
    clock = FakeClock()
    clock.advance(90 * 86_400_000)
    release_reserves(order.wallet, ledger, clock)

    found = sizes(ledger)

    assert found.keys() == {
        "capture",
        "release",
        "refund_requested",
        "refund_paid",
        "reserve_release",
    }
    assert {kind: count for kind, count in found.items() if count > UNIT} == {}
    # A figure that none of them comes near would say that the count is wrong.
    assert max(found.values()) > UNIT - 64


def test_a_dispute_costs_one_write_unit_a_journal() -> None:
    seen = a_dispute_fact(
        amount_minor=AMOUNT // 3, withdrawn_minor=AMOUNT // 3, charge_reference=PSP_REFERENCE
    )
    facts = [seen, replace(seen, sequence=2, status=DisputeStatus.LOST)]

    found = sizes(booked(disputed(delivered(), *facts)))

    assert {"dispute_held", "dispute_withdrawn", "dispute_lost"} <= found.keys()
    assert {kind: count for kind, count in found.items() if count > UNIT} == {}


def test_a_payout_costs_one_write_unit_a_journal() -> None:
    payout = a_payout(PayoutStatus.PAID, seller_id=SELLER, payout_id="po_" + "f" * 32)
    ledger = booked(delivered())

    assert book([PayoutDraft(payout, PayoutJournal.RESERVE, NOW)], ledger, ledger) == {}
    assert book([PayoutDraft(payout, PayoutJournal.PAID, NOW)], ledger, ledger) == {}

    found = sizes(ledger)
    assert {"payout_reserve", "payout_paid"} <= found.keys()
    assert {kind: count for kind, count in found.items() if count > UNIT} == {}


@given(journals(), st.sampled_from([None, CODE]))
def test_a_journal_comes_back_as_it_was(journal: Journal, version: str | None) -> None:
    named = replace(journal, code_version=version)
    wallets = {address: Wallet(address) for address in wallet_parts(named)}
    for linked in plan_posting([named], wallets).posting.journals:
        item = to_item(encode_journal(linked))

        assert decode_journal(from_item(item)) == linked
        assert item.get("code_version") == ({"S": version} if version else None)


def test_a_row_from_before_names_no_code_and_may_name_itself() -> None:
    ledger = booked(delivered())
    linked = next(iter(ledger.linked.values()))
    old = {**encode_journal(linked), "ledger_id": linked.journal.ledger_id}
    del old["code_version"]

    read = decode_journal(old)

    assert read.journal == replace(linked.journal, code_version=None)
    assert read.links == linked.links


def test_who_booked_it_is_no_part_of_what_was_booked() -> None:
    assert a_journal(code_version=CODE).digest == a_journal().digest


def test_a_row_that_was_altered_is_refused() -> None:
    linked = next(iter(booked(delivered()).linked.values()))

    with pytest.raises(Invalid, match="altered"):
        decode_journal({**encode_journal(linked), "kind": "release_again"})
