"""The Stripe adapter against the sandbox's Stripe face, in process: both mean the same by it all.

Our adapter speaks through Stripe's official library; the face answers as Stripe does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.order import CaptureMode, Operation, OperationKind, Order, OrderStatus
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.psp import DeclineType, DisputeFact, FactKind, PspFact, SettlementKind
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse_aws.psp.stripe_gateway import StripeGateway
from countinghouse_aws.psp.stripe_owners import StripeOwners
from countinghouse_aws.psp.stripe_payouts import StripePayouts
from countinghouse_aws.psp.stripe_refunds import StripeRefunds
from countinghouse_aws.psp.stripe_statements import StripeStatements
from countinghouse_aws.psp.stripe_webhooks import EVENT_TYPES, StripeWebhooks
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.builders import (
    DISPUTES,
    NOW,
    POLICY,
    a_delivered_order,
    a_refund,
    an_info,
    an_order,
    refunding,
    sent_refund,
)
from tests.contract.psp_rig import BACK, POOR, Rig
from tests.payouts import a_payout
from tests.unit.sandbox_psp.shop import DECLINED, OK, THREE_DS, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.stripe_face.face import StripeFace

K, R, S = FactKind, SettlementKind, OrderStatus
API_KEY = "sk_contract"
SECRET = "whsec_contract"


class StripeRig(Rig):
    """Stripe's."""

    def __init__(self, book: Book) -> None:
        config = Config(api_key=API_KEY, webhook_secret=SECRET, public_url="http://psp.test/stripe")
        super().__init__(Shop(book, config), StripeWebhooks(lambda: [SECRET]))
        self.shop.psp = Sandbox(book, lambda: self.shop.now, config, StripeFace())
        self.gateway = StripeGateway(self.carry, API_KEY)
        self.refunds = StripeRefunds(self.carry, API_KEY)
        self.payouts = StripePayouts(self.carry, API_KEY, "fa_sandbox")
        self.owners = StripeOwners(self.carry, API_KEY)
        self.statements = StripeStatements(self.carry, self.download, API_KEY)

    def facts(self) -> list[PspFact]:
        """What the events due now say of charges."""
        said = [event.fact for event in self.told()]
        return [one for one in said if isinstance(one, PspFact) and one.kind is not K.OTHER]

    def session(self, card: str | None = OK, checkout: str = "c1", currency: str = "EUR") -> str:
        opened = self.gateway.open_session(checkout, 7_000, currency, BACK)
        if card is not None:
            assert self.shop.attach(opened.psp_token, card).status == 200
        return opened.psp_token

    def order(self, method: str = "credit_card", card: str | None = OK, **more: Any) -> Order:
        info = an_info(
            psp_token=self.session(card, currency=more.get("currency", "EUR")),
            psp="stripe",
            method=method,
            wallet_provider=more.pop("wallet_provider", None),
            return_url=BACK,
        )
        return an_order(S.SENT, payment_info=info, psp_reference=None, **more)

    def captured(self) -> Order:
        """A delivered order that Stripe took the money of; its webhooks are taken."""
        fact = self.gateway.charge(self.order())
        self.told()
        assert fact.kind is K.CAPTURED
        return a_delivered_order(psp_reference=fact.psp_reference)


@pytest.fixture
def rig() -> Iterator[StripeRig]:
    with closing(Book()) as book:
        yield StripeRig(book)


def applied(order: Order, fact: PspFact) -> Order:
    """The order as the fact leaves it, or the verdict's complaint."""
    found = apply_fact(order, fact, NOW, POLICY)
    assert found.verdict is Verdict.APPLIED, found.verdict
    return found.order


def test_a_checkout_keeps_its_token(rig: StripeRig) -> None:
    first = rig.gateway.open_session("c1", 7_000, "EUR", None)
    again = rig.gateway.open_session("c1", 7_000, "EUR", None)

    assert first == again
    assert first.psp_token.startswith("seti_")
    assert first.client_secret is not None
    assert first.expires_at > rig.now()


