"""The stories: what befalls a checkout, and how it has to end.

No ending may hang on how quick the machine is. At the sandbox PSP a card decides for a whole
session, so where one order alone is to be declined, the requests of the others are cut off and the
buyer enters a good card before they are sent again. Should that come too late, they are declined as
well, which ends in the same: nothing paid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

DECLINED_CARD = "4000000000000002"
SHORT_OF_MONEY = "4000000000009995"
EXPIRED_CARD = "4000000000000069"
GOOD_CARD = "4242424242424242"


class Means(Enum):
    """How a buyer pays."""

    CREDIT = "credit card"
    DEBIT = "debit card"
    WALLET = "wallet"
    QR = "QR code"
    THREE_DS = "3-D Secure"

    @property
    def method(self) -> str:
        """The API's word for it."""
        return _METHODS[self]

    @property
    def card(self) -> str | None:
        """What the buyer types into the PSP's hosted fields, if it is a card."""
        return _CARDS.get(self)


_METHODS = {
    Means.CREDIT: "credit_card",
    Means.DEBIT: "debit_card",
    Means.WALLET: "wallet",
    Means.QR: "qr",
    Means.THREE_DS: "credit_card",
}
_CARDS = {
    Means.CREDIT: GOOD_CARD,
    Means.DEBIT: "4000056655665556",
    Means.THREE_DS: "4000002500003155",
}


class Step(Enum):
    """What somebody does while the payment is under way."""

    APPROVE = "approve"
    DECLINE = "decline"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CAPTURE = "capture"
    CANCEL_LAST = "cancel the last order"
    APPROVE_OTHERS = "approve the others"
    CHANGE_CARD = "change card"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at the PSP, for the order at this place of the checkout."""

    kind: str
    order: int = 0
    times: int = 1
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The statuses in which an order may end, whether its money was taken, its failure codes."""

    orders: frozenset[str]
    took_money: bool = False
    failures: frozenset[str | None] = frozenset({None})

    def partly(self) -> Ending:
        """The same with only a part of the money captured."""
        return replace(self, orders=frozenset({"partially_captured"}))


CAPTURED = Ending(frozenset({"captured"}), took_money=True)
RELEASED = Ending(frozenset({"voided", "cancelled"}))
LAPSED = Ending(frozenset({"expired"}))
NOT_PAID = Ending(
    frozenset({"voided", "cancelled", "failed"}), failures=frozenset({None, "card_declined"})
)


def failed(code: str) -> Ending:
    """Refused for this reason."""
    return Ending(frozenset({"failed"}), failures=frozenset({code}))


@dataclass(frozen=True, slots=True)
class Plot:
    """One story. `last` is how the last order ends where it differs from the others.

    `charges` is how many charges the PSP's book holds for each order: a second one that nobody
    asked for is an error even if it took no money.
    """

    title: str
    means: Means = Means.CREDIT
    sellers: int = 1
    status: str = "succeeded"
    ending: Ending = CAPTURED
    last: Ending | None = None
    faults: tuple[Fault, ...] = ()
    step: Step = Step.APPROVE
    card: str | None = None
    policy: str = "keep"
    capture: str = "automatic"
    charges: int = 1


PLAIN = Plot("paid")

_NO_ANSWER = Fault("timeout_after_success")

# The longest first: they wait while the others are played.
PLOTS = (
    Plot(
        "answer and webhook lost after the charge",
        sellers=2,
        faults=(_NO_ANSWER, Fault("webhook_lost")),
    ),
    Plot("PSP silent, nothing charged", sellers=2, faults=(Fault("timeout_before"),)),
    Plot(
        "all or none, a capture's answer lost",
        sellers=3,
        policy="cancel_all",
        faults=(
            Fault("timeout_after_success", operation="capture"),
            Fault("webhook_lost", times=2),
        ),
    ),
    Plot(
        "all or none, one declined: none is paid",
        sellers=3,
        status="failed",
        ending=NOT_PAID,
        last=failed("card_declined"),
        faults=(Fault("connection_drop"), Fault("connection_drop", order=1)),
        step=Step.CHANGE_CARD,
        card=DECLINED_CARD,
        policy="cancel_all",
    ),
    Plot("wallet, no webhook ever came", Means.WALLET, faults=(Fault("webhook_lost", times=2),)),
    Plot("PSP answers 500", faults=(Fault("http_500"),)),
    Plot("connection cut", Means.DEBIT, sellers=2, faults=(Fault("connection_drop", order=1),)),
    Plot("answer lost after the charge", sellers=3, faults=(_NO_ANSWER,)),
    Plot("QR, webhooks eight seconds late", Means.QR, faults=(Fault("webhook_delayed", times=2),)),
    Plot(
        "short of money, three attempts",
        status="failed",
        ending=failed("insufficient_funds"),
        card=SHORT_OF_MONEY,
        charges=3,
    ),
    Plot("PSP answers 429", Means.DEBIT, faults=(Fault("http_429"),)),
    Plot("webhooks twice", Means.THREE_DS, faults=(Fault("webhook_duplicate", times=2),)),
    Plot("webhooks out of order", Means.THREE_DS, faults=(Fault("webhook_out_of_order"),)),
    Plot("webhook badly signed", Means.WALLET, faults=(Fault("webhook_bad_signature"),)),
    Plot(
        "declined", sellers=2, status="failed", ending=failed("card_declined"), card=DECLINED_CARD
    ),
    Plot("expired card", status="failed", ending=failed("expired_card"), card=EXPIRED_CARD),
    Plot(
        "buyer fails the 3-D Secure challenge",
        Means.THREE_DS,
        sellers=2,
        status="failed",
        ending=failed("authentication_failed"),
        step=Step.DECLINE,
    ),
    Plot(
        "buyer declines in the wallet",
        Means.WALLET,
        status="failed",
        ending=failed("wallet_declined"),
        step=Step.DECLINE,
    ),
    Plot(
        "nobody scans the QR code",
        Means.QR,
        sellers=2,
        status="failed",
        ending=LAPSED,
        step=Step.EXPIRE,
    ),
    Plot(
        "each for itself, one order cancelled",
        Means.THREE_DS,
        sellers=3,
        status="partially_succeeded",
        last=RELEASED,
        step=Step.CANCEL_LAST,
    ),
    Plot("all or none, all paid", Means.DEBIT, sellers=4, policy="cancel_all"),
    Plot("captured by hand, one in part", sellers=2, step=Step.CAPTURE, capture="manual"),
    Plot(
        "cancelled while the wallet waits",
        Means.WALLET,
        sellers=2,
        status="cancelled",
        ending=RELEASED,
        step=Step.CANCEL,
    ),
)
