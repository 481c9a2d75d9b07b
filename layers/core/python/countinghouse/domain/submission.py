"""A checkout as it was submitted: one part a seller, its fee frozen on the way in."""

from dataclasses import dataclass

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeBook, freeze_fee
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import CaptureMode, PaymentInfo
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure, OrderLine, Submission


@dataclass(frozen=True, slots=True)
class OrderPart:
    """One seller's part of a checkout; minor units. `category` is what the fee may depend on."""

    order_id: str
    seller_id: str
    amount_minor: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitPayment:
    """A checkout to pay. `fingerprint` is a hash over every field that means something."""

    checkout_id: str
    user_id: str
    user_country: str | None
    user_email: str | None
    payment_info: PaymentInfo
    currency: str
    parts: tuple[OrderPart, ...]
    on_partial_failure: OnPartialFailure
    capture: CaptureMode
    fingerprint: str


def submission_of(command: SubmitPayment, fees: FeeBook, now: Instant) -> Submission:
    """The command as it is kept: every seller's line with its fee frozen by the rules of `now`.

    Raises Invalid for no orders, too many, or an order id given twice.
    """
    if not 1 <= len(command.parts) <= ORDERS_MAX:
        raise Invalid(f"a checkout has 1 to {ORDERS_MAX} orders", field="orders")
    if len({part.order_id for part in command.parts}) != len(command.parts):
        raise Invalid("an order id stands twice in this checkout", field="orders")
    lines = tuple(
        OrderLine(
            part.order_id,
            part.seller_id,
            part.amount_minor,
            freeze_fee(
                part.amount_minor,
                command.currency,
                fees.rule_for(part.seller_id, part.category, now),
            ),
        )
        for part in command.parts
    )
    return Submission(
        user_id=command.user_id,
        user_country=command.user_country,
        user_email=command.user_email,
        payment_info=command.payment_info,
        lines=lines,
        on_partial_failure=command.on_partial_failure,
        capture=command.capture,
        fingerprint=command.fingerprint,
    )