@pytest.mark.parametrize("method", ["credit_card", "debit_card"])
def test_a_card_is_charged_once_however_often_it_is_sent(rig: StripeRig, method: str) -> None:
    order = rig.order(method)

    first, second = rig.gateway.charge(order), rig.gateway.charge(order)

    assert first == second == rig.gateway.find(order)
    assert applied(order, first).status is S.CAPTURED
    assert (first.key, first.captured_minor, first.currency) == ("o1:charge:1", 7_000, "EUR")
    (charge,) = rig.shop.ledger()
    assert (charge["psp_reference"], charge["captured"]) == (first.psp_reference, 7_000)


def test_what_the_webhook_says_is_what_the_answer_said(rig: StripeRig) -> None:
    fact = rig.gateway.charge(rig.order())

    created, succeeded = rig.told()

    assert (created.event_type, created.fact) == ("payment_intent.created", PspFact(K.OTHER))
    assert (succeeded.event_type, succeeded.order_id) == ("payment_intent.succeeded", "o1")
    assert isinstance(succeeded.fact, PspFact)
    assert replace(succeeded.fact, occurred_at=None) == fact
    assert succeeded.fact.occurred_at == rig.now()


@pytest.mark.parametrize(
    ("card", "code", "kind"),
    [
        (DECLINED, "generic_decline", DeclineType.HARD),
        (POOR, "insufficient_funds", DeclineType.SOFT),
        ("4000000000009987", "lost_card", DeclineType.HARD),
        ("4000000000000069", "expired_card", DeclineType.HARD),
        ("4000000000000127", "incorrect_cvc", DeclineType.HARD),
        ("4000000000000119", "processing_error", DeclineType.SOFT),
    ],
)
def test_a_declined_card_says_why_in_every_voice(
    rig: StripeRig, card: str, code: str, kind: DeclineType
) -> None:
    order = rig.order(card=card)

    answer = rig.gateway.charge(order)

    told = rig.facts()
    assert answer.decline is not None
    assert (answer.kind, answer.decline.code, answer.decline.type) == (K.DECLINED, code, kind)
    assert answer.psp_reference is not None
    assert rig.gateway.find(order) == answer
    assert [(one.kind, one.decline) for one in told] == [(K.DECLINED, answer.decline)]


def test_a_refused_attempt_does_not_stand_in_the_way_of_the_next(rig: StripeRig) -> None:
    order = rig.order(card=POOR)
    rig.gateway.charge(order)
    assert rig.shop.attach(order.payment_info.psp_token, OK).status == 200
    second = replace(order.attempts[0], number=2, key="o1:charge:2")
    again = replace(order, attempts=(*order.attempts, second))

    assert rig.gateway.charge(again).kind is K.CAPTURED
    assert rig.gateway.find(again).key == "o1:charge:2"
    assert rig.gateway.find(order).kind is K.DECLINED


def test_a_checkout_without_a_card_is_not_charged(rig: StripeRig) -> None:
    fact = rig.gateway.charge(rig.order(card=None))

    assert fact.decline is not None
    assert fact.decline.code == "psp_payment_method_missing"
    assert rig.shop.ledger() == []


@pytest.mark.parametrize(
    ("result", "kind"), [("approve", K.CAPTURED), ("decline", K.DECLINED), ("expire", K.EXPIRED)]
)
def test_a_challenge_is_the_buyers_to_meet(rig: StripeRig, result: str, kind: FactKind) -> None:
    order = rig.order(card=THREE_DS)

    fact = rig.gateway.charge(order)
    waiting = applied(order, fact)

    assert waiting.action is not None
    assert (waiting.action.type, waiting.status) == ("three_ds", S.REQUIRES_ACTION)
    assert waiting.action.url is not None
    assert rig.facts()[-1].kind is K.REQUIRES_ACTION
    assert rig.shop.act(str(fact.psp_reference), result).status == 200
    assert rig.gateway.find(waiting).kind is kind
    assert rig.facts()[-1].kind is kind


