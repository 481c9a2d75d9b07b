"""References as Adyen writes them, each made of the book's seed and a number."""

import hashlib
from collections.abc import Mapping
from typing import Final

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.face import Noun
from tools.sandbox_psp.wire import Request

_LENGTH: Final = 16
# What goes before the sixteen characters of an object that has more of them.
_PREFIXES: Final[Mapping[Noun, str]] = {
    "session": "CS",
    "client_secret": "Ab02b4c0!",
    "bank_account": "SE",
    "event": "evt_",
}


def psp_reference(book: Book, name: str, number: int) -> str:
    """Sixteen capitals and digits; ``name`` keeps the series of different objects apart."""
    return book.token(f"{name}:", number).removeprefix(f"{name}:")[:_LENGTH].upper()


def reference(book: Book, noun: Noun, number: int) -> str:
    """The reference of an object of the engine; a payment's and a modification's has no prefix."""
    return _PREFIXES.get(noun, "") + psp_reference(book, noun, number)


def of_request(book: Book, request: Request) -> str:
    """The reference of a call that failed; the same call again has the same one."""
    parts = (request.method, request.path, request.query, request.header("idempotency-key") or "")
    digest = hashlib.sha256("|".join(parts).encode() + request.body).hexdigest()
    return psp_reference(book, digest, 0)
