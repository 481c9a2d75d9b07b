"""Errors as Stripe words them (docs.stripe.com/api/errors)."""

from collections.abc import Mapping
from typing import Final

from tools.sandbox_psp.wire import JsonObject, JsonValue, Refused, Response, answer

INVALID_REQUEST: Final = "invalid_request_error"
CARD_ERROR: Final = "card_error"
_IDEMPOTENCY: Final = "idempotency_error"
_API: Final = "api_error"
_DOCS: Final = "https://stripe.com/docs/error-codes/"

# What the engine refuses -> (status, type, code, message; the engine's own when there is none).
_KNOWN: Final[Mapping[str, tuple[int, str, str | None, str]]] = {
    "unauthorized": (401, INVALID_REQUEST, None, "Invalid API Key provided."),
    "not_found": (404, INVALID_REQUEST, None, "Unrecognized request URL."),
    "method_not_allowed": (404, INVALID_REQUEST, None, "Unrecognized request URL."),
    "idempotency_key_reused": (
        400,
        _IDEMPOTENCY,
        None,
        "Keys for idempotent requests can only be used with the same parameters they were first "
        "used with.",
    ),
    "idempotency_key_in_use": (
        409,
        _IDEMPOTENCY,
        "idempotency_key_in_use",
        "There is currently another in-progress request using this idempotency key.",
    ),
    "rate_limited": (429, INVALID_REQUEST, "rate_limit", "Request rate limit exceeded."),
    "internal_error": (500, _API, None, "An unknown error occurred."),
    "unavailable": (503, _API, None, "The service is unavailable."),
}


class StripeError(Refused):
    """A call that Stripe refuses: status, type, code and what the error names."""

    def __init__(
        self,
        status: int,
        kind: str,
        code: str | None,
        message: str,
        **named: JsonValue,
    ) -> None:
        super().__init__(status, code or "", message, **named)
        self.kind = kind


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """A request that cannot be: 400 ``invalid_request_error``."""
    return StripeError(400, INVALID_REQUEST, code, message, param=param)


def missing(noun: str, reference: str, param: str) -> StripeError:
    """An object that is not there: 404 ``resource_missing``."""
    message = f"No such {noun}: '{reference}'"
    return StripeError(404, INVALID_REQUEST, "resource_missing", message, param=param)


def rendered(refused: Refused) -> Response:
    """An error as the merchant sees it."""
    if isinstance(refused, StripeError):
        return _answered(refused.status, refused.kind, refused.code, refused.message, refused.extra)
    known = _KNOWN.get(refused.code)
    if known is None:
        return _answered(400, INVALID_REQUEST, None, refused.message, {})
    status, kind, code, message = known
    return _answered(status, kind, code, message, {})


def _answered(
    status: int, kind: str, code: str | None, message: str, named: JsonObject
) -> Response:
    error: dict[str, JsonValue] = {"message": message, "type": kind}
    if code:
        error |= {"code": code, "doc_url": doc_url(code)}
    error |= {name: value for name, value in named.items() if value is not None}
    return answer(status, {"error": error})


def doc_url(code: str) -> str:
    """Where a code is explained."""
    return _DOCS + code.replace("_", "-")