@pytest.mark.parametrize("provider", ["paypal", "alipay", "grabpay", "wechat_pay", "cashapp"])
def test_a_wallet_is_approved_elsewhere(rig: StripeRig, provider: str) -> None:
    order = rig.order("wallet", card=None, wallet_provider=provider)

    fact = rig.gateway.charge(order)

    assert fact.action is not None
    assert fact.action.type in ("redirect", "qr_code")
    assert fact.action.url is not None
    rig.shop.act(str(fact.psp_reference), "approve")
    assert rig.gateway.find(order).kind is K.CAPTURED


@pytest.mark.parametrize("currency", ["SGD", "THB", "BRL", "INR"])
@pytest.mark.parametrize(("result", "kind"), [("approve", K.CAPTURED), ("expire", K.EXPIRED)])
def test_a_code_is_shown_and_scanned(
    rig: StripeRig, currency: str, result: str, kind: FactKind
) -> None:
    order = rig.order("qr", card=None, currency=currency)

    fact = rig.gateway.charge(order)
    waiting = applied(order, fact)

    assert waiting.status is S.REQUIRES_ACTION, "the code asks for our money"
    assert waiting.action is not None
    # UPI's code is a picture behind a link, the others' are text.
    assert (waiting.action.qr_payload is None) is (currency == "INR")
    assert waiting.action.expires_at > rig.now()
    rig.shop.act(str(fact.psp_reference), result)
    assert rig.gateway.find(waiting).kind is kind


@pytest.mark.parametrize(("currency", "minor"), [("ISK", 7_000), ("JPY", 7_000), ("KWD", 7_010)])
def test_amounts_come_back_in_our_units(rig: StripeRig, currency: str, minor: int) -> None:
    order = rig.order(currency=currency, amount_minor=minor)

    fact = rig.gateway.charge(order)

    assert (fact.kind, fact.amount_minor, fact.captured_minor) == (K.CAPTURED, minor, minor)
    assert rig.shop.ledger()[0]["amount"] == minor


def held(rig: StripeRig) -> tuple[Order, PspFact]:
    order = rig.order(capture_mode=CaptureMode.MANUAL)
    fact = rig.gateway.charge(order)
    assert fact.kind is K.AUTHORIZED
    return applied(order, fact), fact


def wanting(order: Order, kind: OperationKind, minor: int) -> Order:
    operation = Operation(kind, f"o1:{kind}:1", minor, sent_at=NOW)
    status = S.CAPTURE_PENDING if kind is OperationKind.CAPTURE else S.VOID_PENDING
    return replace(order, status=status, operation=operation)


@pytest.mark.parametrize("minor", [7_000, 4_000])
def test_a_hold_is_captured_in_full_or_in_part_and_once(rig: StripeRig, minor: int) -> None:
    order, _ = held(rig)
    wanted = wanting(order, OperationKind.CAPTURE, minor)

    first, second = rig.gateway.capture(wanted), rig.gateway.capture(wanted)

    assert first == second
    assert (first.kind, first.amount_minor, first.captured_minor) == (K.CAPTURED, 7_000, minor)
    assert [one.kind for one in rig.facts()] == [K.AUTHORIZED, K.CAPTURED]
    assert rig.shop.ledger()[0]["captured"] == minor


def test_a_hold_is_released(rig: StripeRig) -> None:
    order, _ = held(rig)

    fact = rig.gateway.void(wanting(order, OperationKind.VOID, 7_000))

    assert fact.kind is K.VOIDED
    assert rig.facts()[-1].kind is K.VOIDED
    assert rig.gateway.find(order).kind is K.VOIDED


def test_an_operation_that_comes_too_late_tells_where_the_charge_is(rig: StripeRig) -> None:
    order, _ = held(rig)
    rig.gateway.void(wanting(order, OperationKind.VOID, 7_000))

    assert rig.gateway.capture(wanting(order, OperationKind.CAPTURE, 7_000)).kind is K.VOIDED


def test_more_than_was_held_is_not_captured(rig: StripeRig) -> None:
    order, _ = held(rig)

    fact = rig.gateway.capture(wanting(order, OperationKind.CAPTURE, 7_001))

    assert fact.kind in (K.UNKNOWN, K.AUTHORIZED)
    assert rig.shop.ledger()[0]["captured"] == 0


