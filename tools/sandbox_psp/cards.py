"""Card numbers end here: each is reduced at the door to what may be kept, and then forgotten."""

from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.wire import Refused


@dataclass(frozen=True)
class TestCard:
    """A number everybody knows, and what it does here."""

    __test__ = False  # it is not a test, whatever pytest thinks of the name

    number: str
    behaviour: str
    label: str
    funding: str = "credit"


TEST_CARDS: Final = (
    TestCard("4242424242424242", "ok", "Approved (credit)"),
    TestCard("4000056655665556", "ok", "Approved (debit)", "debit"),
    TestCard("4000000000000002", "card_declined", "Declined"),
    TestCard("4000000000009995", "insufficient_funds", "Insufficient funds"),
    TestCard("4000000000009987", "lost_card", "Lost card"),
    TestCard("4000000000000069", "expired_card", "Expired card"),
    TestCard("4000000000000127", "incorrect_cvc", "Incorrect CVC"),
    TestCard("4000000000000119", "processing_error", "Processing error"),
    TestCard("4000002500003155", "three_ds", "3-D Secure challenge"),
    TestCard("4000008400001629", "three_ds_then_decline", "3-D Secure, then declined"),
    TestCard("4000000000000259", "dispute_later", "Approved, disputed later"),
)
_BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}
_BRANDS: Final = (("34", "amex"), ("37", "amex"), ("4", "visa"), ("5", "mastercard"),
                  ("2", "mastercard"), ("6", "discover"), ("35", "jcb"))  # fmt: skip


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the right check digit for the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def reduced(card: Fields) -> Instrument:
    """What may be kept of a card: brand, funding, last four digits, behaviour.

    Raises:
        Refused: 422 ``invalid_number`` or ``invalid_expiry``; the message repeats nothing given.
    """
    number = str(card.values.get("number", "")).replace(" ", "").replace("-", "")
    plausible = number.isascii() and number.isdigit() and 13 <= len(number) <= 19
    if not plausible or not passes_luhn(number):
        raise Refused(422, "invalid_number", "the card number is not a valid one")
    _check_expiry(card)
    known = _BY_NUMBER.get(number)
    return Instrument(
        kind="card",
        behaviour=known.behaviour if known else "ok",
        brand=next((brand for prefix, brand in _BRANDS if number.startswith(prefix)), "unknown"),
        funding=known.funding if known else "credit",
        last4=number[-4:],
    )


def _check_expiry(card: Fields) -> None:
    """The month must be one; whether the card has expired is for the test numbers to say."""
    month = str(card.values.get("exp_month", 1))
    if not (month.isascii() and month.isdigit() and 1 <= int(month[:3]) <= 12):
        raise Refused(422, "invalid_expiry", "exp_month must be 1 to 12")
