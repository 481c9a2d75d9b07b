"""How payments and orders look from outside: the same in an answer and in a published event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from countinghouse.amount_views import amounts_view
from countinghouse.domain.dispute import Dispute
from countinghouse.domain.instants import rfc3339
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_conversion import seller_currency
from countinghouse.domain.payment import OrderLine, OrderState, Payment
from countinghouse.domain.psp import Action, Decline, PspEvent
from countinghouse.fee_views import fee_view
from countinghouse.refund_views import amount_refunded, late_payment_view, refund_view

if TYPE_CHECKING:
    # Named in signatures; who shows no journal starts without the ledger.
    from countinghouse.domain.ledger import Journal
    from countinghouse.domain.trial_balance import TrialBalance

View = dict[str, object]

_SHOWN_AS_PROCESSING = frozenset(
    {OrderStatus.ROUTED, OrderStatus.SENT} | {OrderStatus.CAPTURE_PENDING, OrderStatus.VOID_PENDING}
)


def shown_status(status: OrderStatus) -> str:
    """The API's word for a status: steps on the way are `processing`."""
    return "processing" if status in _SHOWN_AS_PROCESSING else str(status)


def payment_view(payment: Payment, orders: Iterable[Order] = ()) -> View:
    """A payment as `GET /v1/payments/{checkout_id}` shows it; `orders` tell what went back."""
    orders = tuple(orders)
    view: View = {
        "checkout_id": payment.checkout_id,
        "status": str(payment.status),
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "amount_captured": payment.amount_captured,
        "amount_refunded": sum(map(amount_refunded, orders)),
        "amount_disputed": sum(map(amount_disputed, orders)),
        "is_payment_done": payment.is_payment_done,
        "is_ledger_updated": payment.is_ledger_updated,
        "is_wallet_updated": payment.is_wallet_updated,
        "orders": [
            _line_view(payment, line, payment.states.get(line.order_id)) for line in payment.lines
        ],
        "version": payment.version,
        "created_at": rfc3339(payment.created_at),
        "updated_at": rfc3339(payment.updated_at),
    }
    if payment.next_action is not None:
        view["next_action"] = action_view(payment.next_action)
    return view


def _line_view(payment: Payment, line: OrderLine, state: OrderState | None) -> View:
    view: View = {
        "order_id": line.order_id,
        "seller_id": line.seller_id,
        **amounts_view(line.amount_minor, payment.currency, line.conversion),
        "status": shown_status(state.status) if state else "created",
    }
    if state is not None and state.failure is not None:
        view["failure"] = failure_view(state.failure)
    return view


def action_view(action: Action) -> View:
    """What the buyer must do."""
    view: View = {"type": action.type, "expires_at": rfc3339(action.expires_at)}
    if action.url is not None:
        view["url"] = action.url
    if action.qr_payload is not None:
        view["qr_payload"] = action.qr_payload
    return view


def failure_view(failure: Decline) -> View:
    """Why an order was not paid."""
    return {"code": failure.code, "message": failure.message, "decline_type": str(failure.type)}