def test_a_lost_answer_is_found_and_nothing_is_charged_twice(rig: StripeRig) -> None:
    order = rig.order()
    rig.shop.fault("timeout_after_success", operation="charge")

    assert rig.gateway.charge(order).kind is K.UNKNOWN
    found = rig.gateway.find(order)

    assert found.kind is K.CAPTURED
    assert rig.gateway.charge(order) == found
    assert len(rig.shop.ledger()) == 1


def test_a_request_that_never_arrived_is_not_found_and_sent_again(rig: StripeRig) -> None:
    order = rig.order()
    rig.shop.fault("timeout_before", operation="charge")

    assert rig.gateway.charge(order).kind is K.UNKNOWN
    assert rig.gateway.find(order).kind is K.NOT_FOUND
    assert rig.gateway.charge(order).kind is K.CAPTURED


def test_a_stored_error_comes_again_and_a_question_tells_the_truth(rig: StripeRig) -> None:
    order = rig.order()
    rig.shop.fault("http_500", operation="charge", stored=True)

    assert [rig.gateway.charge(order).kind for _ in range(3)] == [K.UNKNOWN] * 3
    assert rig.gateway.find(order).kind is K.NOT_FOUND
    assert rig.shop.ledger() == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("http_429", K.NOT_SENT), ("key_in_use", K.UNKNOWN), ("connection_drop", K.UNKNOWN)],
)
def test_what_a_fault_proves(rig: StripeRig, fault: str, kind: FactKind) -> None:
    order = rig.order()
    rig.shop.fault(fault, operation="charge")

    assert rig.gateway.charge(order).kind is kind
    assert rig.gateway.charge(order).kind is K.CAPTURED


def test_a_key_with_another_body_proves_nothing(rig: StripeRig) -> None:
    order = rig.order()
    rig.gateway.charge(order)

    assert rig.gateway.charge(replace(order, amount_minor=1_000)).kind is K.UNKNOWN
    assert len(rig.shop.ledger()) == 1


def test_other_money_than_ours_is_a_fact_for_the_domain(rig: StripeRig) -> None:
    order = rig.order()
    rig.shop.fault("amount_drift")

    fact = rig.gateway.charge(order)

    assert fact.amount_minor == 7_001
    assert applied(order, fact).status is S.CONFLICTED


def test_a_wrong_key_of_ours_is_not_looked_at(rig: StripeRig) -> None:
    order = rig.order()

    assert StripeGateway(rig.carry, "sk_old").charge(order).kind is K.NOT_SENT


def refund_of(order: Order, minor: int = 2_000) -> tuple[Order, Refund]:
    asked = sent_refund(refunding(order, minor))
    return asked, a_refund(asked)


def test_a_refund_is_given_once_and_found_by_its_key(rig: StripeRig) -> None:
    order, refund = refund_of(rig.captured())
    assert rig.refunds.find_refund(order, refund).kind is R.NOT_FOUND

    first, second = rig.refunds.refund(order, refund), rig.refunds.refund(order, refund)

    assert first == second
    assert (first.kind, first.key, first.amount_minor) == (R.SUCCEEDED, "o1:refund:1", 2_000)
    assert replace(rig.refunds.find_refund(order, refund), occurred_at=None) == first
    known = replace(refund, psp_reference=first.psp_reference)
    assert rig.refunds.find_refund(order, known) == first
    assert len(rig.shop.book_of("refunds")) == 1


@pytest.mark.parametrize("fault", ["timeout_after_success", "timeout_before"])
def test_a_refunds_lost_answer_is_found_or_it_is_sent_again(rig: StripeRig, fault: str) -> None:
    order, refund = refund_of(rig.captured())
    rig.shop.fault(fault, operation="refund")

    assert rig.refunds.refund(order, refund).kind is R.UNKNOWN
    executed = fault == "timeout_after_success"
    expected = R.SUCCEEDED if executed else R.NOT_FOUND
    assert rig.refunds.find_refund(order, refund).kind is expected
    assert rig.refunds.refund(order, refund).kind is R.SUCCEEDED
    assert len(rig.shop.book_of("refunds")) == 1


