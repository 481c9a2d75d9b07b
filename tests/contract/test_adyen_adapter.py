"""The Adyen adapter against the sandbox's Adyen face, in process: both mean the same by everything.

The face speaks as Adyen's official client expects it to; our adapter speaks through that client.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from countinghouse.domain.approval import resolved
from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.order import CaptureMode, Operation, OperationKind, Order, OrderStatus
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.psp import (
    DeclineType,
    DisputeFact,
    FactKind,
    PspEvent,
    PspFact,
    SettlementKind,
)
from countinghouse.domain.refund import RefundStatus
from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse.usecases.receive_psp_event import receive_psp_event
from countinghouse_aws.psp.adyen_client import AdyenClient, AdyenPlaces
from countinghouse_aws.psp.adyen_desk import AdyenDesk
from countinghouse_aws.psp.adyen_gateway import AdyenGateway
from countinghouse_aws.psp.adyen_payouts import AdyenPayouts
from countinghouse_aws.psp.adyen_refunds import AdyenRefunds
from countinghouse_aws.psp.adyen_statements import AdyenStatements
from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks
from countinghouse_aws.psp.signatures import BadSignature
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.builders import (
    DISPUTES,
    POLICY,
    a_delivered_order,
    an_info,
    an_order,
    refunding,
    sent_refund,
)
from tests.contract.psp_rig import BACK, POOR, Rig, payout_fact, refund_fact
from tests.fakes.books import FakePspEventBook
from tests.payouts import a_payout
from tests.unit.sandbox_psp.adyen_shop import API_KEY, HMAC_KEY, URL, AdyenShop
from tests.unit.sandbox_psp.shop import DECLINED, OK, THREE_DS
from tools.sandbox_psp.adyen_face.accounts import BALANCE_ACCOUNT, MERCHANT
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.wire import Request, Response

K, R, S = FactKind, SettlementKind, OrderStatus
BEGIN = from_rfc3339("2026-11-22T09:00:00Z")


class AdyenRig(Rig):
    """Adyen's; `inbox` keeps every event that is told."""

    shop: AdyenShop

    def __init__(self, book: Book) -> None:
        super().__init__(AdyenShop(book), AdyenWebhooks(lambda: [HMAC_KEY]))
        self.inbox = FakePspEventBook()
        places = AdyenPlaces(
            checkout_url=f"{URL}/checkout/v72",
            transfers_url=f"{URL}/transfers/v4",
            platform_url=f"{URL}/lem/v4",
            merchant_account=MERCHANT,
            balance_account=BALANCE_ACCOUNT,
        )
        client = AdyenClient(self.carry, API_KEY, places)
        self.gateway = AdyenGateway(client, self)
        self.refunds = AdyenRefunds(client, self)
        self.payouts = AdyenPayouts(client, self)
        self.statements = AdyenStatements(
            self.download, API_KEY, f"{URL}/reports", MERCHANT, self.inbox
        )

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """Adyen's client names whole addresses; they have to be this face's."""
        assert path.startswith(f"{URL}/")
        return super().answer(method, path.removeprefix(URL), headers, body)

    def told(self) -> list[PspEvent]:
        """The events of the webhooks due now, each kept in the inbox."""
        found = super().told()
        for event in found:
            assert receive_psp_event(event, self.inbox), "two events under one key"
        return found

    def applied(self, order: Order) -> Order:
        """The order after the events due now about it."""
        for event in self.told():
            if isinstance(event.fact, PspFact) and event.order_id == order.order_id:
                fact = resolved(order, event.fact, event.psp)
                order = apply_fact(order, fact, self.now(), POLICY).order
        return order

    def an_order(self, method: str = "credit_card", card: str | None = OK, **more: Any) -> Order:
        """A new order of a checkout whose buyer has left a card."""
        session = self.gateway.open_session("c1", 7_000, "EUR", BACK)
        if card is not None:
            assert self.shop.attach(session.psp_token, card).status == 200
        info = an_info(
            session.psp_token,
            method=method,
            psp="adyen",
            return_url=BACK,
            wallet_provider=more.pop("wallet_provider", None),
            sca_exemption=more.pop("sca_exemption", None),
        )
        order = an_order(S.SENT, payment_info=info, **more)
        sent = replace(order.attempts[-1], sent_at=self.now(), first_sent_at=self.now())
        return replace(order, attempts=(sent,))

    def charged(self, order: Order) -> Order:
        return apply_fact(order, self.gateway.charge(order), self.now(), POLICY).order

    def in_book(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.shop.call("GET", "/_control/charges").json["data"]
        return found


@pytest.fixture
def rig() -> Iterator[AdyenRig]:
    with closing(Book()) as book:
        yield AdyenRig(book)


def test_a_checkout_has_one_session(rig: AdyenRig) -> None:
    first = rig.gateway.open_session("c1", 7_000, "EUR", None)

    assert first == rig.gateway.open_session("c1", 7_000, "EUR", None)
    assert first.psp == "adyen"
    assert first.psp_token.startswith("CS")
    assert first.client_secret
    assert first.expires_at > rig.now()


def test_a_card_is_charged_once_however_often_it_is_sent(rig: AdyenRig) -> None:
    order = rig.an_order()

    first, second = rig.gateway.charge(order), rig.gateway.charge(order)

    assert first == second == rig.gateway.find(order)
    assert first.kind is K.CAPTURED
    assert (first.amount_minor, first.captured_minor, first.currency) == (7_000, 7_000, "EUR")
    assert [(one["amount"], one["status"]) for one in rig.in_book()] == [(7_000, "captured")]


def test_the_webhook_says_what_the_answer_said(rig: AdyenRig) -> None:
    order = rig.an_order()
    answer = rig.gateway.charge(order)

    (event,) = rig.told()

    assert (event.order_id, event.event_type) == ("o1", "AUTHORISATION")
    assert isinstance(event.fact, PspFact)
    assert replace(event.fact, occurred_at=None) == answer
    assert event.event_key == f"adyen#{answer.psp_reference}#AUTHORISATION#true"


@pytest.mark.parametrize(
    ("card", "code", "type_"),
    [
        (DECLINED, "refused", DeclineType.HARD),
        (POOR, "not_enough_balance", DeclineType.SOFT),
        ("4000000000009987", "blocked_card", DeclineType.HARD),
        ("4000000000000069", "expired_card", DeclineType.HARD),
        ("4000000000000127", "cvc_declined", DeclineType.HARD),
        ("4000000000000119", "acquirer_error", DeclineType.SOFT),
    ],
)
def test_a_refused_card_says_why_both_ways(
    rig: AdyenRig, card: str, code: str, type_: DeclineType
) -> None:
    order = rig.an_order(card=card)

    answer = rig.gateway.charge(order)
    (event,) = rig.told()

    assert answer.decline is not None
    assert isinstance(event.fact, PspFact)
    assert (answer.kind, answer.decline.code, answer.decline.type) == (K.DECLINED, code, type_)
    assert (event.fact.kind, event.fact.decline) == (K.DECLINED, answer.decline)


def test_a_challenge_is_passed_and_told_of(rig: AdyenRig) -> None:
    order = rig.charged(rig.an_order(card=THREE_DS))
    assert order.status is S.REQUIRES_ACTION
    assert order.action is not None
    assert order.action.url

    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "approve"})

    assert rig.applied(order).status is S.CAPTURED


