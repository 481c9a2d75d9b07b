"""Valid objects with one interesting field: tests spell what matters and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from countinghouse.domain.accounts import Account
from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.fees import FeeBook, FeeRule, FeeScope, FrozenFee, freeze_fee
from countinghouse.domain.instants import DAY, HOUR, SECOND, Instant
from countinghouse.domain.ledger import Journal, credit, debit, journal_key
from countinghouse.domain.market_rules import DisputeRules, ReserveRule
from countinghouse.domain.money import Money
from countinghouse.domain.order import (
    RESTING_STATUSES,
    Attempt,
    CaptureMode,
    Operation,
    OperationKind,
    Order,
    OrderStatus,
    PaymentInfo,
)
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import apply_fact
from countinghouse.domain.order_journals import CAPTURE, capture_key
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.order_refunds import (
    RefundRequest,
    apply_refund_fact,
    refund_of,
    request_refund,
    start_refund,
)
from countinghouse.domain.payment import (
    OnPartialFailure,
    OrderLine,
    OrderState,
    Payment,
    PaymentStatus,
    Submission,
)
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    DisputeFact,
    FactKind,
    PspEvent,
    PspFact,
    PspSession,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.refund import Refund
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import Terms
from tests.fakes.clock import START

S = OrderStatus
K = FactKind
R = SettlementKind

NOW: Instant = START
POLICY = RetryPolicy()
TEN_PERCENT = FeeRule("default-v1", basis_points=1_000, tax_basis_points=1_900)
"""Ten per cent and 19 per cent tax on it: the worked example of the domain rules."""

BOOKS = FeeRule("books-v1", 500, 1_900, FeeScope.CATEGORY, "books")
FEES = FeeBook((TEN_PERCENT, BOOKS))
TERMS = Terms(FEES)
DISPUTES = DisputeRules(frozenset({"not_received"}), fee_given_back_when_lost=False)
"""The seller bears every lost dispute, but for goods that the platform did not bring."""

RESERVE = ReserveRule(basis_points=500, days=30)
TOKEN = "tok_c1"
SOFT = Decline("insufficient_funds", DeclineType.SOFT, "not enough money")
HARD = Decline("stolen_card", DeclineType.HARD, "do not honour")
REDIRECT = Action("redirect", "https://psp.example/pay/1", NOW + HOUR)

_UNKNOWN_TO_PSP = frozenset({S.CREATED, S.SENT, S.ROUTED, S.UNKNOWN, S.CANCELLED})
_PENDING = {S.CAPTURE_PENDING: OperationKind.CAPTURE, S.VOID_PENDING: OperationKind.VOID}
_OUTCOMES: dict[OrderStatus, str] = {
    S.AUTHORIZED: "authorized",
    S.CAPTURE_PENDING: "authorized",
    S.VOID_PENDING: "authorized",
    S.CAPTURED: "captured",
    S.PARTIALLY_CAPTURED: "partially_captured",
    S.VOIDED: "voided",
    S.FAILED: "declined_hard",
    S.EXPIRED: "expired",
    S.ROUTED: "declined_soft",
    S.CANCELLED: "declined_soft",
}
_FIELDS: dict[OrderStatus, dict[str, Any]] = {
    S.REQUIRES_ACTION: {"action": REDIRECT},
    S.AUTHORIZED: {"capture_mode": CaptureMode.MANUAL},
    S.CAPTURE_PENDING: {"capture_mode": CaptureMode.MANUAL},
    S.VOID_PENDING: {"capture_mode": CaptureMode.MANUAL},
    S.CAPTURED: {"captured_minor": 7_000, "captured_at": NOW},
    S.PARTIALLY_CAPTURED: {
        "captured_minor": 3_000,
        "captured_at": NOW,
        "capture_mode": CaptureMode.MANUAL,
    },
    S.FAILED: {"failure": HARD},
}


def a_fee(amount_minor: int = 7_000) -> FrozenFee:
    return freeze_fee(amount_minor, "EUR", TEN_PERCENT)


def an_info(psp_token: str = TOKEN, **changes: Any) -> PaymentInfo:
    return replace(PaymentInfo("credit_card", "sandbox", psp_token), **changes)


def a_session(psp_token: str = TOKEN, **changes: Any) -> PspSession:
    session = PspSession("sandbox", psp_token, NOW + HOUR, "cs_1", "https://psp.example/pay/1")
    return replace(session, **changes)


def an_attempt(order_id: str = "o1", number: int = 1, **changes: Any) -> Attempt:
    return replace(Attempt(number, f"{order_id}:charge:{number}", NOW, NOW), **changes)


def an_order(status: OrderStatus = S.SENT, order_id: str = "o1", **changes: Any) -> Order:
    """An order as it would stand in `status`, its charge one attempt old."""
    order = Order(
        order_id=order_id,
        checkout_id="c1",
        seller_id="s1",
        user_id="u1",
        amount_minor=7_000,
        currency="EUR",
        fee=a_fee(),
        payment_info=an_info(),
        capture_mode=CaptureMode.AUTOMATIC,
        created_at=NOW,
        updated_at=NOW,
        status=status,
    )
    if "amount_minor" in changes:
        changes = {"fee": a_fee(changes["amount_minor"]), **changes}
    return replace(order, **{**_as_it_stands(status, order_id), **changes})


def _as_it_stands(status: OrderStatus, order_id: str) -> dict[str, Any]:
    """The fields that come with a status."""
    fields: dict[str, Any] = dict(_FIELDS.get(status, {}))
    if status is not S.CREATED:
        attempt = an_attempt(order_id, outcome=_OUTCOMES.get(status))
        fields |= {"attempts": (attempt,), "version": 2}
    if status in _PENDING:
        kind = _PENDING[status]
        fields["operation"] = Operation(kind, f"{order_id}:{kind}:1", 7_000)
    if status not in RESTING_STATUSES:
        fields["due_at"] = NOW + 15 * SECOND
    if status not in _UNKNOWN_TO_PSP:
        fields["psp_reference"] = "ch_1"
    return fields


def a_fact(order: Order, kind: FactKind, **changes: Any) -> PspFact:
    """What an honest PSP would say of the order's newest attempt."""
    key = order.attempts[-1].key if order.attempts else None
    known = kind not in (K.NOT_FOUND, K.NOT_SENT, K.UNKNOWN)
    fact = PspFact(kind, key=key)
    if known:
        fact = replace(
            fact,
            psp_reference="ch_1",
            amount_minor=order.amount_minor,
            currency=order.currency,
            occurred_at=NOW - SECOND,
        )
    if kind is K.CAPTURED:
        wanted = order.operation.amount_minor if order.operation else order.amount_minor
        fact = replace(fact, captured_minor=wanted)
    if kind is K.DECLINED:
        fact = replace(fact, decline=HARD)
    if kind is K.REQUIRES_ACTION:
        fact = replace(fact, action=REDIRECT)
    return replace(fact, **changes)


