"""Calling the running system as its users do: signed calls, the buyer's side, the PSP's book."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tools.local.endpoints import Endpoints, read

Json = dict[str, Any]

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
SANDBOX = "sandbox"
TRIES = 7
_FIRST_PAUSE_S = 0.2
_PAGES_MAX = 10_000
_REFUSED = 400
_FINAL = frozenset({"succeeded", "partially_succeeded", "failed", "cancelled"})


class CallFailed(RuntimeError):
    """A call that had to succeed did not; `reply` is None when nobody answered."""

    def __init__(self, call: str, reply: Reply | None) -> None:
        answer = f"{reply.status} {reply.code}".strip() if reply else "no answer"
        super().__init__(f"{call}: {answer}")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer."""

    status: int
    body: Json
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's stable code, empty when it is no problem."""
        return str(self.body.get("code", ""))


@dataclass(frozen=True, slots=True)
class Client:
    """The API and the sandbox PSP of one running system; safe to use from several threads."""

    endpoints: Endpoints
    timeout_s: float = 40.0
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=32, retries=False), repr=False
    )

    @classmethod
    def of_running_system(cls) -> Client:
        """The client of the system that `up` started. Raises LocalFailure when none runs."""
        return cls(read())

    def colleague(self, name: str) -> Client:
        """The same system as another principal sees it: an IAM user of the engine's, made here.

        Allowed to call the API, and nothing else of AWS.
        """
        iam = self.aws("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_user(UserName=name)
        # What a caller of a route with an IAM authorizer needs, here as in the cloud.
        every_route = f"arn:aws:execute-api:{self.endpoints.aws_region}:*:*/*"
        allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": every_route}
        iam.put_user_policy(
            UserName=name,
            PolicyName="calls-the-api",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        own = replace(
            self.endpoints,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        return Client(own, self.timeout_s)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        raw: bytes | None = None,
        signed: bool = True,
    ) -> Reply:
        """One API call, signed for `execute-api` unless told otherwise."""
        method, url, data, sent = self._prepared(
            method, path, body, headers, raw=raw, signed=signed
        )
        return self._send(method, url, data, sent)

    def download(self, path: str, **query: str) -> bytes:
        """A document's bytes as they come. Raises CallFailed."""
        full = f"{path}?{urlencode(query)}" if query else path
        method, url, _, sent = self._prepared("GET", full)
        answer = self._pool.request(method, url, headers=sent, timeout=self.timeout_s)
        if answer.status >= _REFUSED:
            raise CallFailed(f"GET {path}", Reply(answer.status, {}, {}))
        return answer.data

    def _prepared(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        raw: bytes | None = None,
        signed: bool = True,
    ) -> tuple[str, str, bytes | None, dict[str, str]]:
        """A call with everything it is sent with."""
        url = f"{self.endpoints.api_url}{path}"
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        sent = (
            {"content-type": "application/json", **(headers or {})}
            if data is not None
            else {**(headers or {})}
        )
        request = AWSRequest(method=method, url=url, data=data, headers=sent)
        if signed:
            credentials = Credentials(
                self.endpoints.aws_access_key_id, self.endpoints.aws_secret_access_key
            )
            SigV4Auth(credentials, "execute-api", self.endpoints.aws_region).add_auth(request)
        return method, url, data, dict(request.headers.items())

    def get(self, path: str, **query: str) -> Reply:
        """A signed GET."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        """A signed POST; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, body, named)

    def psp(self, method: str, path: str, body: object = None, psp: str = SANDBOX) -> Reply:
        """A call to the buyer side or the controls of one of the sandbox's PSPs."""
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self.endpoints.psp_url(psp)}{path}"
        return self._send(method, url, data, {"content-type": "application/json"})

    def steady(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """A call that must succeed: made again, as it was, while the answer proves nothing.

        That is safe with every call of this API, since ids and keys are the caller's own. Raises
        CallFailed for a refusal, and when patience ends.
        """
        reply: Reply | None = None
        for tried in range(TRIES):
            if tried:
                time.sleep(_FIRST_PAUSE_S * 2 ** (tried - 1))
            try:
                reply = self.call(method, path, body, headers)
            except urllib3.exceptions.HTTPError:
                continue
            if reply.status not in _TRY_AGAIN:
                break
        if reply is None or reply.status >= _REFUSED:
            raise CallFailed(f"{method} {path.partition('?')[0]}", reply)
        return reply

    def pages(self, path: str, **query: str) -> Iterator[Json]:
        """Every item of a list, over all its pages. Raises CallFailed."""
        for _ in range(_PAGES_MAX):
            page = self.steady("GET", f"{path}?{urlencode(query)}" if query else path).body
            yield from page["data"]
            if not page.get("next_cursor"):
                return
            query["cursor"] = str(page["next_cursor"])
        raise CallFailed(f"GET {path}: more than {_PAGES_MAX} pages", None)

    def open_session(self, checkout_id: str, amount: int, currency: str) -> str:
        """Register a checkout; the PSP's token for it. Raises CallFailed."""
        return str(self.register(checkout_id, amount, currency)["psp_token"])

    def register(self, checkout_id: str, amount: int, currency: str, **more: str) -> Json:
        """Register a checkout; its session, with those at PSPs that stand in. Raises CallFailed."""
        body = {"checkout_id": checkout_id, "amount": amount, "currency": currency, **more}
        return self.steady("POST", "/v1/payments/sessions", body).body

    def payment(self, checkout_id: str) -> Json:
        """A payment as it stands. Raises CallFailed."""
        return self.steady("GET", f"/v1/payments/{checkout_id}").body

    def enter_card(self, token: str, number: str, psp: str = SANDBOX) -> None:
        """What the PSP's hosted fields do with a card. Raises CallFailed."""
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        body = {"type": "card", "card": card}
        self.at_psp("POST", f"/sessions/{token}/payment_method", body, psp)

    def answer(self, reference: str, result: str, psp: str = SANDBOX) -> None:
        """The buyer's part of a redirect, a QR code or a challenge. Raises CallFailed.

        `reference` is a session's token or the PSP's id of a charge.
        """
        self.at_psp("POST", f"/_control/actions/{reference}", {"result": result}, psp)

    def psp_reference(self, order_id: str) -> str:
        """The PSP's id of an order's charge. Raises CallFailed."""
        return str(self.steady("GET", f"/v1/orders/{order_id}").body["psp_reference"])

    def charges_of(self, order_id: str, psp: str) -> list[Json]:
        """One PSP's own book of an order's charges. Raises CallFailed."""
        path = f"/_control/charges?order_id={order_id}"
        charges: list[Json] = self.at_psp("GET", path, psp=psp).body["data"]
        return charges

    def circuit(self, psp: str) -> str:
        """How a PSP's circuit breaker stands. Raises CallFailed."""
        (found,) = [one for one in self.steady("GET", "/v1/psps").body["data"] if one["psp"] == psp]
        return str(found["circuit"])

    def charges(self) -> list[Json]:
        """The PSP's own book, the ground truth. Raises CallFailed."""
        charges: list[Json] = self.at_psp("GET", "/_control/charges").body["data"]
        return charges

    def at_psp(self, method: str, path: str, body: object = None, psp: str = SANDBOX) -> Reply:
        """A call to one of the sandbox's PSPs that must succeed. Raises CallFailed."""
        reply = self.psp(method, path, body, psp)
        if reply.status >= _REFUSED:
            raise CallFailed(f"{method} {path.partition('?')[0]} at the PSP", reply)
        return reply

    def aws(self, service: str) -> Any:
        """A boto3 client on the system's engine."""
        import boto3

        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=self.endpoints.aws_region,
            endpoint_url=self.endpoints.aws_endpoint_url,
            aws_access_key_id=self.endpoints.aws_access_key_id,
            aws_secret_access_key=self.endpoints.aws_secret_access_key,
        )

    def invoke(self, function: str, event: object = None) -> Json:
        """Run one function now, by its short name. Raises RuntimeError when it fails."""
        answer = self.aws("lambda").invoke(
            FunctionName=self.endpoints.function_names[function],
            Payload=json.dumps(event or {}).encode(),
        )
        payload: Json = json.loads(answer["Payload"].read() or b"{}")
        if "FunctionError" in answer:
            raise RuntimeError(f"{function} failed: {payload.get('errorType')}")
        return payload

    def _send(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        answer = self._pool.request(method, url, body=data, headers=headers, timeout=self.timeout_s)
        try:
            parsed = json.loads(answer.data or b"{}")
        except ValueError:
            parsed = {"text": answer.data.decode(errors="replace")}
        shown = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, parsed if isinstance(parsed, dict) else {"data": parsed}, shown)


def is_final(payment: Json) -> bool:
    """Whether nothing more will happen to a payment: final, and booked if money was taken."""
    booked = payment["is_ledger_updated"] and payment["is_wallet_updated"]
    return payment["status"] in _FINAL and (booked or not payment["is_payment_done"])
