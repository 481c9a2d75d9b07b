"""A request's body: bounded, JSON, no floats, no repeated names, no card numbers."""

from __future__ import annotations

import json
import re
from typing import Any

from countinghouse.domain.errors import Invalid, Rejected
from countinghouse_aws.edge.card_numbers import refuse_card_numbers

BODY_MAX = 256 * 1024
DEPTH_MAX = 16

_TEXT = re.compile(rb'"(?:[^"\\]|\\.?)*(?:"|\Z)', re.DOTALL)
"""A JSON text; one that never ends reaches to the end, so that nothing is looked at twice."""

_BRACKET = re.compile(rb"[\[\]{}]")


class BodyTooLarge(Rejected):
    """More bytes than any request of this API has."""

    code = "body_too_large"


class UnsupportedMediaType(Rejected):
    """Not application/json."""

    code = "unsupported_media_type"


def read_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """The body as a JSON object.

    Raises BodyTooLarge, UnsupportedMediaType, and Invalid with `malformed_request` for what is not
    a JSON object, `validation_failed` for a fraction and `card_number_refused` for a card number.
    """
    if len(raw) > BODY_MAX:
        raise BodyTooLarge(f"a body has at most {BODY_MAX} bytes")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("send application/json")
    parsed = _parse(raw)
    if not isinstance(parsed, dict):
        raise _malformed("the body is not a JSON object")
    refuse_card_numbers(parsed)
    return parsed


def _parse(raw: bytes) -> Any:
    if _depth(raw) > DEPTH_MAX:
        raise _malformed(f"the body is nested deeper than {DEPTH_MAX} levels")
    try:
        # UTF-8 and nothing else (RFC 8259, 8.1): of other bytes the depth is not known.
        return json.loads(
            raw.decode(), object_pairs_hook=_unique, parse_float=_fraction, parse_constant=_fraction
        )
    except (ValueError, RecursionError) as error:
        raise _malformed("the body is not JSON") from error


def _depth(raw: bytes) -> int:
    """How deep brackets nest outside texts; at most how many there are, if these are few."""
    opened = raw.count(b"{") + raw.count(b"[")
    if opened <= DEPTH_MAX:
        return opened
    depth = deepest = 0
    for bracket in _BRACKET.findall(_TEXT.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _malformed("a name stands twice in one object")
    return fields


def _fraction(_: str) -> Any:
    raise Invalid("numbers are integers; money is in minor units", field="body")


def _malformed(detail: str) -> Invalid:
    return Invalid(detail, code="malformed_request")