@dataclass(frozen=True)
class Forgetful:
    """Adyen's webhooks from an account that does not send our metadata back."""

    inner: AdyenWebhooks

    def verify(self, headers: Mapping[str, str], body: bytes, now: int) -> None:
        self.inner.verify(headers, without_metadata(body), now)

    def parse(self, body: bytes, now: int) -> tuple[PspEvent, ...]:
        return self.inner.parse(without_metadata(body), now)


def without_metadata(body: bytes) -> bytes:
    told = json.loads(body)
    for one in told["notificationItems"]:
        item = one["NotificationRequestItem"]
        data = item["additionalData"].items()
        item["additionalData"] = {k: v for k, v in data if not k.startswith("metadata.")}
    return json.dumps(told).encode()


def waiting(rig: AdyenRig, mode: CaptureMode) -> Order:
    """An order whose buyer has to act, at an account without metadata; only its webhook tells."""
    rig.source = Forgetful(AdyenWebhooks(lambda: [HMAC_KEY]))
    order = rig.charged(rig.an_order(card=THREE_DS, capture_mode=mode))
    assert rig.gateway.find(order).kind is K.REQUIRES_ACTION
    return order


@pytest.mark.parametrize(
    ("mode", "status"), [(CaptureMode.AUTOMATIC, S.CAPTURED), (CaptureMode.MANUAL, S.AUTHORIZED)]
)
def test_what_the_buyer_did_is_told_without_our_metadata_too(
    rig: AdyenRig, mode: CaptureMode, status: OrderStatus
) -> None:
    order = waiting(rig, mode)

    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "approve"})

    assert rig.gateway.find(order).kind is K.REQUIRES_ACTION, "the first answer is all it gives"
    assert rig.applied(order).status is status


