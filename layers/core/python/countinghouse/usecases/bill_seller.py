"""Bill a seller for a closed month: statements, document numbers, and both stored.

draw the statements -> register them with the next numbers, in one transaction -> store the bytes

A repeat draws the same, finds it registered, takes no number, and stores the same bytes again: that
mends a run that died in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from countinghouse.billing_views import (
    Papers,
    canonical_json,
    digest_of,
    statement_view,
    statements_csv,
)
from countinghouse.domain.close import Month, month_before
from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.fees import FeeTax
from countinghouse.domain.instants import Instant
from countinghouse.domain.invoice import Bill, Drawn, Paper, draw_papers, issue
from countinghouse.domain.statement import Statement
from countinghouse.ports.billing import BillRegister, CloseBook, DocumentStore
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.records import dataclass
from countinghouse.statements import document_key, draw_statements

RACES_MAX = 8
ORDERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Billing:
    """What billing works with.

    `orders` say under which tax rule their fees were frozen. `settle` is for how long after a close
    a booking that began before it may still be written, in milliseconds: nobody is billed earlier.
    `issuer` stands on the documents.
    """

    ledger: Ledger
    journals: Journals
    closes: CloseBook
    register: BillRegister
    documents: DocumentStore
    clock: Clock
    issuer: str
    settle: int
    orders: OrderBook


def bill_seller(seller_id: str, month: Month, billing: Billing) -> tuple[str, ...]:
    """Register and store the seller's statements of the month; return their currencies.

    Raises Unavailable before the month is closed and settled, Invalid when the books now say
    something else than what was registered, Conflict when others kept billing this seller.
    """
    closes = billing.closes.closes()
    closed_at = closes.closed_at(month)
    if closed_at is None or billing.clock.now() < closed_at + billing.settle:
        raise Unavailable(f"{month} is not closed and settled yet")
    statements = draw_statements(seller_id, month, closes, billing.ledger, billing.journals)
    _continue(seller_id, month, statements, billing.register)
    papers = [
        paper
        for statement in statements
        for paper in draw_papers(statement, _tax_rules(statement, billing.orders))
    ]
    bill = _registered(seller_id, month, statements, papers, closed_at, billing)
    for statement in statements:
        _store(statement, _numbered(statement.currency, papers, bill), closed_at, billing.documents)
    return tuple(statement.currency for statement in statements)


def _tax_rules(statement: Statement, orders: OrderBook) -> dict[str, FeeTax]:
    """The tax rules of the orders that a statement has a fee of, some hundred orders at a time."""
    charged = [line.reference for line in statement.lines if line.fee_minor or line.tax_minor]
    unique = list(dict.fromkeys(charged))
    found: dict[str, FeeTax] = {}
    for start in range(0, len(unique), ORDERS_AT_ONCE):
        page = orders.get_many(unique[start : start + ORDERS_AT_ONCE])
        rules = ((order_id, order.fee.tax) for order_id, order in page.items())
        found |= {order_id: rule for order_id, rule in rules if rule is not None}
    return found


def _continue(
    seller_id: str, month: Month, statements: Sequence[Statement], register: BillRegister
) -> None:
    """Check that the month opens with what the one before it closed with, where that was billed."""
    bill = register.bill(seller_id, month_before(month))
    before = {drawn.currency: drawn for drawn in bill.drawn} if bill else {}
    for statement in statements:
        known = before.get(statement.currency)
        if known is not None and dict(known.closing) != dict(statement.opening):
            raise Invalid(
                f"{seller_id} {statement.currency} opens {month} with {dict(statement.opening)}, "
                f"but was billed up to {dict(known.closing)}"
            )


def _registered(
    seller_id: str,
    month: Month,
    statements: Sequence[Statement],
    papers: Sequence[Paper],
    closed_at: Instant,
    billing: Billing,
) -> Bill:
    """The bill that is registered, else a new one under the next numbers."""
    drawn = tuple(Drawn(s.currency, s.month, s.closing, digest_of(s)) for s in statements)
    for _ in range(RACES_MAX):
        taken = billing.register.taken(seller_id)
        known = billing.register.bill(seller_id, month)
        if known is not None:
            _check_same(known, drawn, papers)
            return known
        bill = Bill(drawn, tuple(issue(papers, taken, closed_at, billing.issuer)))
        try:
            billing.register.register(seller_id, month, taken, bill)
        except Conflict:
            continue
        return bill
    raise Conflict(f"{seller_id} kept being billed for {month}")


def _check_same(known: Bill, drawn: Sequence[Drawn], papers: Sequence[Paper]) -> None:
    """Raise Invalid when the books now say something else than what was registered."""
    digests = {row.currency: row.digest for row in known.drawn}
    if digests != {row.currency: row.digest for row in drawn}:
        raise Invalid("the statements that were registered have other content than the books now")
    covered = sorted((row.currency, str(row.kind)) for row in known.papers)
    wanted = sorted((paper.currency, str(paper.kind)) for paper in papers)
    if covered != wanted or not all(
        any(row.covers(paper) for row in known.papers) for paper in papers
    ):
        raise Invalid("the documents that were issued have other amounts than the books now")


def _numbered(currency: str, papers: Sequence[Paper], bill: Bill) -> Papers:
    issued = {(row.currency, row.kind): row for row in bill.papers}
    return [(issued[currency, p.kind], p) for p in papers if p.currency == currency]


def _store(
    statement: Statement, papers: Papers, closed_at: Instant, documents: DocumentStore
) -> None:
    view = statement_view(statement, papers, closed_at)
    for suffix, content, media_type in (
        ("json", canonical_json(view), "application/json"),
        ("csv", statements_csv([view]), "text/csv; charset=utf-8"),
    ):
        key = document_key(statement.seller_id, statement.month, statement.currency, suffix)
        documents.write(key, content, media_type)
