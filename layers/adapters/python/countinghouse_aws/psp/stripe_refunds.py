"""Refunds at Stripe: sent under a key that never changes, found again by it in their metadata."""

from __future__ import annotations

from countinghouse.domain.order import Order
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse_aws.psp.profile import NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.stripe_answers import Answer, Proof, report_key_reuse
from countinghouse_aws.psp.stripe_client import answer_to, connect, listed
from countinghouse_aws.psp.stripe_facts import refund_fact_of
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Transport

S = SettlementKind
_PAGE = 100


class StripeRefunds:
    """The refund port over Stripe's API."""

    def __init__(self, transport: Transport, api_key: str) -> None:
        self._refunds = connect(transport, api_key).v1.refunds

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        try:
            amount = STRIPE_PROFILE.to_wire(refund.amount_minor, order.currency)
        except NotExpressible:
            return RefundFact(S.FAILED, refund.key, failure=NOT_EXPRESSIBLE)
        try:
            answer = answer_to(
                lambda: self._refunds.create(
                    {
                        "payment_intent": order.psp_reference or "",
                        "amount": amount,
                        "metadata": {"order_id": order.order_id, "key": refund.key},
                    },
                    {"idempotency_key": refund.key},
                )
            )
            report_key_reuse(answer, refund.key)
            return _read(answer, refund.key)
        except NeverSent:
            return RefundFact(S.NOT_SENT, refund.key)
        except (NoAnswer, *UNREADABLE):
            return RefundFact(S.UNKNOWN, refund.key)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Ask what became of a refund: by Stripe's id, else by our key among its charge's."""
        charge = order.psp_reference or ""
        try:
            if refund.psp_reference is not None:
                return self._known(refund.psp_reference, refund.key)
            for one in listed(
                lambda: self._refunds.list({"payment_intent": charge, "limit": _PAGE})
            ):
                if (one.get("metadata") or {}).get("key") == refund.key:
                    return refund_fact_of(one)
            return RefundFact(S.NOT_FOUND, refund.key)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return RefundFact(S.UNKNOWN, refund.key)

    def _known(self, psp_reference: str, key: str) -> RefundFact:
        answer = answer_to(lambda: self._refunds.retrieve(psp_reference))
        is_there = answer.proof() is Proof.DONE
        return refund_fact_of(answer.body) if is_there else RefundFact(S.UNKNOWN, key)


def _read(answer: Answer, key: str) -> RefundFact:
    """What an answer proves. Raises one of UNREADABLE when it proves nothing."""
    match answer.proof():
        case Proof.DONE:
            return refund_fact_of(answer.body)
        case Proof.REFUSED:
            return RefundFact(S.FAILED, key, failure=answer.refusal)
        case Proof.NOT_LOOKED_AT:
            return RefundFact(S.NOT_SENT, key)
        case _:
            return RefundFact(S.UNKNOWN, key)
