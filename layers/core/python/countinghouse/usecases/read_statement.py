"""A seller's statement of a month: the stored bytes, or a preliminary one drawn on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from countinghouse.billing_views import (
    CLOSED,
    PRELIMINARY,
    canonical_json,
    joined_csv,
    statement_list,
    statement_view,
    statements_csv,
)
from countinghouse.domain.close import Month
from countinghouse.domain.errors import IllegalTransition, Invalid, NotFound, Rejected, Unavailable
from countinghouse.ports.billing import BillRegister, CloseBook, DocumentStore
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.records import dataclass
from countinghouse.statements import document_key, draw_statements

JOURNALS_MAX = 2_000
"""What a caller waits for: about ten seconds of reading, one journal after the other."""

BYTES_MAX = 4 * 1024 * 1024
"""What fits one answer of a function, whatever it is wrapped in."""


class Format(StrEnum):
    """How a statement can be had."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statement, and how; every currency when none is named."""

    seller_id: str
    month: Month
    format: Format = Format.JSON
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where statements are found: bills and their documents, else the books."""

    closes: CloseBook
    register: BillRegister
    documents: DocumentStore
    ledger: Ledger
    journals: Journals


def read_statement(wanted: Wanted, shelf: Shelf) -> bytes:
    """The statement as bytes of the wanted format.

    Raises IllegalTransition with `not_closed` for the PDF of a month that is not closed and billed,
    NotFound for a PDF where there is no statement, Invalid for a PDF of several currencies at once,
    Unavailable while a billed statement is still being stored, Rejected with `statement_too_long`
    for one that does not fit an answer.
    """
    content = _content(wanted, shelf)
    if len(content) > BYTES_MAX:
        raise Rejected(
            "the statement is too long for one answer; once billed it is in the documents bucket",
            code="statement_too_long",
        )
    return content


def _content(wanted: Wanted, shelf: Shelf) -> bytes:
    bill = shelf.register.bill(wanted.seller_id, wanted.month)
    if bill is not None:
        currencies = sorted(drawn.currency for drawn in bill.drawn)
        return _stored(wanted, [c for c in currencies if wanted.currency in (None, c)], shelf)
    return _drawn(wanted, shelf)


def _stored(wanted: Wanted, currencies: Sequence[str], shelf: Shelf) -> bytes:
    if wanted.format is Format.PDF:
        if not currencies:
            raise NotFound(f"{wanted.seller_id} has no statement for {wanted.month}")
        if len(currencies) > 1:
            raise Invalid(
                f"one PDF is of one currency: name one of {', '.join(currencies)}",
                field="currency",
            )
    found = [_document(wanted, currency, shelf.documents) for currency in currencies]
    match wanted.format:
        case Format.PDF:
            return found[0]
        case Format.CSV:
            return joined_csv(found)
        case _:
            return statement_list(wanted.seller_id, wanted.month, CLOSED, found)


def _document(wanted: Wanted, currency: str, documents: DocumentStore) -> bytes:
    key = document_key(wanted.seller_id, wanted.month, currency, wanted.format)
    content = documents.read(key)
    if content is None:
        raise Unavailable("the statement is billed and still being stored")
    return content


def _drawn(wanted: Wanted, shelf: Shelf) -> bytes:
    """A statement drawn now: preliminary, until the month is closed and billed."""
    if wanted.format is Format.PDF:
        raise IllegalTransition(
            f"{wanted.month} is not closed and billed: JSON and CSV show it as it stands",
            code="not_closed",
        )
    closes = shelf.closes.closes()
    drawn = draw_statements(
        wanted.seller_id, wanted.month, closes, shelf.ledger, shelf.journals, JOURNALS_MAX
    )
    shown = [statement for statement in drawn if wanted.currency in (None, statement.currency)]
    views = [statement_view(statement) for statement in shown]
    if wanted.format is Format.CSV:
        return statements_csv(views)
    stored = map(canonical_json, views)
    return statement_list(wanted.seller_id, wanted.month, PRELIMINARY, stored)
