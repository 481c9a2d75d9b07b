"""What a buyer pays with, and what comes of a charge on it: decisions only, no storage."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ActionType: TypeAlias = Literal["redirect", "qr_code", "three_ds"]
Resolution: TypeAlias = Literal["approve", "decline", "expire"]
Verdict: TypeAlias = Literal["approved", "declined", "requires_action", "expired"]

METHODS: Final = ("credit_card", "debit_card", "wallet", "qr")
RESOLUTIONS: Final = ("approve", "decline", "expire")
# By these the buyer sends the money, and nobody can stop them when the time to pay is over.
PUSHED: Final = ("wallet", "qr")

# code -> (type, message). A soft decline may succeed later with the same instrument.
DECLINES: Final[dict[str, tuple[str, str]]] = {
    "card_declined": ("hard", "The card was declined."),
    "insufficient_funds": ("soft", "The card has insufficient funds."),
    "lost_card": ("hard", "The card was reported lost."),
    "expired_card": ("hard", "The card has expired."),
    "incorrect_cvc": ("hard", "The security code is incorrect."),
    "processing_error": ("soft", "The issuer could not be reached; try again."),
    "authentication_failed": ("hard", "The buyer did not pass authentication."),
    "wallet_declined": ("hard", "The buyer declined in the wallet."),
    "qr_declined": ("hard", "The buyer declined after scanning the code."),
}

# behaviour -> (what the buyer has to do, the code when the buyer declines)
_CHALLENGES: Final[dict[str, tuple[ActionType, str]]] = {
    "card_entry": ("redirect", "authentication_failed"),
    "three_ds": ("three_ds", "authentication_failed"),
    "three_ds_then_decline": ("three_ds", "authentication_failed"),
    "wallet": ("redirect", "wallet_declined"),
    "qr": ("qr_code", "qr_declined"),
}


@dataclass(frozen=True)
class Instrument:
    """A payment method attached to a session, with nothing secret in it."""

    kind: str
    behaviour: str
    brand: str | None = None
    funding: str | None = None
    last4: str | None = None
    wallet_provider: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a charge comes to."""

    verdict: Verdict
    decline_code: str | None = None
    action_type: ActionType | None = None


def behaviour_of(instrument: Instrument | None, method: str | None) -> str:
    """The attached instrument decides; without one the method does, and a card is still to come."""
    if instrument is not None:
        return instrument.behaviour
    return method if method in PUSHED else "card_entry"


def needs_buyer(behaviour: str) -> bool:
    """Whether the buyer has something to do before money moves."""
    return behaviour in _CHALLENGES


def decide(behaviour: str, resolution: Resolution | None) -> Outcome:
    """What comes of a charge, given what the session's buyer has already answered, if anything."""
    if behaviour in DECLINES:
        return Outcome("declined", decline_code=behaviour)
    if behaviour not in _CHALLENGES:
        return Outcome("approved")
    action_type, code = _CHALLENGES[behaviour]
    if resolution is None:
        return Outcome("requires_action", action_type=action_type)
    if resolution == "expire":
        return Outcome("expired")
    if resolution == "decline":
        return Outcome("declined", decline_code=code)
    if behaviour == "three_ds_then_decline":
        return Outcome("declined", decline_code="card_declined")
    return Outcome("approved")
