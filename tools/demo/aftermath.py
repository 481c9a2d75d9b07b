"""The second act: deliveries, refunds and disputes, each with a seller of its own.

Every story says beforehand what the seller's wallet must hold in the end. The amounts are those of
the market's default rules: a fee of 10 %, 19 % tax on it, 5 % of the rest held back for 30 days.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from tools.client import CallFailed, Client, Json, is_final
from tools.demo.plots import GOOD_CARD
from tools.replay.turns import Story

PATIENCE_S = 120.0
_LOOK_S = 0.7
AMOUNT = 7_000
LONG_AGO = "2026-01-05T12:00:00Z"
"""A delivery so long past that its reserve would be free by now: nothing is held back."""

Wait = Generator[float, None, None]


class Impatient(RuntimeError):
    """What a story waited for did not come."""


@dataclass(slots=True)
class Sale:
    """One seller with one order, and the calls that befall it."""

    client: Client
    name: str
    currency: str
    amount: int = AMOUNT
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.give_time()

    def give_time(self) -> None:
        """From now on, this much patience."""
        self.deadline = time.monotonic() + PATIENCE_S

    @property
    def seller_id(self) -> str:
        """The seller; nobody else sells anything under this name."""
        return f"{self.name}-seller"

    @property
    def order_id(self) -> str:
        """The one order."""
        return f"{self.name}-1"

    def sold(self) -> Wait:
        """A checkout paid by card, waited for until it is booked."""
        token = self.client.open_session(self.name, self.amount, self.currency)
        self.client.enter_card(token, GOOD_CARD)
        order = {"order_id": self.order_id, "seller_id": self.seller_id, "amount": self.amount}
        body = {
            "checkout_id": self.name,
            "user_info": {"user_id": f"{self.name}-buyer"},
            "payment_details": {"method": "credit_card", "psp_token": token},
            "currency": self.currency,
            "orders": [order],
        }
        self.client.steady("POST", "/v1/payments/event", body)
        yield from self.until(lambda: is_final(self.client.payment(self.name)), "the payment")

    def delivered(self, at: str | None = None) -> Wait:
        """The buyer has the goods; waited for until the money is released."""
        body = {} if at is None else {"delivered_at": at}
        self.client.steady("POST", f"/v1/orders/{self.order_id}/deliveries", body)
        yield from self.until(lambda: not self.wallet().get("pending"), "the release")

    def refunded(self, amount: int | None, ends: str, fault: str | None = None) -> Wait:
        """A refund, in full when `amount` is None, waited for until it ends as it has to."""
        if fault is not None:
            planted = {"kind": fault, "operation": "refund", "order_id": self.order_id}
            self.client.at_psp("POST", "/_control/faults", planted)
        path = f"/v1/orders/{self.order_id}/refunds"
        body: Json = {"reason": "sent back"} | ({} if amount is None else {"amount": amount})
        key = {"Idempotency-Key": f"{self.order_id}-refund"}
        refund = self.client.steady("POST", path, body, key).body["refund_id"]
        yield from self.until(
            lambda: self.client.steady("GET", f"{path}/{refund}").body["status"] == ends,
            f"the refund to be {ends}",
        )

    def disputed(self, *results: str, hold: Mapping[str, int]) -> Wait:
        """The buyer's bank asks for the money, and then decides."""
        opened = self.client.at_psp("POST", "/_control/disputes", {"order_id": self.order_id})
        yield from self.until(lambda: self.wallet() == dict(hold), "the money to be held")
        for result in results:
            reference = opened.body["dispute_reference"]
            self.client.at_psp("POST", f"/_control/disputes/{reference}", {"result": result})

    def wallet(self) -> dict[str, int]:
        """The seller's balances that are not zero."""
        answer = self.client.steady("GET", f"/v1/wallets/{self.seller_id}").body["balances"]
        return {name: minor for name, minor in answer.get(self.currency, {}).items() if minor}

    def until(self, is_so: Callable[[], bool], what: str) -> Wait:
        """Look again and again. Raises Impatient."""
        while not is_so():
            if time.monotonic() > self.deadline:
                raise Impatient(f"{self.name} waited in vain for {what}")
            yield _LOOK_S


@dataclass(frozen=True, slots=True)
class Chapter:
    """A story of the second act: what is done, and the balances it must leave."""

    title: str
    currency: str
    play: Callable[[Sale], Wait]
    leaves: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of a chapter."""

    chapter: Chapter
    sale: Sale
    wallet: Mapping[str, int]
    problems: tuple[str, ...] = ()


RELEASED = {"available": 5_859, "reserved": 308}
AFTER_3000 = {"available": 3_348, "reserved": 176}


def _delivered(sale: Sale) -> Wait:
    yield from sale.delivered()


def _refunded_before(sale: Sale) -> Wait:
    yield from sale.refunded(3_000, "succeeded")
    yield from sale.delivered()


def _refunded_after(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.refunded(3_000, "succeeded", fault="timeout_after_success")


def _refunded_in_full(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.refunded(None, "succeeded")


def _refund_failed(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.refunded(3_000, "failed", fault="refund_fails")


def _refund_came_back(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.refunded(3_000, "reversed", fault="refund_reversed")


def _dispute_won(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.disputed("challenge", "win", hold={"disputed": AMOUNT, "debt": 833})


def _dispute_lost(sale: Sale) -> Wait:
    yield from sale.delivered()
    yield from sale.disputed("lose", hold={"disputed": AMOUNT, "debt": 833})


def _second_round(sale: Sale) -> Wait:
    yield from sale.disputed("win", hold={"disputed": AMOUNT})
    yield from sale.until(lambda: sale.wallet() == {"pending": AMOUNT}, "the money back")
    yield from sale.delivered()


CHAPTERS = (
    Chapter("delivered", "EUR", _delivered, RELEASED),
    Chapter("part refunded, then delivered", "USD", _refunded_before, AFTER_3000),
    Chapter("part refunded after delivery, PSP silent", "KWD", _refunded_after, AFTER_3000),
    Chapter("refunded in full after delivery", "JPY", _refunded_in_full, {}),
    Chapter("a refund that fails", "EUR", _refund_failed, RELEASED),
    Chapter("a refund that comes back", "USD", _refund_came_back, RELEASED),
    Chapter("a dispute, won", "EUR", _dispute_won, RELEASED),
    Chapter("a dispute, lost: the seller owes", "USD", _dispute_lost, {"debt": 833}),
    Chapter("disputed and won before delivery", "JPY", _second_round, RELEASED),
)


def sell(sale: Sale) -> Story[None]:
    """A sale up to its booking; what fails here is seen by whoever goes on with it."""
    try:
        yield from sale.sold()
    except (Impatient, CallFailed):
        return


def live(chapter: Chapter, sale: Sale) -> Story[Lived]:
    """A chapter from its sale on to the balances it must leave, or to the end of patience."""
    problems: tuple[str, ...] = ()
    sale.give_time()
    try:
        yield from chapter.play(sale)
        yield from sale.until(lambda: sale.wallet() == dict(chapter.leaves), "its balances")
    except (Impatient, CallFailed) as failed:
        problems = (f"{chapter.title}: {failed}",)
    return Lived(chapter, sale, sale.wallet(), problems)
