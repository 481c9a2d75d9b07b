"""A transport with Stripe at its other end: scripted answers, and what was asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply

Answer = Reply | Exception
CREATED = 1_795_000_000
SETUP: dict[str, Any] = {
    "id": "seti_1",
    "object": "setup_intent",
    "created": CREATED,
    "client_secret": "seti_1_secret_x",
    "customer": "cus_1",
    "payment_method": "pm_1",
    "status": "succeeded",
    "metadata": {"checkout_id": "c1"},
}
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 7_000,
    "amount_received": 7_000,
    "canceled_at": None,
    "cancellation_reason": None,
    "created": CREATED,
    "currency": "eur",
    "customer": "cus_1",
    "last_payment_error": None,
    "metadata": {"order_id": "o1", "key": "o1:charge:1"},
    "next_action": None,
    "payment_method_types": ["card"],
    "status": "succeeded",
}


@dataclass(frozen=True)
class Asked:
    """One request, its parameters flat by their wire names, or the JSON object."""

    method: str
    path: str
    headers: Mapping[str, str]
    params: dict[str, Any]

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key")


@dataclass
class Line:
    """Answers in turn; the last one answers whatever is still asked."""

    answers: list[Answer]
    asked: list[Asked] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        url = urlsplit(path)
        text = body.decode() if body is not None else url.query
        is_json = headers.get("Content-Type") == "application/json"
        params = json.loads(text) if is_json else dict(parse_qsl(text))
        self.asked.append(Asked(method, url.path, dict(headers), params))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def reply(body: object, status: int = 200) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def line(*answers: Answer) -> Line:
    return Line(list(answers))


def listing(*data: object, more: bool = False) -> Reply:
    """A page of a list, as API v1 has it."""
    return reply({"object": "list", "data": list(data), "has_more": more, "url": "/v1/x"})


def error(status: int, kind: str = "invalid_request_error", **fields: object) -> Reply:
    return reply({"error": {"type": kind, "message": "no", **fields}}, status)


def intent(**changes: object) -> dict[str, Any]:
    return {**INTENT, **changes}


SILENCE: dict[str, Answer] = {
    "no_answer": NoAnswer("read timed out"),
    "500": error(500, "api_error"),
    "503": reply(b"<html>", 503),
    "not_json": reply(b"not json"),
    "a_list": reply([1]),
    "empty": reply({}),
    "404_of_a_proxy": reply(b"nowhere", 404),
    "409_key_in_use": error(409, "idempotency_error", code="idempotency_key_in_use"),
    "409_lock": error(409, "invalid_request_error"),
    "unknown_type": error(400, "api_error"),
}
"""Answers that prove nothing."""

AT_WORK = frozenset({"409_key_in_use", "409_lock"})
"""Those of them by which Stripe says that it is there."""

NOT_LOOKED_AT: dict[str, Answer] = {
    "never_sent": NeverSent("refused"),
    "401": error(401, code="api_key_expired"),
    "403": reply(b"", 403),
    "429": error(429, code="lock_timeout"),
}
"""Answers, or none, by which nothing was done."""