def test_a_failure_without_our_metadata_may_be_another_trys_and_does_nothing(rig: AdyenRig) -> None:
    order = waiting(rig, CaptureMode.AUTOMATIC)

    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "deny"})

    assert rig.applied(order) == order


def test_details_complete_what_the_shopper_did(rig: AdyenRig) -> None:
    order = rig.charged(rig.an_order(card=THREE_DS))
    asked = "SELECT client_secret FROM sessions WHERE reference = 'o1/1'"
    details = {"redirectResult": str(rig.shop.book.rows(asked)[0][0])}

    assert rig.gateway.complete(order, details).kind is K.PENDING
    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "approve"})

    assert rig.gateway.complete(order, {**details, "again": "1"}).kind is K.CAPTURED
    assert rig.gateway.complete(order, {"redirectResult": "x"}).kind is K.UNKNOWN
    other = replace(order, order_id="o2")
    assert rig.gateway.complete(other, {**details, "again": "2"}).kind is K.UNKNOWN


@pytest.mark.parametrize(
    ("method", "currency", "provider", "action"),
    [
        ("wallet", "EUR", "paypal", "redirect"),
        ("wallet", "SGD", "grabpay", "redirect"),
        ("qr", "SGD", None, "qr_code"),
        ("qr", "THB", None, "qr_code"),
        ("qr", "BRL", None, "qr_code"),
    ],
)
def test_wallets_and_codes_wait_for_the_buyer(
    rig: AdyenRig, method: str, currency: str, provider: str | None, action: str
) -> None:
    order = rig.charged(
        rig.an_order(method=method, card=None, currency=currency, wallet_provider=provider)
    )
    assert order.action is not None
    assert (order.status, order.action.type) == (S.REQUIRES_ACTION, action)
    assert (order.action.qr_payload is not None) is (method == "qr")

    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "approve"})

    assert rig.applied(order).status is S.CAPTURED


def test_a_buyer_who_does_not_come_back_lets_the_offer_expire(rig: AdyenRig) -> None:
    order = rig.charged(rig.an_order(method="wallet", card=None, wallet_provider="paypal"))

    rig.shop.call("POST", f"/_control/actions/{order.psp_reference}", {"result": "expire"})

    assert rig.applied(order).status is S.EXPIRED


def test_what_there_is_nothing_to_charge_to_is_refused(rig: AdyenRig) -> None:
    for more, code in (
        ({"card": None}, "psp_no_payment_method"),
        ({"method": "wallet", "wallet_provider": "unheard_of"}, "psp_no_payment_method"),
        ({"currency": "IDR"}, None),
        ({"currency": "IDR", "amount_minor": 7_050}, "psp_amount_not_expressible"),
    ):
        fact = rig.gateway.charge(rig.an_order(order_id=f"o{len(rig.in_book())}{code}", **more))
        assert (fact.decline.code if fact.decline else None) == code


