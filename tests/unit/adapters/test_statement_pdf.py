"""What the printer prints: the same bytes for the same statement, and everything that is in it."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from pypdf import PdfReader

from countinghouse.billing_views import canonical_json, statement_view
from countinghouse.domain.invoice import draw_papers, issue
from countinghouse_aws.rendering.amounts import amount
from countinghouse_aws.rendering.statement_pdf import statement_pdf
from tests.months import Story
from tests.unit.core.domain.test_statement import drawn
from tools.source_path import LAYERS

ISSUER = "The Platform SE\nMarket Street 1\nVAT EU123"


def october(orders: int = 2) -> dict[str, Any]:
    """A stored statement with an invoice and a credit note."""
    story = Story()
    story.capture("o1")
    story.release("o1")
    story.go_to("2026-10-03").close("2026-09")
    story.refund("o1")
    for number in range(orders):
        story.capture(f"new_{number}", 123_456)
        story.release(f"new_{number}", 123_456, 12_345, 2_346)
    statement = drawn(story, "2026-10")
    assert statement is not None
    papers = draw_papers(statement)
    issued = issue(papers, 41, story.now, ISSUER)
    view = statement_view(statement, list(zip(issued, papers, strict=True)), story.now)
    found: dict[str, Any] = json.loads(canonical_json(view))
    return found


def words(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def test_the_same_statement_gives_the_same_bytes() -> None:
    view = october()

    assert statement_pdf(view) == statement_pdf(json.loads(json.dumps(view)))


def test_another_process_on_another_day_prints_the_same_bytes() -> None:
    view = october()
    script = (
        "import json, sys, hashlib\n"
        "from countinghouse_aws.rendering.statement_pdf import statement_pdf\n"
        "print(hashlib.sha256(statement_pdf(json.load(sys.stdin))).hexdigest())\n"
    )

    hashes = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(view),
            env={"PYTHONPATH": ":".join(map(str, LAYERS)), "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima"))
    }

    assert len(hashes) == 1


def test_it_says_what_the_statement_says() -> None:
    view = october()

    pages = words(statement_pdf(view))

    first = pages[0]
    for said in ("Statement of account", "s1", "2026-10", "EUR", "Balances", "Bookings by kind"):
        assert said in first
    assert f"Available 8.81 {amount(view['closing']['available'] - 881, 'EUR')}" in first
    bookings = pages[1]
    for line in view["lines"]:
        assert line["reference"] in bookings
    invoice, credit = pages[-2], pages[-1]
    assert "Invoice" in invoice
    assert "s1-000042" in invoice
    assert "Total 246.90 19.00 % 46.92 293.82" in invoice
    assert "The Platform SE Market Street 1 VAT EU123" in invoice
    assert "Credit note" in credit
    assert "s1-000043" in credit
    assert "o1 0.50 0.09 0.59" in credit


def test_every_page_has_its_number() -> None:
    pages = words(statement_pdf(october(60)))

    assert len(pages) > 4
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
    assert all("Date Booking Reference" in page for page in pages[1:4]), "the head is repeated"


def test_a_statement_without_journals_is_one_page() -> None:
    view = {**october(), "lines": [], "documents": [], "totals": {}, "fee": 0, "tax": 0}

    assert len(words(statement_pdf(view))) == 1


@pytest.mark.parametrize("order", ["<b>bold</b>&amp;<i>x</i>", "x" * 64, "日本", "a\nb"])
def test_any_reference_is_printed_and_nothing_in_it_is_markup(order: str) -> None:
    view = october()
    for line in view["lines"]:
        line["reference"] = order
    for paper in view["documents"]:
        paper["lines"][0]["reference"] = order

    content = statement_pdf(view)

    assert content == statement_pdf(view)
    if order.startswith("<"):
        assert order in words(content)[1]


def test_its_facts_are_fixed() -> None:
    facts = PdfReader(io.BytesIO(statement_pdf(october()))).metadata

    assert facts is not None
    assert facts.title == "Statement 2026-10 s1 EUR"
    assert facts.author == "The Platform SE"
    assert facts.creation_date is not None
    assert facts.creation_date.year == 2000


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (0, "EUR", "0.00"),
        (5, "EUR", "0.05"),
        (-123_456_789, "EUR", "-1,234,567.89"),
        (1_234, "JPY", "1,234"),
        (-1, "KWD", "-0.001"),
        (1_234_567, "UYW", "123.4567"),
    ],
)
def test_amounts_are_shown_in_major_units(minor: int, currency: str, shown: str) -> None:
    assert amount(minor, currency) == shown


def test_an_invoice_names_country_rate_and_a_reverse_charge() -> None:
    view = october()
    shared = {"rule_id": "r", "fee": 24_690, "tax": 4_692}
    view["documents"][0]["taxes"] = [
        {**shared, "country": "DE", "basis_points": 1_900, "reverse_charge": False},
        {**shared, "country": "FR", "basis_points": 0, "reverse_charge": True, "tax": 0},
    ]

    pages = words(statement_pdf(view))

    assert any("DE 19.00 % 246.90 46.92" in page for page in pages)
    assert any("FR Reverse charge 246.90 0.00" in page for page in pages)
    assert not any("Reverse charge" in page for page in words(statement_pdf(october())))
