"""One small, fixed world that every sample is taken from, made by the code that makes the real one.

Two checkouts: `chk_1000` with one order, `chk_1001` with two sellers' orders. One order that stands
alone: `ord_2001`, captured by hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.fees import FeeBook, FeeRule
from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND, Instant, from_rfc3339
from countinghouse.domain.ledger import Journal
from countinghouse.domain.market_rules import DisputeRules, ReserveRule
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import apply_fact
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.order_refunds import (
    RefundRequest,
    apply_refund_fact,
    request_refund,
    start_refund,
)
from countinghouse.domain.order_requests import start_attempt
from countinghouse.domain.payment import Payment, PaymentStatus, fold
from countinghouse.domain.payment_orders import new_order, state_of
from countinghouse.domain.posting import (
    AdjustmentRequest,
    LinkedJournal,
    addresses_of,
    adjustment_journal,
    plan_posting,
)
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    DisputeFact,
    FactKind,
    PspFact,
    PspSession,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import SubmitPayment, Terms, submission_of
from countinghouse.domain.wallet import Wallet
from functions.ledger.schema import LedgerBody
from functions.orders.schema import OrderBody
from functions.payments.schema import PaymentBody

Json = dict[str, Any]

NOW: Instant = from_rfc3339("2026-11-22T08:00:00Z")
POLICY = RetryPolicy()
FEES = FeeBook((FeeRule("default-v1", basis_points=1_000, tax_basis_points=1_900),))
TERMS = Terms(FEES)
SHOP = "https://shop.example/checkout/done"
PSP = "https://psp.example"
FINANCE = "arn:aws:sts::000000000000:assumed-role/finance-desk/grace"

K = FactKind
S = OrderStatus

ONE_ORDER: Json = {
    "checkout_id": "chk_1000",
    "user_info": {"user_id": "u_ada"},
    "payment_details": {"method": "credit_card", "psp_token": "tok_chk_1000"},
    "currency": "EUR",
    "orders": [{"order_id": "ord_1000", "seller_id": "s_amber", "amount": 4200}],
}
TWO_ORDERS: Json = {
    "checkout_id": "chk_1001",
    "user_info": {
        "user_id": "u_ada",
        "country": "DE",
        "email": "ada@example.org",
        "name": "Ada Lovelace",
    },
    "payment_details": {
        "method": "wallet",
        "psp_token": "tok_chk_1001",
        "wallet_provider": "paypal",
        "return_url": SHOP,
    },
    "currency": "EUR",
    "orders": [
        {
            "order_id": "ord_1001_a",
            "seller_id": "s_amber",
            "amount": 7000,
            "currency": "EUR",
            "category": "books",
            "seller_country": "FR",
        },
        {"order_id": "ord_1001_b", "seller_id": "s_birch", "amount": 5500, "currency": "EUR"},
    ],
    "amount": 12500,
    "on_partial_failure": "keep",
    "capture": "automatic",
}
LONE_ORDER: Json = {
    "payment_details": {
        "method": "qr",
        "psp_token": "tok_ord_2001",
        "wallet_provider": "pix",
        "return_url": SHOP,
    },
    "amount": 9900,
    "currency": "EUR",
    "seller_id": "s_birch",
    "category": "books",
    "user_info": {"user_id": "u_ada", "country": "BR"},
    "seller_country": "PT",
    "capture": "manual",
}
ADJUSTMENT: Json = {
    "account": "seller_available:s_amber",
    "amount": 1500,
    "currency": "EUR",
    "transact_type": "credit",
    "counter_account": "adjustments",
    "reason": "goodwill after a late delivery",
    "reference": "case_77",
}
LONE_ORDER_ID = "ord_2001"
REFUND_ID = "rfd_58a3c1d29b4e4f60a7d1c2b3"
RESERVE = ReserveRule(basis_points=500, days=30)
DISPUTES = DisputeRules(frozenset(), fee_given_back_when_lost=False)


def open_checkout(body: Json) -> Payment:
    """The body's checkout, registered at the PSP and not paid."""
    checkout_id: str = body["checkout_id"]
    session = PspSession(
        psp="sandbox",
        psp_token=f"tok_{checkout_id}",
        expires_at=NOW + HOUR,
        client_secret=f"cs_{checkout_id}",
        hosted_url=f"{PSP}/pay/tok_{checkout_id}",
    )
    amount = sum(order["amount"] for order in body["orders"])
    return Payment(checkout_id, amount, body["currency"], session, created_at=NOW, updated_at=NOW)


def submitted(body: Json) -> Payment:
    """The body's payment, just taken in."""
    command = PaymentBody.model_validate(body).to_command()
    return _submitted(open_checkout(body), command)


def submitted_alone() -> Payment:
    """The payment behind the order that stands alone."""
    command = OrderBody.model_validate(LONE_ORDER).to_command(LONE_ORDER_ID)
    amount = command.parts[0].amount_minor
    empty = Payment(command.checkout_id, amount, command.currency, None, NOW, NOW, version=0)
    return _submitted(empty, command)


def _submitted(payment: Payment, command: SubmitPayment) -> Payment:
    return replace(
        payment,
        submission=submission_of(command, TERMS, NOW),
        status=PaymentStatus.PROCESSING,
        version=payment.version + 1,
        due_at=NOW + POLICY.first_check,
    )


def sent(payment: Payment, place: int = 0) -> Order:
    """One order of a payment with its first charge under way."""
    return start_attempt(new_order(payment, payment.lines[place], NOW), NOW, POLICY)