@pytest.mark.parametrize("captured", [7_000, 3_000])
def test_a_capture_is_received_and_told_of(rig: AdyenRig, captured: int) -> None:
    order = rig.charged(rig.an_order(capture_mode=CaptureMode.MANUAL))
    assert order.status is S.AUTHORIZED
    wanted = Operation(OperationKind.CAPTURE, "o1:capture:1", captured, rig.now())
    order = order.moved(S.CAPTURE_PENDING, rig.now(), operation=wanted)

    first, second = rig.gateway.capture(order), rig.gateway.capture(order)

    assert first == second == PspFact(K.PENDING, "o1:charge:1")
    ended = rig.applied(order)
    assert (ended.status.endswith("captured"), ended.captured_minor) == (True, captured)
    assert [one["captured"] for one in rig.in_book()] == [captured]


def test_a_capture_that_cannot_be_is_a_contradiction(rig: AdyenRig) -> None:
    order = rig.charged(rig.an_order(capture_mode=CaptureMode.MANUAL))
    wanted = Operation(OperationKind.CAPTURE, "o1:capture:1", 9_999, rig.now())

    fact = rig.gateway.capture(replace(order, operation=wanted))

    assert fact.kind is K.PENDING
    told = [event.fact for event in rig.told() if event.event_type == "CAPTURE"]
    assert [one.kind for one in told if isinstance(one, PspFact)] == [K.DECLINED]


def test_a_void_is_received_and_told_of(rig: AdyenRig) -> None:
    order = rig.charged(rig.an_order(capture_mode=CaptureMode.MANUAL))
    wanted = Operation(OperationKind.VOID, "o1:void:1", 7_000, rig.now())
    order = order.moved(S.VOID_PENDING, rig.now(), operation=wanted)

    assert rig.gateway.void(order).kind is K.PENDING

    assert rig.applied(order).status is S.VOIDED


def test_a_lost_answer_is_found_and_nothing_is_charged_twice(rig: AdyenRig) -> None:
    order = rig.an_order()
    for fault in ("timeout_after_success", "timeout_before", "http_500"):
        one = replace(order, order_id=f"o_{fault}")
        one = replace(one, attempts=(replace(one.attempts[0], key=f"{one.order_id}:charge:1"),))
        planted = {"kind": fault, "operation": "charge", "times": 1}
        assert rig.shop.call("POST", "/_control/faults", planted).status < 300

        assert rig.gateway.charge(one).kind is K.UNKNOWN
        assert rig.gateway.find(one).kind is K.CAPTURED
    assert len(rig.in_book()) == 3


def test_a_card_left_since_does_not_change_what_is_asked_about(rig: AdyenRig) -> None:
    order = rig.an_order(card=THREE_DS)
    first = rig.gateway.charge(order)
    rig.shop.tick(minutes=5)
    session = rig.gateway.open_session("c1", 7_000, "EUR", BACK)
    assert rig.shop.attach(session.psp_token, OK).status == 200

    assert rig.gateway.find(order) == first


def test_after_the_key_window_a_question_sends_nothing(rig: AdyenRig) -> None:
    order = rig.an_order()
    rig.shop.tick(days=7)

    assert rig.gateway.find(order).kind is K.UNKNOWN
    assert rig.in_book() == []


@pytest.mark.parametrize("fault", ["http_429", "connection_drop", "key_in_use"])
def test_a_fault_before_the_work_is_not_taken_for_an_outcome(rig: AdyenRig, fault: str) -> None:
    order = rig.an_order()
    planted = {"kind": fault, "operation": "charge", "times": 1}
    assert rig.shop.call("POST", "/_control/faults", planted).status < 300

    assert rig.gateway.charge(order).kind is (K.NOT_SENT if fault == "http_429" else K.UNKNOWN)
    assert rig.gateway.charge(order).kind is K.CAPTURED


