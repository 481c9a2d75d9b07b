import pytest
from hypothesis import given

from countinghouse.domain.close import month_after
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeTax
from countinghouse.domain.invoice import (
    Paper,
    PaperKind,
    draw_papers,
    issue,
    number_of,
)
from countinghouse.domain.statement import Statement
from tests.builders import NOW
from tests.months import CURRENCIES, Story, moved, stories
from tests.unit.core.domain.test_statement import drawn

INVOICE, CREDIT = PaperKind.INVOICE, PaperKind.CREDIT_NOTE


def of(story: Story, month: str) -> tuple[Paper, ...]:
    statement = drawn(story, month)
    assert isinstance(statement, Statement)
    return draw_papers(statement)


def test_an_invoice_has_a_line_per_order_with_fee_and_tax() -> None:
    story = Story()
    for order in ("o1", "o2"):
        story.capture(order)
        story.release(order)

    (invoice,) = of(story, "2026-09")

    assert invoice.kind is INVOICE
    assert [(line.reference, line.fee_minor, line.tax_minor) for line in invoice.lines] == [
        ("o1", 100, 19),
        ("o2", 100, 19),
    ]
    assert (invoice.fee_minor, invoice.tax_minor, invoice.total_minor) == (200, 38, 238)


def test_a_fee_given_back_in_the_same_month_nets_on_its_line() -> None:
    story = Story()
    story.capture("o1")
    story.release("o1")
    story.refund("o1")

    (invoice,) = of(story, "2026-09")

    assert [(line.fee_minor, line.tax_minor) for line in invoice.lines] == [(50, 10)]


def test_a_fee_given_back_after_the_close_is_a_credit_note() -> None:
    story = Story()
    story.capture("o1")
    story.release("o1")
    story.go_to("2026-10-03").close("2026-09")
    story.refund("o1", days_ago=5)
    story.capture("o2")
    story.release("o2")

    invoice, credit = of(story, "2026-10")

    assert [line.reference for line in invoice.lines] == ["o2"]
    assert credit.kind is CREDIT
    assert [(c.reference, c.fee_minor, c.tax_minor) for c in credit.lines] == [("o1", 50, 9)]


def test_without_a_fee_there_is_no_document() -> None:
    story = Story()
    story.capture("o1")
    story.capture("o2")
    story.release("o2", fee=0, tax=0)
    story.capture("o3")
    story.release("o3")
    story.refund("o3", minor=1_000, fee=100, tax=19)

    assert of(story, "2026-09") == ()
    with pytest.raises(Invalid, match="no document"):
        Paper(INVOICE, "s1", "EUR", "2026-09", ())


@pytest.mark.parametrize(("fee", "kind"), [(10, INVOICE), (-10, CREDIT)])
def test_a_fee_and_a_tax_that_were_corrected_apart_are_on_one_document(
    fee: int, kind: PaperKind
) -> None:
    story = Story()
    moves = {"platform_fee_revenue": -fee, "fee_tax_payable": fee // 2}
    for account, minor in moves.items():
        legs = {account: minor, "adjustments": -minor}
        story.tell(moved(account, "o1", legs, story.now, story.now))

    (paper,) = of(story, "2026-09")

    assert paper.kind is kind
    assert [(line.fee_minor, line.tax_minor) for line in paper.lines] == [(10, -5)]


@given(stories())
def test_documents_come_to_exactly_the_fees_of_the_statement(story: Story) -> None:
    for code in CURRENCIES:
        month = "2026-06"
        while month <= "2027-12":
            statement = drawn(story, month, code)
            papers = draw_papers(statement) if statement else ()
            signed = [(1 if paper.kind is INVOICE else -1, paper) for paper in papers]
            fees = sum(sign * paper.fee_minor for sign, paper in signed)
            taxes = sum(sign * paper.tax_minor for sign, paper in signed)
            assert (fees, taxes) == (
                (statement.fee_minor, statement.tax_minor) if statement else (0, 0)
            )
            assert all(line.fee_minor > 0 for paper in papers for line in paper.lines)
            month = month_after(month)


def papers() -> tuple[Paper, ...]:
    story = Story()
    story.capture("o1")
    story.release("o1")
    story.go_to("2026-10-03").close("2026-09")
    story.refund("o1")
    story.capture("o2")
    story.release("o2")
    return of(story, "2026-10")


def test_numbers_go_on_from_those_that_are_taken() -> None:
    issued = issue(papers(), 41, NOW, "The Platform")

    assert [row.number for row in issued] == ["s1-000042", "s1-000043"]
    assert [row.kind for row in issued] == [INVOICE, CREDIT]
    assert number_of("s_long", 1_234_567) == "s_long-1234567"


def test_a_row_covers_its_paper_and_no_other() -> None:
    invoice, credit = papers()
    row, _ = issue(papers(), 0, NOW, "The Platform")
    dearer = Paper(INVOICE, "s1", "EUR", "2026-10", (*invoice.lines, *invoice.lines))

    assert row.covers(invoice)
    assert not row.covers(credit)
    assert not row.covers(dearer)


def test_a_document_says_what_its_lines_come_to_by_tax_rule() -> None:
    story = Story()
    for order in ("o1", "o2", "o3", "o4"):
        story.capture(order)
        story.release(order)
    statement = drawn(story, "2026-09")
    assert statement is not None
    france = FeeTax("fr-v1", "FR", 0, reverse_charge=True)
    germany = FeeTax("de-v1", "DE", 1_900)

    (invoice,) = draw_papers(statement, {"o1": germany, "o2": france, "o3": germany})

    assert [line.tax_rule for line in invoice.lines] == [germany, france, germany, None]
    assert [(one.rule, one.fee_minor, one.tax_minor) for one in invoice.tax_sums()] == [
        (germany, 200, 38),
        (france, 100, 19),
    ]