def told(order: Order, kind: FactKind, **changes: Any) -> Order:
    """The order after the PSP said something about it."""
    applied = apply_fact(order, fact(order, kind, **changes), NOW + SECOND, POLICY)
    return applied.order


def fact(order: Order, kind: FactKind, **changes: Any) -> PspFact:
    """What the PSP says of the order's newest attempt."""
    said = PspFact(
        kind=kind,
        key=order.attempts[-1].key,
        psp_reference=f"ch_{order.order_id}",
        amount_minor=order.amount_minor,
        captured_minor=order.amount_minor if kind is K.CAPTURED else 0,
        currency=order.currency,
        occurred_at=NOW + SECOND,
        action=Action("redirect", f"{PSP}/pay/{order.payment_info.psp_token}", NOW + HOUR)
        if kind is K.REQUIRES_ACTION
        else None,
        decline=Decline("do_not_honor", DeclineType.HARD, "The issuer refused.")
        if kind is K.DECLINED
        else None,
    )
    return replace(said, **changes)


def captured() -> Order:
    """The first order of two, paid."""
    return told(sent(submitted(TWO_ORDERS)), K.CAPTURED)


def expired() -> Order:
    """That order, for which the buyer did nothing in time."""
    return told(told(sent(submitted(TWO_ORDERS)), K.REQUIRES_ACTION), K.EXPIRED)


def paid_late() -> Order:
    """That order, paid after all: the money is on its way back."""
    late = fact(expired(), K.CAPTURED, occurred_at=NOW + HOUR)
    applied = apply_fact(expired(), late, NOW + HOUR, POLICY)
    return taken_late(applied, late, NOW + HOUR).order


def delivered() -> Order:
    """That order, delivered."""
    return deliver(captured(), NOW + MINUTE, NOW + MINUTE, RESERVE)


def refund_requested() -> Order:
    """That order, a part of it on its way back to the buyer, and nothing sent yet."""
    wanted = RefundRequest(REFUND_ID, 3000, "EUR", "one of two came back", "f" * 64)
    return request_refund(delivered(), wanted, NOW + HOUR)


def refunded(kind: SettlementKind = SettlementKind.SUCCEEDED) -> Order:
    """That order, its refund sent and what the PSP said of it."""
    requested = refund_requested()
    (refund,) = requested.refunds
    order = start_refund(requested, refund, NOW + HOUR + SECOND, POLICY)
    said = refund_fact(order, kind)
    return apply_refund_fact(order, said, NOW + HOUR + 2 * SECOND, POLICY)[1]


def refund_fact(order: Order, kind: SettlementKind) -> RefundFact:
    """What the PSP says of the order's refund."""
    (refund,) = order.refunds
    return RefundFact(
        kind=kind,
        key=refund.key,
        psp_reference=f"re_{order.order_id}",
        amount_minor=refund.amount_minor,
        currency=order.currency,
        occurred_at=NOW + HOUR + SECOND,
        failure="account_closed" if kind is SettlementKind.FAILED else None,
    )


def disputed(status: DisputeStatus = DisputeStatus.OPENED) -> Order:
    """The delivered order, charged back in part; as the PSP told of it first, or at its end."""
    opened = DisputeFact(
        psp_reference="dp_ord_1001_a",
        charge_reference="ch_ord_1001_a",
        stage=DisputeStage.DISPUTE,
        status=DisputeStatus.OPENED,
        amount_minor=4000,
        currency="EUR",
        reason="fraudulent",
        sequence=1,
        occurred_at=NOW + DAY,
        evidence_due_at=NOW + 8 * DAY,
        withdrawn_minor=4000,
        fee_minor=1500,
    )
    order = apply_dispute_fact(delivered(), opened, NOW + DAY, DISPUTES)[1]
    if status is DisputeStatus.OPENED:
        return order
    closed = replace(opened, status=status, sequence=2, occurred_at=NOW + 2 * DAY)
    return apply_dispute_fact(order, closed, NOW + 2 * DAY, DISPUTES)[1]


def folded(payment: Payment, *orders: Order) -> Payment:
    """The payment after its orders' news; what was captured is booked as well."""
    news = {
        order.order_id: state_of(order, is_posted=order.status in (S.CAPTURED,)) for order in orders
    }
    return fold(payment, news, NOW + 2 * SECOND, POLICY)


def both(first: FactKind, second: FactKind) -> Payment:
    """The two orders' payment after the PSP said one thing of each."""
    payment = submitted(TWO_ORDERS)
    return folded(payment, told(sent(payment, 0), first), told(sent(payment, 1), second))


def capture_journal() -> Journal:
    """The journal of the first order's capture."""
    (journal,) = journals_of(captured())
    return journal


def journals_of(order: Order) -> tuple[Journal, ...]:
    """Every journal that an order calls for, in empty books."""
    drafts = order_drafts(order, NOW + 2 * SECOND)
    plan = plan_posting(drafts, {order.wallet: Wallet(order.wallet)})
    return tuple(linked.journal for linked in plan.posting.journals)


def adjustment() -> Journal:
    """The journal of the manual booking."""
    body = LedgerBody.model_validate(ADJUSTMENT)
    account = parse_account(str(body.account))
    request: AdjustmentRequest = body.to_request(account, FINANCE, "key-77")
    return adjustment_journal(request, NOW)


def booked(*journals: Journal) -> tuple[tuple[LinkedJournal, ...], tuple[Wallet, ...]]:
    """Journals with their places in the wallets they move, and those wallets, from empty books."""
    empty = {address: Wallet(address) for address in addresses_of(journals)}
    posting = plan_posting(journals, empty).posting
    return posting.journals, tuple(new for _, new in posting.wallets)