def test_a_merchants_own_charge_and_an_exemption_are_taken(rig: AdyenRig) -> None:
    for number, exemption in enumerate(("low_value", "merchant_initiated")):
        order = rig.an_order(order_id=f"o{number}", sca_exemption=exemption)
        assert rig.gateway.charge(order).kind is K.CAPTURED


def a_refunding(rig: AdyenRig) -> Order:
    reference = rig.gateway.charge(rig.an_order()).psp_reference
    rig.told()
    order = replace(a_delivered_order(), psp_reference=reference)
    return sent_refund(refunding(order, 3_000, now=rig.now()), now=rig.now())


def test_a_refund_is_received_and_told_of(rig: AdyenRig) -> None:
    order = a_refunding(rig)

    first = rig.refunds.refund(order, order.refunds[0])

    assert first == rig.refunds.find_refund(order, order.refunds[0])
    assert (first.kind, first.amount_minor, first.currency) == (R.PENDING, 3_000, "EUR")
    rig.shop.call("POST", f"/_control/refunds/{first.psp_reference}", {"result": "succeed"})
    (event,) = rig.told()
    fact = refund_fact(event)
    assert (event.order_id, fact.kind, fact.key) == ("o1", R.SUCCEEDED, "o1:refund:1")
    assert (fact.amount_minor, fact.psp_reference) == (3_000, first.psp_reference)


@pytest.mark.parametrize(
    ("fault", "code", "failure"),
    [
        ("refund_fails", "REFUND_FAILED", "refund_failed"),
        ("refund_reversed", "REFUNDED_REVERSED", "refund_returned"),
    ],
)
def test_a_refund_that_does_not_stay_says_so(
    rig: AdyenRig, fault: str, code: str, failure: str
) -> None:
    order = a_refunding(rig)
    rig.shop.call("POST", "/_control/faults", {"kind": fault, "times": 1})
    rig.refunds.refund(order, order.refunds[0])
    events = rig.told()
    rig.shop.call("POST", "/_control/clock", {"advance": "10d"})
    rig.shop.psp.sweep()
    events += rig.told()

    for event in events:
        order = apply_refund_fact(order, refund_fact(event), rig.now(), POLICY)[1]
    assert events[-1].event_type == code
    assert order.refunds[0].failure == failure
    ended = RefundStatus.FAILED if fault == "refund_fails" else RefundStatus.REVERSED
    assert order.refunds[0].status is ended


def test_a_chargeback_takes_the_money_and_a_reversal_gives_it_back(rig: AdyenRig) -> None:
    reference = rig.gateway.charge(rig.an_order()).psp_reference
    rig.told()

    body = {"psp_reference": reference, "reason": "product_not_received"}
    opened = rig.shop.call("POST", "/_control/disputes", body).json["dispute_reference"]
    noticed, taken = (event.fact for event in rig.told())
    rig.shop.call("POST", f"/_control/disputes/{opened}", {"result": "win"})
    won = rig.told()[-1].fact

    assert isinstance(noticed, DisputeFact)
    assert isinstance(taken, DisputeFact)
    assert isinstance(won, DisputeFact)
    assert [(one.withdrawn_minor, one.fee_minor) for one in (noticed, taken, won)] == [
        (0, 0),
        (7_000, 0),
        (0, 0),
    ]
    assert noticed.sequence < taken.sequence < won.sequence
    assert (taken.stage, taken.status) == (DisputeStage.DISPUTE, DisputeStatus.OPENED)
    assert (won.status, won.reason) == (DisputeStatus.WON, "product_not_received")
    assert {one.psp_reference for one in (noticed, taken, won)} == {opened}
    assert taken.charge_reference == reference


