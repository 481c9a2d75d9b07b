import json
from dataclasses import replace

import pytest

from countinghouse.domain.dispute import DISPUTES_MAX, DisputeStage, DisputeStatus
from countinghouse.domain.errors import Conflict
from countinghouse.domain.market_rules import DisputeRules, ReserveRule
from countinghouse.domain.order import Operation, OperationKind, Order, OrderStatus
from countinghouse.domain.order_refunds import apply_refund_fact, request_refund
from countinghouse.domain.psp import PspToken, SettlementKind
from countinghouse.domain.refund import REFUNDS_MAX
from countinghouse.ports.books import OrderBook
from countinghouse_aws.dynamodb.orders import DynamoOrderBook, decode_order, encode_order
from tests.builders import (
    HARD,
    NOW,
    POLICY,
    REDIRECT,
    a_delivered_order,
    a_dispute_fact,
    a_late_order,
    a_refund_fact,
    a_request,
    an_attempt,
    an_info,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
)
from tests.contract.tables import Tables
from tests.converted import a_converted_order
from tests.fakes.books import FakeOrderBook
from tests.psp_worlds import TWO_MORE

S = OrderStatus
IN_DOLLARS = a_dispute_fact(currency="USD")


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> OrderBook:
    if request.param == "fake":
        return FakeOrderBook()
    return DynamoOrderBook(request.getfixturevalue("tables").orders)


@pytest.mark.parametrize("status", sorted(OrderStatus))
def test_what_is_stored_is_what_is_read(book: OrderBook, status: OrderStatus) -> None:
    order = an_order(status)

    assert book.add(order) is None
    assert book.get("o1") == order


@pytest.mark.parametrize(
    "order",
    [
        an_order(wallet_shard=7, asked=3, due_at=None),
        an_order(country="DE"),
        a_converted_order(),
        disputed(refunded(a_converted_order(), amount_minor=2_000), IN_DOLLARS),
        an_order(checkout_minor=12_000),
        an_order(S.ROUTED, attempts=(an_attempt(outcome="declined_soft"), an_attempt(number=2))),
        an_order(operation=Operation(OperationKind.VOID, "k", 5, sent_at=NOW), failure=HARD),
        an_order(operation=Operation(OperationKind.VOID, "k", 5, lapsing=True)),
        an_order(action=replace(REDIRECT, url=None, qr_payload="qr")),
        an_order(payment_info=an_info(wallet_provider="paypal", return_url="https://x.example")),
        an_order(payment_info=TWO_MORE),
        an_order(payment_info=an_info(alternatives=(PspToken("stripe", "seti_1"),))),
        an_order(
            attempts=(
                an_attempt(outcome="not_sent", psp="sandbox"),
                an_attempt(number=2, doubtful=True),
            )
        ),
    ],
)
def test_every_field_survives(book: OrderBook, order: Order) -> None:
    book.add(order)

    assert book.get("o1") == order


OPENED = a_dispute_fact()
WON = a_dispute_fact(sequence=2, status=DisputeStatus.WON, withdrawn_minor=0)
LIVES = {
    "delivered": a_delivered_order(),
    "delivered without reserve": a_delivered_order(rule=ReserveRule(0, 0)),
    "booked": replace(a_delivered_order(), booked=1, due_at=None),
    "refund before delivery": refunding(an_order(S.CAPTURED)),
    "refund sent": sent_refund(refunding(a_delivered_order())),
    "refund sent again": refunded(a_delivered_order(), SettlementKind.NOT_SENT),
    "refund unknown": refunded(a_delivered_order(), SettlementKind.UNKNOWN),
    "refund pending": refunded(a_delivered_order(), SettlementKind.PENDING),
    "refunded": refunded(a_delivered_order()),
    "refund failed": refunded(a_delivered_order(), SettlementKind.FAILED),
    "refund reversed": refunded(
        a_delivered_order(), SettlementKind.SUCCEEDED, SettlementKind.FAILED
    ),
    "inquiry": disputed(an_order(S.CAPTURED), a_dispute_fact(stage=DisputeStage.PRE_DISPUTE)),
    "disputed": disputed(a_delivered_order()),
    "disputed without deadline": disputed(
        a_delivered_order(), replace(OPENED, evidence_due_at=None, fee_minor=0)
    ),
    "dispute won": disputed(a_delivered_order(), OPENED, WON),
    "fee given back": disputed(
        a_delivered_order(),
        OPENED,
        a_dispute_fact(sequence=2, status=DisputeStatus.LOST),
        rules=DisputeRules(frozenset(), fee_given_back_when_lost=True),
    ),
    # A hold and what it mirrors at place 0, which is not nothing.
    "first booking undone": disputed(
        an_order(S.CAPTURED),
        replace(OPENED, stage=DisputeStage.PRE_DISPUTE, withdrawn_minor=0, fee_minor=0),
        replace(WON, stage=DisputeStage.PRE_DISPUTE, fee_minor=0),
    ),
    "paid too late": a_late_order(),
    "paid too late and booked": replace(a_late_order(), booked=2),
    "everything": disputed(refunding(refunded(a_delivered_order()), 500, "r2")),
}


