"""The stories: what befalls a checkout, and how it has to end.

A card decides for a whole session at the sandbox PSP. So where one order alone is declined, its
first request is cut off, and the buyer's card is a bad one by the time it is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

DECLINED_CARD = "4000000000000002"
SHORT_OF_MONEY = "4000000000009995"
EXPIRED_CARD = "4000000000000069"


class Means(Enum):
    """How a buyer pays: its name, the API's method, and the card if there is one."""

    CREDIT = ("credit card", "credit_card", "4242424242424242")
    DEBIT = ("debit card", "debit_card", "4000056655665556")
    WALLET = ("wallet", "wallet", None)
    QR = ("QR code", "qr", None)
    THREE_DS = ("3-D Secure", "credit_card", "4000002500003155")

    @property
    def title(self) -> str:
        """For people."""
        return self.value[0]

    @property
    def method(self) -> str:
        """For the API."""
        return self.value[1]

    @property
    def card(self) -> str | None:
        """What the buyer types into the PSP's hosted fields."""
        return self.value[2]


class Step(Enum):
    """What somebody does while the payment is under way."""

    APPROVE = "approve"
    DECLINE = "decline"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CAPTURE = "capture"
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
    """The statuses in which an order may end, whether its money was taken, and its failure code."""

    orders: frozenset[str]
    took_money: bool = False
    failure: str | None = None

    def partly(self) -> Ending:
        """The same with only a part of the money captured."""
        return replace(self, orders=frozenset({"partially_captured"}))


CAPTURED = Ending(frozenset({"captured"}), took_money=True)
RELEASED = Ending(frozenset({"voided", "cancelled"}))
LAPSED = Ending(frozenset({"expired"}))


def failed(code: str) -> Ending:
    """Refused for this reason."""
    return Ending(frozenset({"failed"}), failure=code)


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
        ending=RELEASED,
        last=failed("card_declined"),
        faults=(Fault("connection_drop", order=2),),
        step=Step.CHANGE_CARD,
        policy="cancel_all",
    ),
    Plot(
        "each for itself, one declined",
        sellers=3,
        status="partially_succeeded",
        last=failed("card_declined"),
        faults=(Fault("connection_drop", order=2),),
        step=Step.CHANGE_CARD,
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
