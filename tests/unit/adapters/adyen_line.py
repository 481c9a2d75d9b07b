"""Adyen, scripted: what it answers by path, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from countinghouse_aws.psp.adyen_client import AdyenClient, AdyenPlaces
from countinghouse_aws.psp.transport import Reply

PLACES = AdyenPlaces(
    checkout_url="https://1a2b-Shop-checkout-live.adyenpayments.example/checkout/v72",
    transfers_url="https://balanceplatform-api-test.adyen.example/btl/v4",
    platform_url="https://kyc-live.adyen.example/lem/v4",
    merchant_account="ShopCOM",
    balance_account="BA1",
)
CARDS = {
    "storedPaymentMethods": [
        {"id": "OLD", "type": "scheme", "createdAt": "2026-11-18T10:00:00Z"},
        {"id": "NEW", "type": "scheme", "createdAt": "2026-11-18T11:00:00Z"},
        {"id": "IBAN", "type": "sepadirectdebit", "createdAt": "2026-11-18T12:00:00Z"},
    ]
}


def reply(status: int, body: object, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})


CARD = reply(200, CARDS)


@dataclass
class Line:
    """The transport: one answer, another to who asks for stored cards, and what was asked."""

    answer: Reply | Exception
    cards: Reply | Exception = CARD
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        self.asked.append((method, path, dict(headers), json.loads(body) if body else None))
        answer = self.cards if "/storedPaymentMethods" in path else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> AdyenClient:
        return AdyenClient(self, "AQE_test", PLACES)