def order_view(order: Order) -> View:
    """An order with its attempts, as `GET /v1/orders/{order_id}` shows it."""
    view: View = {
        "order_id": order.order_id,
        "checkout_id": order.checkout_id,
        "seller_id": order.seller_id,
        **amounts_view(order.amount_minor, order.currency, order.conversion),
        "status": shown_status(order.status),
        "amount_captured": order.captured_minor,
        "amount_refunded": amount_refunded(order),
        "amount_disputed": amount_disputed(order),
        "psp": order.payment_info.psp,
        "psp_reference": order.psp_reference,
        "fee": fee_view(order.fee, seller_currency(order)),
        "buyer_country": order.country,
        "seller_country": order.seller_country,
        "attempts": [
            {
                "number": attempt.number,
                "psp": attempt.psp or order.payment_info.psp,
                "idempotency_key": attempt.key,
                "sent_at": rfc3339(attempt.sent_at),
                "outcome": attempt.outcome,
            }
            for attempt in order.attempts
        ],
        "version": order.version,
        "created_at": rfc3339(order.created_at),
        "updated_at": rfc3339(order.updated_at),
    }
    if order.delivery is not None:
        view["delivered_at"] = rfc3339(order.delivery.delivered_at)
    if order.late_payment is not None:
        view["late_payment"] = late_payment_view(order, order.late_payment)
    if order.refunds:
        view["refunds"] = [refund_view(order, refund) for refund in order.refunds]
    if order.disputes:
        view["disputes"] = [dispute_view(order, dispute) for dispute in order.disputes]
    if order.failure is not None:
        view["failure"] = failure_view(order.failure)
    if order.action is not None and order.status is OrderStatus.REQUIRES_ACTION:
        view["next_action"] = action_view(order.action)
    return view


def amount_disputed(order: Order) -> int:
    """What buyers' banks hold back or are asking for, minor units."""
    return sum(d.amount_minor for d in order.disputes if d.blocks_refunds)


def dispute_view(order: Order, dispute: Dispute) -> View:
    """A dispute, as the API and its events show it."""
    view: View = {
        "dispute_id": dispute.dispute_id,
        "order_id": order.order_id,
        "seller_id": order.seller_id,
        "psp_reference": dispute.psp_reference,
        "stage": str(dispute.stage),
        "status": str(dispute.status),
        "amount": dispute.amount_minor,
        "amount_withdrawn": dispute.withdrawn_minor,
        "fee": dispute.fee_minor,
        "currency": order.currency,
        "reason": dispute.reason,
        "opened_at": rfc3339(dispute.opened_at),
        "updated_at": rfc3339(dispute.updated_at),
    }
    if dispute.evidence_due_at is not None:
        view["evidence_due_at"] = rfc3339(dispute.evidence_due_at)
    return view


def waiting_order_view(payment: Payment, line: OrderLine) -> View:
    """An order that was accepted and not yet begun."""
    return {
        "order_id": line.order_id,
        "checkout_id": payment.checkout_id,
        "seller_id": line.seller_id,
        **amounts_view(line.amount_minor, payment.currency, line.conversion),
        "status": "created",
        "amount_captured": 0,
        "buyer_country": payment.submission.user_country if payment.submission else None,
        "seller_country": line.seller_country,
        "attempts": [],
        "created_at": rfc3339(payment.created_at),
        "updated_at": rfc3339(payment.updated_at),
    }


def journal_view(journal: Journal) -> View:
    """A journal with its legs; amounts are positive and the side says the direction."""
    return {
        "ledger_id": journal.ledger_id,
        "kind": journal.kind,
        "reference": journal.reference,
        "legs": [
            {
                "account": leg.account.name,
                "amount": abs(leg.amount.minor),
                "currency": leg.amount.currency,
                "transact_type": str(leg.transact_type),
            }
            for leg in journal.legs
        ],
        "event_at": rfc3339(journal.event_at),
        "created_at": rfc3339(journal.created_at),
        "code_version": journal.code_version,
    }


def psp_event_view(event: PspEvent) -> View:
    """A PSP's event and what became of it; with the alarm that it raised, if it raised one."""
    view: View = {
        "event_id": event.event_key,
        "type": event.event_type,
        "psp_reference": event.fact.psp_reference,
        "status": str(event.status),
        "received_at": rfc3339(event.received_at),
    }
    return {**view, "alarm": event.alarm} if event.alarm else view


def trial_balance_view(balance: TrialBalance) -> View:
    """The trial balance: debit positive, credit negative, total zero."""
    return {
        "as_of": rfc3339(balance.as_of),
        "currencies": {
            currency: {"total": balance.totals[currency], "accounts": dict(accounts)}
            for currency, accounts in balance.accounts.items()
        },
    }
