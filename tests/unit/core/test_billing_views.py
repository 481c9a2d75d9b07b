"""The bytes of statements and packs: always the same, and safe in a spreadsheet."""

import csv
import hashlib
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given

from countinghouse.billing_views import (
    STATEMENT_COLUMNS,
    aged_csv,
    canonical_json,
    digest_of,
    fees_csv,
    joined_csv,
    pack_view,
    statement_list,
    statement_view,
    statements_csv,
)
from countinghouse.domain.accounts import BUCKETS
from countinghouse.domain.close_pack import draw_pack
from countinghouse.domain.fees import FeeTax
from countinghouse.domain.invoice import draw_papers, issue
from countinghouse.domain.money import Money
from countinghouse.domain.statement import NOTHING, Statement, StatementLine
from tests.builders import NOW
from tests.months import Story, stories
from tests.unit.core.domain.test_statement import drawn


def september(*orders: str) -> tuple[Story, Statement]:
    story = Story()
    for order in orders:
        story.capture(order)
        story.release(order)
    story.go_to("2026-10-03").close("2026-09")
    statement = drawn(story, "2026-09")
    assert statement is not None
    return story, statement


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_json_is_canonical() -> None:
    assert canonical_json({"b": 1, "a": {"d": "é", "c": []}}) == (
        '{"a":{"c":[],"d":"é"},"b":1}\n'.encode()
    )


def test_a_statement_says_what_it_is() -> None:
    story, statement = september("o1")
    papers = draw_papers(statement)
    issued = issue(papers, 0, story.now, "The Platform")

    view = statement_view(statement, list(zip(issued, papers, strict=True)), story.now)

    assert (view["status"], view["closed_at"]) == ("closed", "2026-10-03T00:00:00.000Z")
    assert view["documents"][0]["number"] == "s1-000001"
    assert view["documents"][0]["total"] == 119
    said = {
        name: view[name] for name in view.keys() - {"status", "closed_at", "documents", "digest"}
    }
    assert view["digest"] == hashlib.sha256(canonical_json(said)).hexdigest()


def test_a_preliminary_statement_has_the_digest_of_the_final_one() -> None:
    story, statement = september("o1")

    view = statement_view(statement)

    assert (view["status"], view["documents"]) == ("preliminary", [])
    assert "closed_at" not in view
    assert view["digest"] == statement_view(statement, (), story.now)["digest"]


@given(stories())
def test_the_same_books_give_the_same_bytes(story: Story) -> None:
    statement, again = drawn(story, "2026-10"), drawn(story, "2026-10")
    if statement is None or again is None:
        return

    one, other = statement_view(statement), statement_view(again)

    assert canonical_json(one) == canonical_json(other)
    assert statements_csv([one]) == statements_csv([other])
    # What was stored and read back gives the same table too.
    assert statements_csv([json.loads(canonical_json(one))]) == statements_csv([one])


@given(stories())
def test_the_table_ties_as_the_statement_does(story: Story) -> None:
    statement = drawn(story, "2026-10")
    if statement is None:
        return

    rows = table(statements_csv([statement_view(statement)]))

    assert (rows[0]["record"], rows[-1]["record"]) == ("opening", "closing")
    for bucket in BUCKETS:
        moves = sum(int(row[bucket]) for row in rows[1:-1])
        assert int(rows[0][bucket]) + moves == int(rows[-1][bucket])
    assert sum(int(row["fee"]) for row in rows[1:-1]) == int(rows[-1]["fee"])


def test_the_table_is_rfc_4180() -> None:
    _, statement = september('a "quoted", name')

    content = statements_csv([statement_view(statement)])

    lines = content.split(b"\r\n")
    assert lines[0] == ",".join(STATEMENT_COLUMNS).encode()
    assert lines[-1] == b""
    assert b'"a ""quoted"", name"' in content
    assert content.count(b"\n") == content.count(b"\r\n")


