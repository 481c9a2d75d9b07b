"""Why a payment did not come about, in Stripe's words (docs.stripe.com/declines/codes)."""

from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.stripe_face.errors import CARD_ERROR, INVALID_REQUEST


@dataclass(frozen=True)
class Decline:
    """A payment's error: its type, code, the issuer's code and its advice, if any."""

    kind: str
    code: str
    message: str
    decline_code: str | None = None
    advice: str | None = None


EXPIRED: Final = Decline(
    INVALID_REQUEST,
    "payment_intent_payment_attempt_expired",
    "The latest payment attempt of the PaymentIntent has expired.",
)
AUTHENTICATION_REQUIRED: Final = Decline(
    CARD_ERROR,
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    decline_code="authentication_required",
)
_UNAUTHENTICATED: Final = Decline(
    INVALID_REQUEST,
    "payment_intent_authentication_failure",
    "The provided PaymentMethod has failed authentication.",
)
_AGAIN: Final = "try_again_later"


def _card(code: str, decline_code: str, message: str, advice: str | None = None) -> Decline:
    return Decline(CARD_ERROR, code, message, decline_code, advice)


# What the engine calls it -> what Stripe does.
_DECLINES: Final = {
    "card_declined": _card("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": _card(
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", _AGAIN
    ),
    "lost_card": _card(
        "card_declined", "lost_card", "Your card was declined.", "do_not_try_again"
    ),
    "expired_card": _card(
        "expired_card", "expired_card", "Your card has expired.", "do_not_try_again"
    ),
    "incorrect_cvc": _card(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.",
        "confirm_card_data",
    ),
    "processing_error": _card(
        "processing_error", "processing_error", "An error occurred while processing your card.",
        _AGAIN,
    ),
    "authentication_failed": _UNAUTHENTICATED,
    "wallet_declined": _UNAUTHENTICATED,
    "qr_declined": Decline(
        INVALID_REQUEST,
        "payment_intent_payment_attempt_failed",
        "The latest payment attempt of the PaymentIntent has failed.",
    ),
}  # fmt: skip


def decline_of(engine_code: str, *, off_session: bool) -> Decline:
    """The decline that an engine's code stands for; a buyer who is away cannot authenticate."""
    if off_session and engine_code == "authentication_failed":
        return AUTHENTICATION_REQUIRED
    return _DECLINES[engine_code]
