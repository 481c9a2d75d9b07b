"""A stored statement as a PDF: balances, totals, every journal, then invoice and credit note."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, NextPageTemplate, PageBreak, Spacer

from countinghouse.domain.accounts import BUCKETS
from countinghouse_aws.rendering.amounts import amount
from countinghouse_aws.rendering.pages import (
    HEADING,
    LANDSCAPE,
    PORTRAIT,
    QUIET,
    TITLE,
    facts,
    grid,
    printed,
    text,
)

_TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}
_BUCKET_NAMES = [bucket.replace("_", " ").capitalize() for bucket in BUCKETS]
_SHARE = 10_000
_REVERSED = "Reverse charge"
"""The words of directive 2006/112/EC, art. 226 point 11a."""


def statement_pdf(view: dict[str, Any]) -> bytes:
    """The PDF of a statement as it is stored."""
    story: list[Flowable] = [*_summary(view), *_journals(view)]
    for paper in view["documents"]:
        story += [NextPageTemplate(PORTRAIT), PageBreak(), *_paper(paper)]
    return printed(
        story,
        title=f"Statement {view['month']} {view['seller_id']} {view['currency']}",
        author=view["documents"][0]["issuer"].partition("\n")[0] if view["documents"] else "",
        foot=f"{view['seller_id']} · {view['month']} · {view['currency']} · {view['digest']}",
    )


def _summary(view: dict[str, Any]) -> list[Flowable]:
    code = view["currency"]
    opening, closing = view["opening"], view["closing"]
    balances = [
        [
            name,
            amount(opening[bucket], code),
            amount(closing[bucket] - opening[bucket], code),
            amount(closing[bucket], code),
        ]
        for bucket, name in zip(BUCKETS, _BUCKET_NAMES, strict=True)
    ]
    totals = [
        [_words(kind), str(total["count"]), amount(total["fee"], code), amount(total["tax"], code)]
        for kind, total in view["totals"].items()
    ]
    sums = [
        "Total",
        str(len(view["lines"])),
        amount(view["fee"], code),
        amount(view["tax"], code),
    ]
    return [
        text("Statement of account", TITLE),
        Spacer(1, 4 * mm),
        facts(
            [
                ("Seller", view["seller_id"]),
                ("Month", f"{view['month']} (UTC)"),
                ("Currency", code),
                ("Closed", view.get("closed_at", "not closed: preliminary")),
            ]
        ),
        text("Balances", HEADING),
        grid(["", "Opening", "Change", "Closing"], balances, (60, 38, 38, 38)),
        text("Bookings by kind", HEADING),
        grid(["Kind", "Bookings", "Fee", "Tax"], [*totals, sums], (60, 38, 38, 38), totals=1),
        Spacer(1, 4 * mm),
        text(
            "Opening balances and the bookings on the following pages add up to the closing "
            "balances. Debt is what the seller owes. Fees and taxes below zero were given back.",
            QUIET,
        ),
    ]


def _journals(view: dict[str, Any]) -> list[Flowable]:
    if not view["lines"]:
        return []
    code = view["currency"]
    rows = [
        [
            line["event_at"][:10],
            _words(line["kind"]),
            line["reference"],
            *(_moved(line["changes"][bucket], code) for bucket in BUCKETS),
            _moved(line["fee"], code),
            _moved(line["tax"], code),
        ]
        for line in view["lines"]
    ]
    sums = [amount(view["closing"][bucket] - view["opening"][bucket], code) for bucket in BUCKETS]
    total = ["Total", "", "", *sums, amount(view["fee"], code), amount(view["tax"], code)]
    head = ["Date", "Booking", "Reference", *_BUCKET_NAMES, "Fee", "Tax"]
    widths = (17, 34, 44, *[21] * len(BUCKETS), 19, 19)
    return [
        NextPageTemplate(LANDSCAPE),
        PageBreak(),
        text(f"Bookings in {code}", HEADING),
        Spacer(1, 2 * mm),
        grid(head, [*rows, total], widths, texts=3, totals=1),
    ]


def _paper(paper: dict[str, Any]) -> list[Flowable]:
    code = paper["currency"]
    rows = [
        [
            line["reference"],
            amount(line["fee"], code),
            "",
            amount(line["tax"], code),
            amount(line["total"], code),
        ]
        for line in paper["lines"]
    ]
    total = [
        "Total",
        amount(paper["fee"], code),
        _rate(paper["fee"], paper["tax"]),
        amount(paper["tax"], code),
        amount(paper["total"], code),
    ]
    what = "Platform fees" if paper["kind"] == "invoice" else "Platform fees given back"
    return [
        text(_TITLES[paper["kind"]], TITLE),
        Spacer(1, 4 * mm),
        facts(
            [
                ("Number", paper["number"]),
                ("Date of issue", paper["issued_at"][:10]),
                ("Issued by", paper["issuer"]),
                ("Issued to", f"Seller {paper['seller_id']}"),
                ("For", f"{what}, {paper['month']} (UTC)"),
                ("Currency", code),
            ]
        ),
        Spacer(1, 4 * mm),
        grid(
            ["Order", "Fee", "Effective rate", "Tax", "Total"],
            [*rows, total],
            (66, 27, 27, 27, 27),
            totals=1,
        ),
        *_taxes(paper.get("taxes", []), code),
        Spacer(1, 4 * mm),
        text(_settled(paper["kind"]), QUIET),
    ]


def _taxes(taxes: list[dict[str, Any]], code: str) -> list[Flowable]:
    """The document's tax by country and rate; the words that a reverse charge calls for."""
    if not taxes:
        return []
    rows = [
        [
            one["country"],
            _REVERSED if one["reverse_charge"] else _per_cent(one["basis_points"]),
            amount(one["fee"], code),
            amount(one["tax"], code),
        ]
        for one in taxes
    ]
    head = ["Country of the seller", "Rate of tax", "Taxable fees", "Tax"]
    return [Spacer(1, 4 * mm), grid(head, rows, (66, 54, 27, 27), texts=2)]


def _settled(kind: str) -> str:
    if kind == "invoice":
        return "Settled: the amount was kept back from the seller's balance. Nothing is to be paid."
    return "Settled: the amount was added to the seller's balance."


def _rate(fee: int, tax: int) -> str:
    """The tax as a share of the fees, in per cent: what it comes to after each order's rounding."""
    if fee <= 0:
        return ""
    return _per_cent((2 * tax * _SHARE + fee) // (2 * fee))


def _per_cent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02d} %"


def _moved(minor: int, currency: str) -> str:
    return amount(minor, currency) if minor else ""


def _words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()
