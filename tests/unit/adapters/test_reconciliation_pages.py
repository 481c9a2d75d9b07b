"""The page and the table of a report: whole, harmless, and what the report says."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given, settings

from countinghouse.domain.run_report import BreakLine, RunFacts
from countinghouse.reconciliation_report import report
from countinghouse_aws.rendering.page_style import STYLE
from countinghouse_aws.rendering.reconciliation_pages import ROWS_MAX, breaks_csv, report_page
from tests.reconciliation_runs import A_RUN, runs

GOLDEN = Path(__file__).parent / "reconciliation_page.txt"
VOID = {"meta", "rect", "line"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "main", "p", "h1", "h2", "h3", "section"),
    *("dl", "div", "dt", "dd", "ul", "li", "span", "table", "thead", "tbody", "tfoot", "tr"),
    *("th", "td", "svg", "desc", "text", "rect", "line"),
}


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(content.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"] and data.strip():
            self.texts.append(data.strip())

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.attributes if known == name]


def page_of(run: RunFacts) -> Page:
    return Page(report_page(report(run)))


def test_a_page_says_what_it_has_always_said() -> None:
    said = "\n".join(page_of(A_RUN).texts)

    # Changed on purpose? Look at it first, then write `said` into the file.
    assert said == GOLDEN.read_text(encoding="utf-8").rstrip("\n")


def test_the_verdict_is_the_first_line() -> None:
    title, verdict, *_ = page_of(A_RUN).texts
    wrong = page_of(replace(A_RUN, trial_balance={"EUR": 5}))

    assert title == "Reconciliation sandbox 2026-11-22"
    assert verdict.startswith("psp_receivable:sandbox is explained")
    assert "agrees" in page_of(A_RUN).values("class")
    assert wrong.texts[1] == "THE BOOKS DO NOT SUM TO ZERO: EUR 0.05."
    assert "differs" in wrong.values("class")


def test_the_same_report_is_the_same_page() -> None:
    assert report_page(report(A_RUN)) == report_page(report(A_RUN))


@settings(max_examples=30)
@given(runs())
def test_whatever_stood_in_the_files_the_page_is_whole_and_harmless(run: RunFacts) -> None:
    page = page_of(run)

    assert page.names <= KNOWN
    assert not {name for name, _ in page.attributes} & {"src", "href", "style", "onload", "onclick"}
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {part for ref in page.values("aria-labelledby") for part in ref.split()} <= set(ids)


def test_the_page_needs_nothing_from_elsewhere_and_may_load_nothing() -> None:
    content = report_page(report(A_RUN)).decode()

    assert not re.search(r"https?:|url\(|@import|<script|<link", content)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page_of(A_RUN).values("content")


def test_an_empty_run_has_a_page() -> None:
    empty = RunFacts("rec_1", "sandbox", "2026-11-22", 0, 0, {})

    assert "There are none." in page_of(empty).texts


def test_a_long_list_of_breaks_is_cut_and_says_so() -> None:
    many = tuple(
        BreakLine(f"brk_{number}", "TIMING", "expected", "o", "EUR", 0, 0)
        for number in range(ROWS_MAX + 50)
    )
    run = replace(A_RUN, breaks=many)

    texts = page_of(run).texts

    assert sum(text.startswith("brk_") for text in texts) == ROWS_MAX
    assert texts[-1] == "200 of 250; the table of breaks has all of them."
    assert breaks_csv(report(run)).count(b"\r\n") == ROWS_MAX + 51


def test_the_table_of_breaks() -> None:
    assert breaks_csv(report(A_RUN)).decode().split("\r\n")[:3] == [
        "break_id,code,status,order_id,currency,residual,age_days,rule",
        "brk_old,AMOUNT_UNDER,open,ord_2,EUR,100,20,",
        "brk_two,CURRENCY_MISMATCH,pending_approval,ord_3,EUR,500,9,",
    ]


@given(runs())
def test_no_cell_of_the_table_computes_and_its_residuals_are_the_reports(run: RunFacts) -> None:
    content = breaks_csv(report(run)).decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))

    assert sum(int(row["residual"]) for row in rows) == sum(b.residual_minor for b in run.breaks)
    for row in rows:
        texts = [row[name] for name in ("break_id", "code", "status", "order_id", "rule")]
        assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for text in texts)


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_and_bars_stand_out_by_day_and_by_night() -> None:
    by_day, by_night = STYLE.split("@media (prefers-color-scheme:dark)")
    for style in (by_day, by_night.split("*{")[0]):
        colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", style))
        for ground in ("page", "shade"):
            assert contrast(colours["ink"], colours[ground]) >= 7
            assert contrast(colours["quiet"], colours[ground]) >= 4.5
        for said in ("good", "bad"):
            assert contrast(colours["on"], colours[said]) >= 4.5
        for bar in ("open", "expected", "auto", "resolved", "whole", "bad"):
            assert contrast(colours[bar], colours["page"]) >= 3
