"""Calling the running system as its users do: signed API calls, the buyer's side, the PSP's book."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tools.local.endpoints import Endpoints, read

Json = dict[str, Any]


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
        url = f"{self.endpoints.api_url}{path}"
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        sent = {"content-type": "application/json", **(headers or {})} if data is not None else {
            **(headers or {})
        }
        request = AWSRequest(method=method, url=url, data=data, headers=sent)
        if signed:
            credentials = Credentials(
                self.endpoints.aws_access_key_id, self.endpoints.aws_secret_access_key
            )
            SigV4Auth(credentials, "execute-api", self.endpoints.aws_region).add_auth(request)
        return self._send(method, url, data, dict(request.headers.items()))

    def get(self, path: str, **query: str) -> Reply:
        """A signed GET."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        """A signed POST; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, body, named)

    def psp(self, method: str, path: str, body: object = None) -> Reply:
        """A call to the sandbox PSP's buyer side or controls."""
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self.endpoints.sandbox_psp_url}{path}"
        return self._send(method, url, data, {"content-type": "application/json"})

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