def test_more_than_was_captured_is_not_given_back(rig: StripeRig) -> None:
    order, refund = refund_of(rig.captured())

    fact = rig.refunds.refund(order, replace(refund, amount_minor=7_001))

    assert (fact.kind, fact.failure) == (R.FAILED, "psp_amount_too_large")


def test_a_refund_that_fails_later_says_so(rig: StripeRig) -> None:
    order, refund = refund_of(rig.captured())
    rig.shop.fault("refund_reversed")
    fact = rig.refunds.refund(order, refund)
    _, order = apply_refund_fact(order, fact, NOW, POLICY)
    told = rig.refunds_told()

    rig.shop.advance("10d")
    told += rig.refunds_told()
    for one in told:
        _, order = apply_refund_fact(order, one, NOW, POLICY)

    assert a_refund(order).status is RefundStatus.REVERSED


@pytest.mark.parametrize(
    ("stage", "moves", "status"),
    [
        ("dispute", ["win"], DisputeStatus.WON),
        ("dispute", ["challenge", "lose"], DisputeStatus.LOST),
        ("dispute", ["challenge", "win"], DisputeStatus.WON),
        # Stripe has one word for each of these pairs.
        ("dispute", ["accept"], DisputeStatus.LOST),
        ("dispute", ["expire"], DisputeStatus.LOST),
        ("dispute", ["win", "escalate", "win"], DisputeStatus.WON),
        ("dispute", ["win", "escalate", "challenge", "lose"], DisputeStatus.LOST),
        ("pre_dispute", ["challenge", "win"], DisputeStatus.CANCELLED),
        ("pre_dispute", ["expire"], DisputeStatus.CANCELLED),
        ("pre_dispute", ["escalate", "accept"], DisputeStatus.LOST),
    ],
)
def test_a_dispute_ends_here_as_it_ends_there(
    rig: StripeRig, stage: str, moves: list[str], status: DisputeStatus
) -> None:
    order = rig.captured()
    made = rig.shop.dispute(str(order.psp_reference), stage=stage)
    opened = made.json["dispute_reference"]

    for move in ["", *moves]:
        if move:
            assert rig.shop.decide("disputes", opened, move).status == 200
        for event in rig.told():
            if not isinstance(event.fact, DisputeFact):
                continue
            assert event.order_id is None
            assert rig.owners.order_of("stripe", event.fact.charge_reference) == "o1"
            verdict, order = apply_dispute_fact(order, event.fact, NOW, DISPUTES)
            assert verdict is not Verdict.CONTRADICTION

    (dispute,) = order.disputes
    (theirs,) = rig.shop.book_of("disputes")
    assert (dispute.psp_reference, dispute.status) == (opened, status)
    assert str(dispute.stage) == theirs["stage"]
    assert dispute.withdrawn_minor == theirs["withdrawn"]
    assert dispute.fee_minor == theirs["fee"]


def test_a_charge_nobody_made_has_no_order(rig: StripeRig) -> None:
    assert rig.owners.order_of("stripe", "pi_none") is None
    assert rig.owners.payout_of("stripe", "obp_none") is None


def a_sent(rig: StripeRig, **changes: Any) -> Payout:
    return a_payout(PayoutStatus.SUBMITTED, created_at=rig.now(), **changes)


def test_a_bank_account_is_known_by_its_recipient(rig: StripeRig) -> None:
    recipient = rig.account()

    found = rig.payouts.find_bank_account(recipient)

    assert found is not None
    assert (found.bank_account, found.currency, found.holder) == (recipient, "EUR", "Amber")
    assert len(found.last4) == 4
    assert rig.payouts.find_bank_account("acct_none") is None


def test_a_payout_is_sent_once_and_found_by_our_id(rig: StripeRig) -> None:
    payout = replace(a_sent(rig, bank_account=rig.account()), first_sent_at=rig.now())
    assert rig.payouts.find_payout(payout).kind is R.NOT_FOUND

    first, second = rig.payouts.pay_out(payout), rig.payouts.pay_out(payout)

    assert first == second == rig.payouts.find_payout(payout)
    assert (first.kind, first.amount_minor, first.currency) == (R.PENDING, 5_000, "EUR")
    assert len(rig.shop.book_of("payouts")) == 1


