"""Requests and answers as values, so that a socket and a simulation drive the same engine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl

# There is no float: a number with a fraction is read as text and so refused as an amount.
JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]
Transport: TypeAlias = Literal["ok", "hang", "drop"]

BODY_BYTES_MAX: Final = 65_536


@dataclass(frozen=True)
class Request:
    """One call. ``path`` has no query; ``query`` is the raw text after the question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's value, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    def parameters(self) -> dict[str, str]:
        """The query's parameters; the last one of a name wins."""
        return dict(parse_qsl(self.query))


@dataclass(frozen=True)
class Response:
    """One answer.

    ``transport`` says what the caller sees: ``ok`` the answer, ``hang`` silence until it gives up,
    ``drop`` a closed connection. For the last two, status and body never reach the caller.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    transport: Transport = "ok"


class Refused(Exception):
    """The call is answered by an error; nothing it did is kept."""

    def __init__(self, status: int, code: str, message: str, **extra: JsonValue) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra

    def response(self) -> Response:
        """The error as the caller sees it."""
        error = {"code": self.code, "message": self.message}
        return answer(self.status, {"error": error, **self.extra})


def encoded(value: JsonValue) -> bytes:
    """JSON in one fixed form: the same value always gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer(status: int, value: JsonValue, **headers: str) -> Response:
    """A JSON answer; an underscore in a header's keyword stands for a hyphen."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, encoded(value))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def decoded(body: bytes) -> dict[str, JsonValue]:
    """Read a body that must be a JSON object; an empty one is an empty object.

    Raises:
        Refused: 413 too long, 400 not a JSON object. The text is never echoed: it may hold a card.
    """
    if len(body) > BODY_BYTES_MAX:
        raise Refused(413, "body_too_large", f"a body has at most {BODY_BYTES_MAX} bytes")
    try:
        value = json.loads(body or b"{}", parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed_request", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "malformed_request", "the body must be a JSON object")
    return value
