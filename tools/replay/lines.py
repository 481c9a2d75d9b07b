"""The recorded traffic: one checkout a line, read as a stream; a bad line is told, never fatal."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tools.local.failure import LocalFailure

METHODS = ("credit_card", "debit_card", "wallet", "qr")
_LINE_BYTES_MAX = 1 << 20
_ORDERS_MAX = 50
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Order:
    """One seller's part. `amount` is in minor units of the line's currency."""

    order_id: str
    seller_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Line:
    """A checkout to play."""

    number: int
    checkout_id: str
    buyer_id: str
    buyer_country: str | None
    currency: str
    method: str
    orders: tuple[Order, ...]

    @property
    def amount(self) -> int:
        """What the buyer pays."""
        return sum(order.amount for order in self.orders)

    def body(self, token: str) -> dict[str, object]:
        """What the checkout page would have sent."""
        user = {"user_id": self.buyer_id}
        if self.buyer_country is not None:
            user["country"] = self.buyer_country
        return {
            "checkout_id": self.checkout_id,
            "user_info": user,
            "payment_details": {"method": self.method, "psp_token": token},
            "currency": self.currency,
            "orders": [
                {"order_id": one.order_id, "seller_id": one.seller_id, "amount": one.amount}
                for one in self.orders
            ],
        }


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be played, and why."""

    number: int
    reason: str


class _Bad(ValueError):
    """Why a line is refused."""


def survey(path: Path) -> tuple[str, int]:
    """A digest of the file's text, packed or not, and how many lines it has."""
    digest, count, last = hashlib.sha256(), 0, b"\n"
    with _opened(path) as file:
        while chunk := file.read(_LINE_BYTES_MAX):
            digest.update(chunk)
            count += chunk.count(b"\n")
            last = chunk[-1:]
    return digest.hexdigest()[:16], count + (last != b"\n")


def read_lines(path: Path) -> Iterator[Line | BadLine]:
    """The file's lines in order, one in memory at a time."""
    with _opened(path) as file:
        number = 0
        while raw := file.readline(_LINE_BYTES_MAX):
            number += 1
            if not raw.endswith(b"\n") and len(raw) == _LINE_BYTES_MAX:
                while (rest := file.readline(_LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
                    continue
                yield BadLine(number, f"longer than {_LINE_BYTES_MAX} bytes")
            else:
                yield parse(number, raw)


def parse(number: int, raw: bytes) -> Line | BadLine:
    """One line as a checkout, or why it is none."""
    if not raw.strip():
        return BadLine(number, "empty")
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return BadLine(number, "not JSON")
    if not isinstance(fields, dict):
        return BadLine(number, "not a JSON object")
    try:
        return _line(number, fields)
    except _Bad as bad:
        return BadLine(number, str(bad))


def _line(number: int, fields: dict[str, Any]) -> Line:
    orders = fields.get("orders")
    if not isinstance(orders, list) or not 1 <= len(orders) <= _ORDERS_MAX:
        raise _Bad(f"orders: 1 to {_ORDERS_MAX} of them")
    parts = tuple(_order(place, order) for place, order in enumerate(orders))
    if len({part.order_id for part in parts}) != len(parts):
        raise _Bad("orders: an order_id stands twice")
    method = fields.get("method")
    if method not in METHODS:
        raise _Bad(f"method: one of {', '.join(METHODS)}")
    country = fields.get("buyer_country")
    return Line(
        number=number,
        checkout_id=_text(fields, "checkout_id", _ID),
        buyer_id=_text(fields, "buyer_id", _ID),
        buyer_country=None if country is None else _text(fields, "buyer_country", _COUNTRY),
        currency=_text(fields, "currency", _CURRENCY),
        method=method,
        orders=parts,
    )


def _order(place: int, fields: object) -> Order:
    at = f"orders.{place}."
    if not isinstance(fields, dict):
        raise _Bad(f"{at[:-1]}: not an object")
    amount = fields.get("amount")
    if type(amount) is not int or amount <= 0:
        raise _Bad(f"{at}amount: a whole number of minor units above zero")
    return Order(
        order_id=_text(fields, "order_id", _ID, at),
        seller_id=_text(fields, "seller_id", _ID, at),
        amount=amount,
    )


def _text(fields: dict[str, Any], name: str, pattern: re.Pattern[str], at: str = "") -> str:
    if name not in fields:
        raise _Bad(f"{at}{name}: missing")
    text = fields[name]
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise _Bad(f"{at}{name}: must match {pattern.pattern}")
    return text


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's text as bytes, unpacked on the way if it is packed."""
    try:
        with path.open("rb") as plain:
            is_packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            if not is_packed:
                yield plain
                return
            with gzip.open(plain) as unpacked:
                yield unpacked  # type: ignore[misc]
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise LocalFailure(f"{path} is a damaged gzip file: {broken}") from broken
    except OSError as problem:
        raise LocalFailure(f"cannot read {path}: {problem.strerror}") from problem
