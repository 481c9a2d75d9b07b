"""Errors as RFC 9457 problems: one table from the core's facts to HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from countinghouse.domain.errors import (
    Conflict,
    CountinghouseError,
    Forbidden,
    Gone,
    IllegalTransition,
    Invalid,
    NotFound,
    Rejected,
    Unavailable,
)
from countinghouse_aws.edge.body import BodyTooLarge, UnsupportedMediaType
from countinghouse_aws.psp.signatures import BadSignature, StaleTimestamp

TYPE_BASE = "https://docs.countinghouse.example/errors#"

STATUS: tuple[tuple[type[CountinghouseError], int], ...] = (
    (NotFound, 404),
    (Gone, 410),
    (Forbidden, 403),
    (IllegalTransition, 409),
    (BodyTooLarge, 413),
    (UnsupportedMediaType, 415),
    (BadSignature, 400),
    (StaleTimestamp, 400),
    (Rejected, 422),
    (Conflict, 503),
    (Unavailable, 503),
)
"""The first class that fits gives the status; anything else is a bug and 500."""

STATUS_BY_CODE: dict[str, int] = {
    "malformed_request": 400,
    "idempotency_key_missing": 400,
    "idempotency_in_progress": 409,
}
"""Codes whose status is not their class's."""

TITLES: dict[int, str] = {
    400: "The request cannot be read",
    403: "Not allowed",
    404: "Not found",
    409: "Not possible in this state",
    410: "No longer there",
    413: "The body is too large",
    415: "Unsupported media type",
    422: "The request breaks a rule",
    500: "Something went wrong here",
    503: "Not possible at the moment",
}


class FieldsRefused(Rejected):
    """Fields of a body or query break their rules: which and why, never what stood there."""

    errors: Sequence[Mapping[str, str]] = ()

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("some fields were refused")
        self.errors = errors


def problem_of(error: CountinghouseError | None) -> dict[str, object]:
    """A core error as a problem; None stands for a bug, of which nothing is said."""
    if error is None:
        return _problem(500, "internal_error", "the failure was recorded under this request id")
    by_class = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    status = STATUS_BY_CODE.get(error.code, by_class)
    code = "temporarily_unavailable" if isinstance(error, Conflict) else error.code
    problem = _problem(status, code, error.detail)
    if isinstance(error, Invalid) and error.field is not None:
        problem["errors"] = [{"field": error.field, "code": error.code, "message": error.detail}]
    elif isinstance(error, FieldsRefused):
        problem["errors"] = error.errors
    return problem


def _problem(status: int, code: str, detail: str) -> dict[str, object]:
    return {
        "type": f"{TYPE_BASE}{code}",
        "title": TITLES.get(status, TITLES[500]),
        "status": status,
        "detail": detail,
        "code": code,
    }
