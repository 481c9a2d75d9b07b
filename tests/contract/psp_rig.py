"""A PSP's adapter, wired to the sandbox's face of that PSP without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from countinghouse.domain.instants import SECOND
from countinghouse.domain.psp import PayoutFact, PspEvent, RefundFact
from countinghouse_aws.psp.desk import WebhookSource
from countinghouse_aws.psp.transport import NoAnswer, Reply
from tests.unit.sandbox_psp.shop import Shop
from tools.sandbox_psp.wire import Request, Response

BACK = "https://shop.test/back"
POOR = "4000000000009995"


class Rig:
    """What is alike at every PSP: the way there, and its webhooks, which `source` reads."""

    def __init__(self, shop: Shop, source: WebhookSource) -> None:
        self.shop = shop
        self.source = source

    def now(self) -> int:
        return int(self.shop.now.timestamp()) * SECOND

    def carry(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The transport."""
        answer = self.answer(method, path, headers, body)
        if answer.transport != "ok":
            raise NoAnswer("lost")
        return Reply(answer.status, answer.body, _lowered(answer.headers))

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The transport of files."""
        answer = self.answer("GET", path, headers, None)
        if answer.status != 200:
            raise NoAnswer(str(answer.status))
        yield answer.body

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        """What the face answers."""
        place = urlsplit(path)
        request = Request(method, place.path, place.query, dict(headers), body or b"")
        return self.shop.psp.handle(request)

    def told(self) -> list[PspEvent]:
        """The events of the webhooks due now, each verified first."""
        found: list[PspEvent] = []
        for delivery in self.shop.webhooks():
            self.source.verify(_lowered(delivery.headers), delivery.body, self.now())
            found += self.source.parse(delivery.body, self.now())
            self.shop.psp.mark_delivered(delivery.delivery_id, 200, self.shop.now)
        return found

    def refunds_told(self) -> list[RefundFact]:
        """What the events due now say of refunds."""
        return [event.fact for event in self.told() if isinstance(event.fact, RefundFact)]

    def payouts_told(self) -> list[PayoutFact]:
        """What the events due now say of payouts."""
        return [event.fact for event in self.told() if isinstance(event.fact, PayoutFact)]

    def account(self, currency: str = "EUR") -> str:
        """A seller's bank account, as the PSP names it."""
        made = {"holder": "Amber", "currency": currency}
        return str(self.shop.call("POST", "/_control/bank_accounts", made).json["bank_account"])


def refund_fact(event: PspEvent) -> RefundFact:
    """What the event says; of a refund, or it is not the one expected."""
    assert isinstance(event.fact, RefundFact)
    return event.fact


def payout_fact(event: PspEvent) -> PayoutFact:
    """What the event says; of a payout, or it is not the one expected."""
    assert isinstance(event.fact, PayoutFact)
    return event.fact


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
