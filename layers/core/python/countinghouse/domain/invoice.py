"""What the platform bills a seller for: an invoice for its fees, a credit note for fees given back.

An order's fee counts as a whole over the month: what it was charged less what was given back.
Above zero it is a line of the invoice; below zero, because the order was invoiced in a month that
is closed, it is a line of a credit note. A month without either has no document.

Numbers are one gapless series per seller, `s1-000001`, over invoices, credit notes and currencies.
EU law asks for "a sequential number, based on one or more series, which uniquely identifies the
invoice" (directive 2006/112/EC, art. 226 point 2); a series per seller needs no counter that all
sellers share (docs/decisions/0011-billing.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.close import Month
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeTax
from countinghouse.domain.instants import Instant
from countinghouse.domain.statement import Balances, Statement
from countinghouse.records import dataclass

NUMBER_DIGITS = 6


class PaperKind(StrEnum):
    """The kinds of document."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One order: fee and tax, both as the document counts them (a credit note counts back).

    `tax_rule` is what the order's tax was frozen under; None where its fee rule's own rate held.
    """

    reference: str
    fee_minor: int
    tax_minor: int
    tax_rule: FeeTax | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or credit note before it has its number. Raises Invalid when it says nothing."""

    kind: PaperKind
    seller_id: str
    currency: str
    month: Month
    lines: tuple[PaperLine, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise Invalid("no fee, no document")

    @property
    def fee_minor(self) -> int:
        """The document's net amount."""
        return sum(line.fee_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax on it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What it comes to."""
        return self.fee_minor + self.tax_minor

    def tax_sums(self) -> tuple[TaxSum, ...]:
        """Fee and tax by tax rule, for the lines that have one.

        An invoice states "the taxable amount per rate" (directive 2006/112/EC, art. 226 point 8).
        """
        sums: dict[FeeTax, TaxSum] = {}
        for line in self.lines:
            if line.tax_rule is not None:
                so_far = sums.get(line.tax_rule, TaxSum(line.tax_rule, 0, 0))
                sums[line.tax_rule] = TaxSum(
                    line.tax_rule,
                    so_far.fee_minor + line.fee_minor,
                    so_far.tax_minor + line.tax_minor,
                )
        return tuple(sums.values())


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What a document's lines under one tax rule come to."""

    rule: FeeTax
    fee_minor: int
    tax_minor: int


NO_RULES: Mapping[str, FeeTax] = MappingProxyType({})


def draw_papers(statement: Statement, taxes: Mapping[str, FeeTax] = NO_RULES) -> tuple[Paper, ...]:
    """The documents that a statement's fees call for: at most an invoice and a credit note.

    `taxes` are the rules that orders' taxes were frozen under, by order.
    """
    fees: dict[str, tuple[int, int]] = {}
    for line in statement.lines:
        fee, tax = fees.get(line.reference, (0, 0))
        fees[line.reference] = (fee + line.fee_minor, tax + line.tax_minor)
    charged = [
        PaperLine(ref, fee, tax, taxes.get(ref))
        for ref, (fee, tax) in fees.items()
        if (fee, tax) > (0, 0)
    ]
    returned = [
        PaperLine(ref, -fee, -tax, taxes.get(ref))
        for ref, (fee, tax) in fees.items()
        if (fee, tax) < (0, 0)
    ]
    return tuple(
        Paper(kind, statement.seller_id, statement.currency, statement.month, tuple(lines))
        for kind, lines in ((PaperKind.INVOICE, charged), (PaperKind.CREDIT_NOTE, returned))
        if lines
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """A document's row in the register: its number and what was billed under it."""

    number: str
    kind: PaperKind
    currency: str
    month: Month
    fee_minor: int
    tax_minor: int
    issued_at: Instant
    issuer: str

    def covers(self, paper: Paper) -> bool:
        """Whether this is the document of that paper, amounts included."""
        mine = (self.kind, self.currency, self.month, self.fee_minor, self.tax_minor)
        return mine == (paper.kind, paper.currency, paper.month, paper.fee_minor, paper.tax_minor)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A statement's row in the register: what it came to, and the hash of what it says."""

    currency: str
    month: Month
    closing: Balances
    digest: str


@dataclass(frozen=True, slots=True)
class Bill:
    """All that was registered for one seller and month: statements by currency, documents.

    A bill may be empty: then the seller had nothing to be told.
    """

    drawn: tuple[Drawn, ...] = ()
    papers: tuple[Issued, ...] = ()


def number_of(seller_id: str, place: int) -> str:
    """The seller's document number at a place of the series, the first being 1."""
    return f"{seller_id}-{place:0{NUMBER_DIGITS}d}"


def issue(papers: Sequence[Paper], taken: int, issued_at: Instant, issuer: str) -> list[Issued]:
    """The papers under the next numbers of their seller's series, after `taken` numbers."""
    return [
        Issued(
            number=number_of(paper.seller_id, taken + place),
            kind=paper.kind,
            currency=paper.currency,
            month=paper.month,
            fee_minor=paper.fee_minor,
            tax_minor=paper.tax_minor,
            issued_at=issued_at,
            issuer=issuer,
        )
        for place, paper in enumerate(papers, start=1)
    ]