def an_event(order: Order, kind: FactKind, event_id: str = "evt_1", **changes: Any) -> PspEvent:
    """A verified webhook about the order."""
    event = PspEvent(
        event_key=f"sandbox#{event_id}",
        psp="sandbox",
        event_type=f"charge.{kind}",
        order_id=order.order_id,
        fact=a_fact(order, kind),
        body_sha256="a" * 64,
        received_at=NOW,
    )
    return replace(event, **changes)


def after(order: Order, *facts: PspFact, policy: RetryPolicy = POLICY) -> Order:
    """The order after facts, in this order."""
    for fact in facts:
        order = apply_fact(order, fact, NOW, policy).order
    return order


def a_late_order(order_id: str = "o1", **changes: Any) -> Order:
    """An order paid by code after it had expired; nothing of it is booked or sent back."""
    paid = {"payment_info": an_info(method="qr"), **changes}
    order = an_order(S.EXPIRED, order_id, **paid)
    fact = a_fact(order, K.CAPTURED)
    return taken_late(apply_fact(order, fact, NOW, POLICY), fact, NOW).order


def a_delivered_order(order_id: str = "o1", rule: ReserveRule = RESERVE, **changes: Any) -> Order:
    """A captured order whose delivery was recorded; nothing of it is booked."""
    return deliver(an_order(S.CAPTURED, order_id, **changes), NOW, NOW, rule)


def a_request(
    amount_minor: int | None = 3_000, refund_id: str = "r1", **changes: Any
) -> RefundRequest:
    """A wish to refund; its fingerprint follows from the amount."""
    request = RefundRequest(refund_id, amount_minor, None, "returned", f"body {amount_minor}")
    return replace(request, **changes)


def refunding(
    order: Order, amount_minor: int | None = 3_000, refund_id: str = "r1", now: Instant = NOW
) -> Order:
    """The order with a refund requested and nothing sent."""
    return request_refund(order, a_request(amount_minor, refund_id), now)


def a_refund(order: Order, refund_id: str = "r1") -> Refund:
    """One of the order's refunds."""
    refund = refund_of(order, refund_id)
    assert refund is not None
    return refund


def sent_refund(order: Order, refund_id: str = "r1", now: Instant = NOW) -> Order:
    """The order with one of its refunds under way to the PSP."""
    return start_refund(order, a_refund(order, refund_id), now, POLICY)


def a_refund_fact(
    order: Order, kind: SettlementKind, refund_id: str = "r1", **changes: Any
) -> RefundFact:
    """What an honest PSP would say of one of the order's refunds."""
    refund = a_refund(order, refund_id)
    fact = RefundFact(kind, refund.key)
    if kind in (R.PENDING, R.SUCCEEDED, R.FAILED):
        fact = replace(
            fact,
            psp_reference=f"re_{refund_id}",
            amount_minor=refund.amount_minor,
            currency=order.currency,
            occurred_at=NOW + SECOND,
        )
    if kind is R.FAILED:
        fact = replace(fact, failure="account_closed")
    return replace(fact, **changes)


