"""What the engine's declines are called at Adyen.

The codes are those of docs.adyen.com/development-resources/refusal-reasons; the reasons are
written as there. Adyen has no code of its own for a lost card: an issuer's answer "pick up" comes
as a blocked card.
"""

from typing import Final

# decline code of the engine -> (refusalReasonCode, refusalReason)
REASONS: Final[dict[str, tuple[str, str]]] = {
    "card_declined": ("2", "Refused"),
    "insufficient_funds": ("12", "Not enough balance"),
    "lost_card": ("5", "Blocked Card"),
    "expired_card": ("6", "Expired Card"),
    "incorrect_cvc": ("24", "CVC Declined"),
    "processing_error": ("4", "Acquirer Error"),
    "authentication_failed": ("11", "3D Not Authenticated"),
    "wallet_declined": ("16", "Shopper Cancelled"),
    "qr_declined": ("16", "Shopper Cancelled"),
}
EXPIRED: Final = ("16", "Shopper Cancelled")
_ERRORS: Final = ("4",)
_CANCELLED: Final = ("16",)


def result_code(refusal_code: str) -> str:
    """The ``resultCode`` that goes with a ``refusalReasonCode``."""
    if refusal_code in _CANCELLED:
        return "Cancelled"
    return "Error" if refusal_code in _ERRORS else "Refused"
