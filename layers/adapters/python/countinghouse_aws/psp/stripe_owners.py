"""Whose a charge or an outbound payment is that Stripe's events name by its own id only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.psp import PayoutFact
from countinghouse_aws.psp.sandbox import UNREADABLE, plain_text
from countinghouse_aws.psp.stripe_answers import Proof
from countinghouse_aws.psp.stripe_client import answer_to, connect
from countinghouse_aws.psp.stripe_facts import payout_fact_of
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Transport

if TYPE_CHECKING:
    import stripe


class StripeOwners:
    """The ports ChargeOwners and PayoutNews over Stripe's API."""

    def __init__(self, transport: Transport, api_key: str) -> None:
        self._stripe = connect(transport, api_key)

    def order_of(self, psp: str, charge_reference: str) -> str | None:
        """The order a charge was made for; None when it is unknown or not ours.

        Raises Unavailable.
        """
        intents = self._stripe.v1.payment_intents
        found = _found(lambda: intents.retrieve(charge_reference), charge_reference)
        try:
            order_id = (found.get("metadata") or {}).get("order_id") if found else None
            return None if order_id is None else plain_text(order_id)
        except UNREADABLE as error:
            raise Unavailable("the PSP's answer cannot be read") from error

    def payout_of(self, psp: str, psp_reference: str) -> PayoutFact | None:
        """What an outbound payment has come to; None when it is unknown or not ours.

        Raises Unavailable.
        """
        payments = self._stripe.v2.money_management.outbound_payments
        found = _found(lambda: payments.retrieve(psp_reference), psp_reference)
        try:
            is_ours = found is not None and "payout_id" in (found.get("metadata") or {})
            return payout_fact_of(found) if found is not None and is_ours else None
        except UNREADABLE as error:
            raise Unavailable("the PSP's answer cannot be read") from error


def _found(call: Callable[[], stripe.StripeObject], psp_reference: str) -> Mapping[str, Any] | None:
    """The object of that id, or None when Stripe does not know it. Raises Unavailable."""
    try:
        answer = answer_to(call)
    except (NeverSent, NoAnswer, *UNREADABLE) as error:
        raise Unavailable("the PSP did not answer") from error
    if answer.is_missing:
        return None
    if answer.proof() is not Proof.DONE or answer.body.get("id") != psp_reference:
        raise Unavailable("the PSP does not say whose this is")
    return answer.body
