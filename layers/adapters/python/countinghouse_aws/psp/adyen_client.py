"""Adyen's official client over our transport: the one module that knows the library.

The library says what a request looks like; when it is sent, how often and what a failure proves is
decided here. It is imported when a client is made, so that a process which never calls Adyen does
not pay for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_answers import Answer
from countinghouse_aws.psp.transport import NoAnswer, Reply, Transport

KEY_MAX = 64
"""Characters of an idempotency key (docs.adyen.com/development-resources/api-idempotency)."""

_HEADER = "Idempotency-Key"
_TRANSIENT = "transient-error"
_BENT = (AttributeError, TypeError, ValueError, RecursionError)
"""What the library raises for a body that is JSON but no object, or no JSON at all."""


@dataclass(frozen=True, slots=True)
class AdyenPlaces:
    """Where Adyen is, and our accounts there.

    Each URL ends with its API's version, without a slash: `https://.../checkout/v72`.
    """

    checkout_url: str
    transfers_url: str
    platform_url: str
    merchant_account: str
    balance_account: str = ""


class Send(Protocol):
    """One POST of a body under a key."""

    def __call__(self, body: Mapping[str, object], key: str) -> Answer:
        """Adyen's answer. Raises NeverSent or NoAnswer."""
        ...


class AdyenClient:
    """The calls we make. Each raises NeverSent or NoAnswer as the transport does.

    `transport` is given whole URLs: one of no base of its own.
    """

    def __init__(self, transport: Transport, api_key: str, places: AdyenPlaces) -> None:
        import Adyen  # noqa: PLC0415 - what only some functions need

        client = Adyen.AdyenClient(xapikey=api_key, platform="live")
        client.http_client = _Wire(transport)
        client.http_init = True
        # The address that is configured is the address: the library would swap -live and -test.
        client._determine_api_url = _as_it_is
        checkout = Adyen.AdyenCheckoutApi(client=client)
        self._refusal = Adyen.exceptions.AdyenAPIResponseError
        self._payments = _placed(checkout.payments_api, places.checkout_url)
        self._modifications = _placed(checkout.modifications_api, places.checkout_url)
        self._recurring = _placed(checkout.recurring_api, places.checkout_url)
        transfers = Adyen.AdyenTransfersApi(client=client)
        self._transfers = _placed(transfers.transfers_api, places.transfers_url)
        entities = Adyen.AdyenLegalEntityManagementApi(client=client)
        self._instruments = _placed(entities.transfer_instruments_api, places.platform_url)
        self.merchant_account = places.merchant_account
        self.balance_account = places.balance_account

    def sessions(self, body: Mapping[str, object], key: str) -> Answer:
        """POST /sessions."""
        return self._sent(self._payments.sessions, body, key)

    def payments(self, body: Mapping[str, object], key: str) -> Answer:
        """POST /payments."""
        return self._sent(self._payments.payments, body, key)

    def details(self, body: Mapping[str, object], key: str) -> Answer:
        """POST /payments/details."""
        return self._sent(self._payments.payments_details, body, key)

    def stored_methods(self, shopper: str) -> Answer:
        """GET /storedPaymentMethods of a shopper."""
        asked = {"merchantAccount": self.merchant_account, "shopperReference": shopper}
        return self._asked(self._recurring.get_tokens_for_stored_payment_details, query=asked)

    def capture(self, reference: str, body: Mapping[str, object], key: str) -> Answer:
        """POST /payments/{reference}/captures."""
        call = self._modifications.capture_authorised_payment
        return self._sent(call, body, key, paymentPspReference=_in_path(reference))

    def cancel(self, reference: str, body: Mapping[str, object], key: str) -> Answer:
        """POST /payments/{reference}/cancels."""
        call = self._modifications.cancel_authorised_payment_by_psp_reference
        return self._sent(call, body, key, paymentPspReference=_in_path(reference))

    def cancel_by_reference(self, body: Mapping[str, object], key: str) -> Answer:
        """POST /cancels, of a payment whose pspReference we never heard."""
        return self._sent(self._modifications.cancel_authorised_payment, body, key)

    def refund(self, reference: str, body: Mapping[str, object], key: str) -> Answer:
        """POST /payments/{reference}/refunds."""
        call = self._modifications.refund_captured_payment
        return self._sent(call, body, key, paymentPspReference=_in_path(reference))

    def transfer(self, body: Mapping[str, object], key: str) -> Answer:
        """POST /transfers."""
        return self._sent(self._transfers.transfer_funds, body, key)

    def find_transfer(self, transfer_id: str) -> Answer:
        """GET /transfers/{id}."""
        return self._asked(self._transfers.get_transfer, id=_in_path(transfer_id))

    def find_transfers(self, reference: str, since: str, until: str) -> Answer:
        """GET /transfers of our balance account by our reference, between two instants."""
        asked = {
            "balanceAccountId": self.balance_account,
            "reference": reference,
            "createdSince": since,
            "createdUntil": until,
        }
        return self._asked(self._transfers.get_all_transfers, query=asked)

    def transfer_instrument(self, instrument_id: str) -> Answer:
        """GET /transferInstruments/{id}."""
        return self._asked(self._instruments.get_transfer_instrument, id=_in_path(instrument_id))

    def _sent(
        self, call: Callable[..., Any], body: Mapping[str, object], key: str, **where: str
    ) -> Answer:
        return self._answered(lambda: call(dict(body), idempotency_key=wire_key(key), **where))

    def _asked(
        self, call: Callable[..., Any], query: Mapping[str, str] | None = None, **where: str
    ) -> Answer:
        # The library puts a query together without escaping it.
        more = {"query_parameters": {k: _in_path(v) for k, v in query.items()}} if query else {}
        return self._answered(lambda: call(**more, **where))

    def _answered(self, call: Callable[[], Any]) -> Answer:
        try:
            result = call()
            return Answer(result.status_code, _object(result.message))
        except self._refusal as error:
            transient = str(dict(error.headers).get(_TRANSIENT, "")).lower() == "true"
            return Answer(error.status_code, _object(error.message), transient)
        except _BENT as error:
            raise NoAnswer("the answer cannot be read") from error


class _Wire:
    """The library's HTTP client, over our transport. Nothing of a request is kept."""

    user_agent = "countinghouse"

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        json: Mapping[str, object] | None = None,
        xapikey: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[bytes, None, int, Mapping[str, str]]:
        """Body, (no request), status and headers, as the library expects them."""
        body = None if json is None else _encoded(json)
        known = {"X-API-Key": xapikey, **(headers or {})}
        if body is not None:
            known["Content-Type"] = "application/json"
        reply: Reply = self._transport(method, url, known, body)
        return reply.body, None, reply.status, reply.headers


def wire_key(key: str) -> str:
    """The idempotency key of one of our keys: itself, or its hash when it is too long."""
    return key if len(key) <= KEY_MAX else hashlib.sha256(key.encode()).hexdigest()


def _placed(api: Any, url: str) -> Any:
    api.baseUrl = url.rstrip("/")
    return api


def _as_it_is(platform: str, endpoint: str) -> str:
    return endpoint


def _in_path(text: str) -> str:
    return quote(text, safe="")


def _encoded(body: Mapping[str, object]) -> bytes:
    return json.dumps(body).encode()


def _object(message: object) -> Mapping[str, Any]:
    return message if isinstance(message, dict) else {}