@pytest.mark.parametrize("order", LIVES.values(), ids=LIVES)
def test_the_life_after_a_capture_survives(book: OrderBook, order: Order) -> None:
    captured = an_order(S.CAPTURED)
    book.add(captured)

    book.replace(captured, order)

    assert book.get("o1") == order
    assert book.get_many(["o1"]) == {"o1": order}


def test_a_row_of_before_there_was_anything_after_a_capture_is_read(tables: Tables) -> None:
    order = an_order(S.CAPTURED)
    row = encode_order(order)

    assert not {"delivery", "refunds", "disputes", "bookings", "booked"} & row.keys()
    assert decode_order(row) == order


def test_a_row_of_before_orders_lapsed_is_read() -> None:
    order = an_order(S.VOID_PENDING)
    row = encode_order(order)

    assert "lapsing" not in row["operation"]
    assert decode_order(row) == order


def test_a_row_of_before_there_was_a_second_psp_is_read() -> None:
    order = an_order(S.UNKNOWN)
    row = encode_order(order)

    assert not {"psp", "doubtful"} & row["attempts"][0].keys()
    assert "alternatives" not in row["payment_info"]
    assert decode_order(row) == order


def test_an_order_with_all_it_may_have_fits_its_row(book: OrderBook) -> None:
    order = a_delivered_order()
    for number in range(REFUNDS_MAX):
        refund_id = f"rfd_{number:024d}"
        wanted = a_request(10, refund_id, reason="r" * 200, fingerprint="f" * 64)
        order = sent_refund(request_refund(order, wanted, NOW), refund_id)
        for kind in (SettlementKind.SUCCEEDED, SettlementKind.FAILED):
            fact = a_refund_fact(order, kind, refund_id, psp_reference="p" * 64)
            order = apply_refund_fact(order, fact, NOW, POLICY)[1]
    for number in range(DISPUTES_MAX):
        fact_ = replace(OPENED, psp_reference=f"{number:064d}", reason="r" * 64)
        order = disputed(order, fact_, replace(fact_, sequence=2, status=DisputeStatus.LOST))

    book.add(order)

    assert book.get("o1") == order
    assert len(json.dumps(encode_order(order))) < 200_000, "half of what a row may have"


def test_an_order_id_is_taken_once_by_whichever_checkout(book: OrderBook) -> None:
    first = an_order()
    book.add(first)

    assert book.add(an_order(checkout_id="c2", amount_minor=1)) == first
    assert book.get("o1") == first


def test_many_are_read_at_once(book: OrderBook) -> None:
    stored = {f"o{n}": an_order(order_id=f"o{n}") for n in range(120)}
    for order in stored.values():
        book.add(order)

    assert book.get_many([*stored, "o0", "none"]) == stored
    assert book.get("none") is None
    assert book.get_many([]) == {}


def test_a_change_is_committed_on_the_version_it_was_made_from(book: OrderBook) -> None:
    old, new = an_order(S.REQUIRES_ACTION), an_order(S.CAPTURED, version=3)
    book.add(old)

    book.replace(old, new)

    assert book.get("o1") == new


def test_the_second_of_two_changes_from_one_version_is_refused(book: OrderBook) -> None:
    old, first = an_order(S.SENT), an_order(S.CAPTURED, version=3)
    book.add(old)
    book.replace(old, first)

    with pytest.raises(Conflict):
        book.replace(old, an_order(S.FAILED, version=3))

    assert book.get("o1") == first


def test_a_change_of_what_is_not_there_is_refused(book: OrderBook) -> None:
    with pytest.raises(Conflict):
        book.replace(an_order(), an_order(version=3))

    assert book.get("o1") is None
