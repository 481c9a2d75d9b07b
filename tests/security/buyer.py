"""Somebody who buys, and what the functions do about it, step by step."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from countinghouse_aws.edge.http import JSON_TYPE
from tests.security.doors import document
from tests.security.ear import Ear
from tests.security.gateway import Reply
from tests.security.hostile import templates
from tests.security.spilled import answer
from tools.sandbox_psp.wire import Request

CARD = "4242424242424242"
"""What the PSP's own page is shown; it keeps the last four digits."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who buys something, step by step, and what the functions do about it."""

    ear: Ear

    def call(self, key: str, body: Any, **path: str) -> Reply:
        """One call of the API."""
        (route,) = (one for one in templates(document()) if one.route.key == key)
        headers = {"content-type": "application/json", "idempotency-key": "key-of-a-buyer"}
        return answer(self.ear, replace(route, path=path, headers=headers, body=body).sent())

    def register(self) -> str:
        """Register a checkout; the PSP's token, if it gave one."""
        wanted = {"checkout_id": "chk_buyer", "amount": 500, "currency": "EUR"}
        reply = self.call("POST /v1/payments/sessions", {**wanted, "method": "credit_card"})
        return str(reply.json().get("psp_token", ""))

    def pay(self, *, by_card: bool = True) -> None:
        """Pay it, with a card that the PSP has been shown or is still to be."""
        token = self.register()
        if by_card:
            shown = {"number": CARD, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
            content = json.dumps({"type": "card", "card": shown}).encode()
            path, headers = f"/sessions/{token}/payment_method", {"content-type": JSON_TYPE}
            self.ear.house.psp.handle(Request("POST", path, "", headers, content))
        body = {
            "checkout_id": "chk_buyer",
            "user_info": {"user_id": "u_buyer"},
            "payment_details": {"method": "credit_card", "psp_token": token},
            "currency": "EUR",
            "orders": [{"order_id": "ord_buyer", "seller_id": "s_birch", "amount": 500}],
        }
        self.call("POST /v1/payments/event", body)

    def charge(self) -> None:
        """The order is sent to the PSP, and asked after."""
        for _ in range(2):
            self._work("order_execution", {"order_id": "ord_buyer", "checkout_id": "chk_buyer"})

    def ask_back(self) -> None:
        """Pay, and want some of it back."""
        self.pay()
        self.charge()
        body = {"amount": 200, "currency": "EUR", "reason": "broken"}
        self.call("POST /v1/orders/{order_id}/refunds", body, order_id="ord_buyer")
        self._work("posting", {"order_id": "ord_buyer"})

    def refund(self) -> None:
        """The refund is sent to the PSP, and asked after."""
        for _ in range(2):
            self._work("order_aftercare", {"order_id": "ord_buyer"})

    def name_bank(self) -> None:
        """A seller names a bank account, which the PSP is asked about."""
        key = "POST /v1/sellers/{seller_id}/bank-accounts"
        (template,) = (one for one in templates(document()) if one.route.key == key)
        answer(self.ear, template.sent())

    def pay_out(self) -> None:
        """A payout that was approved is sent to the PSP, and asked after."""
        self.ear.house.clock.sleep(2 * 3_600)
        for _ in range(2):
            self.ear.invoke("payout_steps", {"step": "advance", "payout_id": f"po_{3:024x}"})
            self.ear.house.clock.sleep(60)

    def _work(self, function: str, body: dict[str, str]) -> None:
        attributes = {"MessageGroupId": "seller:s_birch/EUR#0"}
        record = {"messageId": "m1", "body": json.dumps(body), "attributes": attributes}
        self.ear.invoke(function, {"Records": [record]})
        self.ear.house.clock.sleep(60)