@pytest.mark.parametrize(
    ("stage", "moves", "status"),
    [
        ("dispute", ["win"], DisputeStatus.WON),
        ("dispute", ["challenge", "lose"], DisputeStatus.LOST),
        ("dispute", ["accept"], DisputeStatus.ACCEPTED),
        ("dispute", ["expire"], DisputeStatus.EXPIRED),
        ("dispute", ["win", "escalate", "win"], DisputeStatus.WON),
        ("dispute", ["win", "escalate", "challenge", "lose"], DisputeStatus.LOST),
        ("pre_dispute", ["challenge", "win"], DisputeStatus.WON),
        ("pre_dispute", ["expire"], DisputeStatus.EXPIRED),
        ("pre_dispute", ["escalate", "accept"], DisputeStatus.ACCEPTED),
    ],
)
def test_a_dispute_ends_here_as_it_ends_there(
    rig: AdyenRig, stage: str, moves: list[str], status: DisputeStatus
) -> None:
    reference = rig.gateway.charge(rig.an_order()).psp_reference
    rig.told()
    order = replace(a_delivered_order(), psp_reference=reference)
    body = {"psp_reference": reference, "stage": stage}
    opened = rig.shop.call("POST", "/_control/disputes", body).json["dispute_reference"]

    for move in ("", *moves):
        if move:
            path = f"/_control/disputes/{opened}"
            assert rig.shop.call("POST", path, {"result": move}).status == 200, move
        for event in rig.told():
            if isinstance(event.fact, DisputeFact):
                verdict, order = apply_dispute_fact(order, event.fact, rig.now(), DISPUTES)
                assert verdict is Verdict.APPLIED

    (there,) = rig.shop.call("GET", "/_control/disputes").json["data"]
    (here,) = order.disputes
    assert (here.status, here.withdrawn_minor) == (status, there["withdrawn"])
    assert str(here.stage) == there["stage"]


def test_an_altered_item_stores_nothing(rig: AdyenRig) -> None:
    rig.gateway.charge(rig.an_order())
    (delivery,) = rig.shop.webhooks()
    altered = json.loads(delivery.body)
    altered["notificationItems"][0]["NotificationRequestItem"]["amount"]["value"] = 1

    with pytest.raises(BadSignature):
        rig.source.verify({}, json.dumps(altered).encode(), rig.now())


@pytest.mark.parametrize("currency", ["EUR", "GBP", "USD", "SEK", "CHF"])
def test_a_bank_account_is_found_with_its_currency(rig: AdyenRig, currency: str) -> None:
    account = rig.account(currency)

    found = rig.payouts.find_bank_account(account)

    assert found is not None
    assert (found.bank_account, found.currency, len(found.last4)) == (account, currency, 4)
    assert rig.payouts.find_bank_account("SE_NONE") is None


@pytest.mark.parametrize(
    ("fault", "kind", "returned"),
    [(None, R.SUCCEEDED, False), ("payout_fails", R.FAILED, False)],
)
def test_a_payout_is_sent_once_and_its_end_is_told(
    rig: AdyenRig, fault: str | None, kind: SettlementKind, returned: bool
) -> None:
    payout = a_payout(
        PayoutStatus.SUBMITTED,
        bank_account=rig.account(),
        first_sent_at=rig.now(),
        psp_reference=None,
    )
    if fault is not None:
        rig.shop.call("POST", "/_control/faults", {"kind": fault, "times": 1})

    first = rig.payouts.pay_out(payout)
    assert first == rig.payouts.find_payout(payout) == rig.payouts.pay_out(payout)
    assert (first.kind, first.amount_minor, first.payout_id) == (R.PENDING, 5_000, "po_1")
    assert {one.kind for one in rig.payouts_told()} == {R.PENDING}
    rig.shop.call("POST", "/_control/clock", {"advance": "2d"})
    rig.shop.psp.sweep()

    told = payout_fact(rig.told()[-1])
    asked = rig.payouts.find_payout(replace(payout, psp_reference=first.psp_reference))
    assert (told.kind, told.returned) == (asked.kind, asked.returned) == (kind, returned)
    assert (told.failure is None) is (kind is R.SUCCEEDED)