def refunded(
    order: Order,
    *kinds: SettlementKind,
    amount_minor: int | None = 3_000,
    refund_id: str = "r1",
    now: Instant = NOW,
) -> Order:
    """The order with a refund requested, sent, and told of by the PSP; succeeded by default."""
    order = sent_refund(refunding(order, amount_minor, refund_id, now), refund_id, now)
    for kind in kinds or (R.SUCCEEDED,):
        fact = a_refund_fact(order, kind, refund_id)
        order = apply_refund_fact(order, fact, now, POLICY)[1]
    return order


def a_dispute_fact(**changes: Any) -> DisputeFact:
    """A chargeback as the PSP first shows it: the worked example of the domain rules.

    What is `withdrawn_minor` follows from the stage unless it is given.
    """
    fact = DisputeFact(
        psp_reference="dp_1",
        charge_reference="ch_1",
        stage=DisputeStage.DISPUTE,
        status=DisputeStatus.OPENED,
        amount_minor=4_000,
        currency="EUR",
        reason="fraudulent",
        sequence=1,
        occurred_at=NOW + SECOND,
        evidence_due_at=NOW + 7 * DAY,
        withdrawn_minor=4_000,
        fee_minor=1_500,
    )
    inquiry = changes.get("stage") is DisputeStage.PRE_DISPUTE
    return replace(fact, **({"withdrawn_minor": 0, "fee_minor": 0} if inquiry else {}) | changes)


def disputed(
    order: Order, *facts: DisputeFact, now: Instant = NOW, rules: DisputeRules = DISPUTES
) -> Order:
    """The order after snapshots of a dispute, in this order; the worked chargeback by default."""
    for fact in facts or (a_dispute_fact(),):
        order = apply_dispute_fact(order, fact, now, rules)[1]
    return order


def a_line(order_id: str = "o1", seller_id: str = "s1", amount_minor: int = 7_000) -> OrderLine:
    return OrderLine(order_id, seller_id, amount_minor, a_fee(amount_minor))


def a_submission(lines: Sequence[OrderLine] | None = None, **changes: Any) -> Submission:
    submission = Submission(
        user_id="u1",
        user_country="DE",
        payment_info=an_info(),
        lines=tuple(lines or (a_line(),)),
        on_partial_failure=OnPartialFailure.KEEP,
        capture=CaptureMode.AUTOMATIC,
        fingerprint="f" * 64,
    )
    return replace(submission, **changes)


def an_open_checkout(checkout_id: str = "c1", **changes: Any) -> Payment:
    """A checkout that is registered at the PSP and not paid."""
    payment = Payment(checkout_id, 7_000, "EUR", a_session(), created_at=NOW, updated_at=NOW)
    return replace(payment, **changes)


def a_payment(
    *lines: OrderLine,
    checkout_id: str = "c1",
    all_or_none: bool = False,
    capture: CaptureMode = CaptureMode.AUTOMATIC,
    **changes: Any,
) -> Payment:
    """A submitted payment of these lines; one of 7000 minor units when none is given."""
    parts = lines or (a_line(),)
    mode = OnPartialFailure.CANCEL_ALL if all_or_none else OnPartialFailure.KEEP
    payment = an_open_checkout(
        checkout_id,
        amount_minor=sum(line.amount_minor for line in parts),
        submission=a_submission(parts, on_partial_failure=mode, capture=capture),
        status=PaymentStatus.PROCESSING,
        version=2,
        due_at=NOW + 60 * SECOND,
    )
    return replace(payment, **changes)


def a_state(status: OrderStatus = S.CAPTURED, version: int = 3, **changes: Any) -> OrderState:
    captured = 7_000 if status is S.CAPTURED else 0
    return replace(OrderState(status, version, captured_minor=captured), **changes)


def a_journal(
    order_id: str = "o1", seller_id: str = "s1", minor: int = 7_000, **changes: Any
) -> Journal:
    """The journal of a captured order."""
    money = Money(minor, changes.pop("currency", "EUR"))
    journal = Journal(
        key=capture_key(order_id),
        kind=CAPTURE,
        reference=order_id,
        legs=(
            debit(Account("psp_receivable", "sandbox"), money),
            credit(Account("seller_pending", seller_id), money),
        ),
        event_at=NOW,
        created_at=NOW,
        cause=f"order:{order_id}:3",
        checkout_id="c1",
    )
    return replace(journal, **changes)


def a_transfer(
    source: str,
    target: str,
    minor: int = 100,
    reference: str = "move",
    currency: str = "EUR",
    **changes: Any,
) -> Journal:
    """A journal that debits one named account and credits another."""
    money = Money(minor, currency)
    accounts = [Account(*name.split(":")) for name in (source, target)]
    journal = Journal(
        key=journal_key(reference, "transfer"),
        kind="transfer",
        reference=reference,
        legs=(debit(accounts[0], money), credit(accounts[1], money)),
        event_at=NOW,
        created_at=NOW,
        cause="test",
    )
    return replace(journal, **changes)