def test_a_recipient_who_cannot_be_paid_fails_the_payout(rig: StripeRig) -> None:
    unknown = rig.payouts.pay_out(a_sent(rig, bank_account="acct_none"))
    other = rig.payouts.pay_out(
        a_sent(rig, bank_account=rig.account(), currency="USD", payout_id="po_2")
    )

    assert (unknown.kind, unknown.failure) == (R.FAILED, "psp_resource_missing")
    assert (other.kind, other.failure) == (R.FAILED, "psp_invalid_payout_method")


def test_a_payouts_lost_answer_is_found(rig: StripeRig) -> None:
    payout = replace(a_sent(rig, bank_account=rig.account()), first_sent_at=rig.now())
    rig.shop.fault("timeout_after_success", operation="payout")

    assert rig.payouts.pay_out(payout).kind is R.UNKNOWN
    assert rig.payouts.find_payout(payout).kind is R.PENDING


@pytest.mark.parametrize(
    ("result", "kind", "returned"),
    [(None, R.SUCCEEDED, False), ("payout_fails", R.FAILED, False),
     ("payout_returned", R.FAILED, True)],
)  # fmt: skip
def test_a_thin_event_makes_us_ask_and_the_answer_is_the_truth(
    rig: StripeRig, result: str | None, kind: SettlementKind, returned: bool
) -> None:
    if result is not None:
        rig.shop.fault(result)
    rig.payouts.pay_out(replace(a_sent(rig, bank_account=rig.account()), first_sent_at=rig.now()))
    rig.told()
    rig.shop.advance("30d")

    named = rig.payouts_told()

    assert named
    assert {(one.kind, one.amount_minor) for one in named} == {(R.UNKNOWN, None)}
    fact = rig.owners.payout_of("stripe", str(named[-1].psp_reference))
    assert fact is not None
    assert (fact.kind, fact.payout_id, fact.returned) == (kind, "po_1", returned)


def test_a_closed_day_is_asked_for_read_and_understood(rig: StripeRig) -> None:
    order = rig.captured()
    rig.refunds.refund(*refund_of(order))
    rig.shop.advance("1d")
    day = rig.shop.call("POST", "/_control/settle", {}).json["date"]

    with pytest.raises(Unavailable):
        rig.statements.files(day)
    (file,) = rig.statements.files(day)
    chunks = list(rig.statements.read(file))

    lines = list(parse_settlement(chunks, file.layout, "stripe", "f1", day))
    found = {one.category: one for one in lines if isinstance(one, SettlementLine)}
    assert len(found) == len(lines)
    capture, refund = found[Category.CAPTURE], found[Category.REFUND]
    assert (capture.merchant_reference, capture.psp_reference) == ("o1", order.psp_reference)
    assert (capture.gross, capture.currency) == (7_000, "EUR")
    assert (refund.merchant_reference, refund.gross) == ("o1", -2_000)
    assert refund.modification_reference.startswith("re_")
    assert Category.PAYOUT in found
    assert rig.statements.files(day) == [file]


def test_a_day_that_is_not_closed_has_no_file_yet(rig: StripeRig) -> None:
    assert rig.statements.files("2031-01-01") == []


def test_every_event_that_is_sent_is_one_we_ask_for_or_know_to_leave(rig: StripeRig) -> None:
    order = rig.captured()
    rig.refunds.refund(*refund_of(order))
    rig.shop.dispute(str(order.psp_reference))
    rig.payouts.pay_out(replace(a_sent(rig, bank_account=rig.account()), first_sent_at=rig.now()))
    rig.shop.advance("30d")
    rig.told()

    sent = {row["type"] for row in rig.shop.book_of("webhooks")}

    left = {"payment_intent.created", "v2.money_management.outbound_payment.created"}
    assert sent - EVENT_TYPES == left