def test_an_unknown_bank_account_is_a_refusal(rig: AdyenRig) -> None:
    payout = a_payout(PayoutStatus.SUBMITTED, bank_account="SE_NONE", first_sent_at=rig.now())

    fact = rig.payouts.pay_out(payout)

    assert fact.kind is R.FAILED
    assert (fact.failure or "").startswith("psp_")


def test_a_report_is_told_of_offered_and_read(rig: AdyenRig) -> None:
    rig.gateway.charge(rig.an_order())
    rig.told()
    rig.shop.call("POST", "/_control/settle", {"date": "2026-11-22"})
    rig.told()

    (file,) = rig.statements.files("2026-11-22")
    lines = list(parse_settlement(rig.statements.read(file), file.layout, "adyen", "f", file.day))

    assert (file.name, file.kind) == ("settlement_detail_report_batch_1.csv", "settlement")
    captures = [
        line
        for line in lines
        if isinstance(line, SettlementLine) and line.category is Category.CAPTURE
    ]
    assert [(one.merchant_reference, one.gross, one.currency) for one in captures] == [
        ("o1", 7_000, "EUR")
    ]
    assert all(isinstance(line, SettlementLine) for line in lines)
    assert rig.statements.files("2026-11-21") == []


@dataclass
class Key:
    """A secret of Adyen's, as Secrets Manager holds it."""

    clock: AdyenRig

    def current(self, name: str) -> str:
        assert name == "api_key"
        return API_KEY

    def live(self, name: str) -> tuple[str, ...]:
        assert name == "hmac_key"
        return (HMAC_KEY,)


def test_the_desk_reaches_every_address_through_a_socket(rig: AdyenRig) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            url = urlsplit(self.path)
            path, body = url.path.removeprefix("/adyen"), self.rfile.read(length)
            asked = Request(self.command, path, url.query, dict(self.headers), body)
            answer = rig.shop.psp.handle(asked)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815 - the name that the base class looks for

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/adyen"
    settings = {
        "checkout_url": f"{base}/checkout/v72",
        "transfers_url": f"{base}/transfers/v4",
        "platform_url": f"{base}/lem/v4",
        "reports_url": f"{base}/reports",
        "merchant_account": MERCHANT,
        "balance_account": BALANCE_ACCOUNT,
    }
    desk = AdyenDesk(settings, Key(rig), 5)
    try:
        fact = desk.gateway().charge(rig.an_order())
        busy = {"kind": "key_in_use", "operation": "charge", "times": 1}
        rig.shop.call("POST", "/_control/faults", busy)
        in_flight = desk.gateway().charge(rig.an_order(order_id="o2"))
        account = desk.payouts().find_bank_account(rig.account())
        payout = a_payout(PayoutStatus.SUBMITTED, bank_account="SE_NONE", first_sent_at=rig.now())
        refused = desk.payouts().pay_out(payout)
        order = replace(a_delivered_order(), psp_reference=fact.psp_reference)
        order = sent_refund(refunding(order, 3_000, now=rig.now()), now=rig.now())
        refund = desk.refunds().refund(order, order.refunds[0])
        rig.shop.call("POST", "/_control/settle", {"date": "2026-11-22"})
        rig.told()
        statements = desk.statements(rig.inbox)
        (file,) = statements.files("2026-11-22")
        report = b"".join(statements.read(file))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert (fact.kind, in_flight.kind, refused.kind) == (K.CAPTURED, K.UNKNOWN, R.FAILED)
    assert (refund.kind, account is not None and account.currency) == (R.PENDING, "EUR")
    assert report.startswith(b"Company Account,")
    # And nothing stands there any more: no connection, so nothing was done.
    assert desk.gateway().charge(rig.an_order(order_id="o3")).kind is K.NOT_SENT
