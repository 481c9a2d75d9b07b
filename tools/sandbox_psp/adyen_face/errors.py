"""Errors in Adyen's two shapes: ``ServiceError``, and for Transfers a problem of RFC 7807."""

import re
from collections.abc import Mapping
from typing import Final

from tools.sandbox_psp.wire import JsonValue, Refused, Response, answer

# Marks a refusal of the Transfers API, whose errors have a shape of their own.
PROBLEM: Final = "problem"
TRANSIENT: Final = "transient-error"

_OWN: Final = re.compile(r"\d{2,3}(_\d{1,3})?")
_CONFIGURATION: Final = "905"
# code of the engine -> (status, errorCode, message)
_ENGINES: Final[Mapping[str, tuple[int, str, str]]] = {
    "unauthorized": (401, "000", "HTTP Status Response - Unauthorized"),
    "malformed_request": (400, "702", "Unexpected input"),
    "not_found": (404, "000", "Not Found"),
    "method_not_allowed": (405, "000", "Method Not Allowed"),
    "rate_limited": (429, "000", "Too Many Requests"),
    "internal_error": (500, "000", "Internal error"),
    "unavailable": (503, "000", "Service Unavailable"),
    "idempotency_key_reused": (422, "704", "request already processed or in progress"),
    "idempotency_key_in_use": (422, "704", "request already processed or in progress"),
}
_MESSAGES_KEPT: Final = ("malformed_request",)
_RETRIED: Final = ("idempotency_key_in_use", "unavailable", "rate_limited")


def invalid(message: str, code: str = "000") -> Refused:
    """A call that is understood and wrong: 422."""
    return Refused(422, code, message)


def problem(status: int, code: str, message: str) -> Refused:
    """The same of the Transfers API."""
    return Refused(status, code, message, **{PROBLEM: True})


def refusal(refused: Refused) -> Response:
    """What the merchant sees. ``transient-error`` says that the same call may be sent again."""
    status, code, message = _told(refused)
    headers = {TRANSIENT: "true"} if refused.code in _RETRIED else {}
    if PROBLEM in refused.extra:
        return _answer(status, _problem(status, code, message), headers)
    body: dict[str, JsonValue] = {
        "status": status,
        "errorCode": code,
        "message": message,
        "errorType": _type_of(status, code),
    }
    return _answer(status, body, headers)


def _told(refused: Refused) -> tuple[int, str, str]:
    if _OWN.fullmatch(refused.code):
        return refused.status, refused.code, refused.message
    status, code, message = _ENGINES.get(refused.code, (refused.status, "000", refused.message))
    return status, code, refused.message if refused.code in _MESSAGES_KEPT else message


def _type_of(status: int, code: str) -> str:
    if code == _CONFIGURATION:
        return "configuration"
    if status in (401, 403):
        return "security"
    return "validation" if status < 500 else "internal"


def _problem(status: int, code: str, message: str) -> dict[str, JsonValue]:
    return {
        "type": "https://docs.adyen.com/errors/general",
        "title": "The request could not be processed",
        "status": status,
        "detail": message,
        "errorCode": code,
    }


def _answer(status: int, body: dict[str, JsonValue], headers: Mapping[str, str]) -> Response:
    plain = answer(status, body)
    return Response(status, {**plain.headers, **headers}, plain.body)