@pytest.mark.parametrize("order", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_compute_is_disarmed(order: str) -> None:
    _, statement = september(order)

    rows = table(statements_csv([statement_view(statement)]))

    assert {row["reference"] for row in rows[1:-1]} == {f"'{order}"}
    assert rows[2]["pending"] == "-1000", "a number stays one"


def test_documents_add_up_in_the_table() -> None:
    story, _ = september("o1")
    story.refund("o1")
    story.capture("o2")
    story.release("o2")
    statement = drawn(story, "2026-10")
    assert statement is not None
    papers = draw_papers(statement)
    issued = issue(papers, 7, story.now, "The Platform")

    rows = table(
        statements_csv([statement_view(statement, list(zip(issued, papers, strict=True)))])
    )

    papered = [row for row in rows if row["document"]]
    assert [(row["record"], row["document"], row["fee"]) for row in papered] == [
        ("invoice_line", "s1-000008", "100"),
        ("credit_note_line", "s1-000009", "-50"),
    ]
    closing = next(row for row in rows if row["record"] == "closing")
    assert sum(int(row["fee"]) for row in papered) == int(closing["fee"])


def test_stored_statements_are_listed_byte_for_byte() -> None:
    _, statement = september("o1")
    stored = canonical_json(statement_view(statement))

    listed = statement_list("s1", "2026-09", "closed", [stored, stored])

    assert listed == canonical_json(json.loads(listed))
    assert listed.count(stored.rstrip(b"\n")) == 2
    assert json.loads(statement_list("}", "2026-09", "closed", []))["seller_id"] == "}"


def test_tables_are_joined_under_one_header() -> None:
    _, statement = september("o1")
    stored = statements_csv([statement_view(statement)])

    both = joined_csv([stored, stored])

    assert len(table(both)) == 2 * len(table(stored))
    assert joined_csv([stored]) == stored
    assert table(joined_csv([])) == []


def test_a_pack_is_shown_with_its_tables() -> None:
    story, _ = september("=o1", "o2")
    pack = draw_pack("2026-09", story.told, story.closes, story.now)

    view = pack_view(pack)

    assert view["trial_balance"]["EUR"]["total"] == 0
    clearing = view["clearing"]["EUR"]["psp_receivable:sandbox"]
    assert clearing["residual"] == sum(clearing["amounts"].values()) == 2_000
    assert view["fees"] == [{"owner": "seller:s1", "currency": "EUR", "fee": 200, "tax": 38}]
    assert [row["reference"] for row in table(aged_csv(pack))] == ["'=o1", "o2"]
    assert table(fees_csv(pack)) == [
        {"owner": "seller:s1", "currency": "EUR", "fee": "200", "tax": "38"}
    ]
    assert digest_of(drawn(story, "2026-09"))  # type: ignore[arg-type]


def test_a_document_shows_rate_and_country_of_its_tax() -> None:
    story, statement = september("o1")
    rule = FeeTax("fr-v1", "FR", 0, reverse_charge=True)
    papers = draw_papers(statement, {"o1": rule})
    issued = issue(papers, 0, story.now, "The Platform")

    (document,) = statement_view(statement, list(zip(issued, papers, strict=True)))["documents"]

    assert document["taxes"] == [
        {
            "rule_id": "fr-v1",
            "country": "FR",
            "basis_points": 0,
            "reverse_charge": True,
            "fee": 100,
            "tax": 19,
        }
    ]


def test_a_document_without_tax_rules_is_as_it_was() -> None:
    story, statement = september("o1")
    papers = draw_papers(statement)
    issued = issue(papers, 0, story.now, "The Platform")

    (document,) = statement_view(statement, list(zip(issued, papers, strict=True)))["documents"]

    assert "taxes" not in document


def test_a_line_says_what_a_payout_sent_in_another_currency() -> None:
    plain = StatementLine(NOW, NOW, "jrn_1", "payout_paid", "po_1", NOTHING)
    one = Statement("s1", "EUR", "2026-11", NOTHING, NOTHING, (plain,))
    other = replace(one, lines=(replace(plain, sent=Money(5_530, "USD")),))

    line = statement_view(other)["lines"][0]

    assert (line["payout_amount"], line["payout_currency"]) == (5_530, "USD")
    assert "payout_amount" not in statement_view(one)["lines"][0]
    assert digest_of(one) != digest_of(other)
