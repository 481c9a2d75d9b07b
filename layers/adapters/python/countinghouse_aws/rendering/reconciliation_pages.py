"""A reconciliation report for people: a page that needs nothing but itself, and a table of breaks.

Both are made of the report as `countinghouse.reconciliation_report.report` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from countinghouse.reconciliation_report import STANDINGS
from countinghouse.tables import csv_table
from countinghouse_aws.rendering.amounts import amount
from countinghouse_aws.rendering.charts import Bar, Part, Step, bar_chart, sum_chart
from countinghouse_aws.rendering.markup import Markup, tag
from countinghouse_aws.rendering.page_parts import section, table, wide
from countinghouse_aws.rendering.page_style import CONTENT_POLICY, STYLE

BREAK_COLUMNS = (
    *("break_id", "code", "status", "order_id", "currency", "residual", "age_days", "rule"),
)
ROWS_MAX = 200
"""Breaks shown on the page; all of them are in the table."""

_STANDING_WORDS = {
    "open": "for a person",
    "expected": "may settle by itself",
    "auto_resolved": "resolved by a rule",
    "resolved": "resolved otherwise",
}
_STEPS = (
    ("not_due", "Not yet due", "step"),
    ("open_breaks", "Breaks not settled", "step"),
    ("unsettled_files", "Files not yet settled", "step"),
    ("unexplained", "Unexplained", "alarm"),
)

View = Mapping[str, Any]


def breaks_csv(view: View) -> bytes:
    """Every break of the report; amounts are minor units."""
    return csv_table(BREAK_COLUMNS, view["breaks"])


def report_page(view: View) -> bytes:
    """The report as one HTML page: no script, nothing from elsewhere, the same bytes always."""
    title = f"Reconciliation {view['psp']} {view['day']}"
    body = tag(
        "main",
        tag("p", view["verdict"], class_="agrees" if view["agrees"] else "differs", role="status"),
        tag("h1", title),
        tag("p", f"Run {view['run_id']}, as of {view['as_of']}", class_="quiet"),
        _counts(view["counts"]),
        _explained(view),
        _by_code(view["counts"]["by_code"]),
        _ageing(view["ageing"]),
        _totals(view["totals"]),
        _files(view["files"]),
        _rules(view["resolved_by_rule"]),
        _trial_balance(view["trial_balance"]),
        _breaks(view["breaks"]),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=CONTENT_POLICY),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', body), lang='en')}\n".encode()


def _counts(counts: View) -> Markup:
    shown = (
        ("Lines", counts["lines"]),
        ("Rejected", counts["rejects"]),
        ("Matched", counts["matched"]),
        ("Resolved by rules", counts["auto_resolved"]),
        ("Expected", counts["expected"]),
        ("Open", counts["open"]),
    )
    tiles = (tag("div", tag("dt", name), tag("dd", f"{count:,}")) for name, count in shown)
    return tag("dl", tiles, class_="tiles")


def _explained(view: View) -> Markup:
    parts = []
    for currency, told in view["explanation"].items():
        account = f"{view['account']} {currency}"
        steps = [
            Step(name, told[field], amount(told[field], currency), tone)
            for field, name, tone in _STEPS
        ]
        steps.append(
            Step("Balance", told["balance"], amount(told["balance"], currency), "whole", whole=True)
        )
        said = ", ".join(f"{step.label} {step.shown}" for step in steps)
        parts.append(tag("h3", account))
        chart = sum_chart(f"What stands on {account}", f"{said} {currency}.", steps)
        parts.append(wide(chart, account))
        rows = [[step.label, step.shown] for step in steps]
        parts.append(table(["", currency], rows, totals=1))
    return section("Why the account holds what it holds", parts)


def _by_code(by_code: View) -> Markup:
    if not by_code:
        return section("Breaks by code", [tag("p", "There are none.")])
    bars = [
        Bar(code, [Part(how, counts[how]) for how in STANDINGS], str(sum(counts.values())))
        for code, counts in by_code.items()
    ]
    said = ", ".join(f"{bar.label} {bar.shown}" for bar in bars)
    legend = (
        tag("li", tag("span", class_=f"key {how}", aria_hidden="true"), words)
        for how, words in _STANDING_WORDS.items()
    )
    rows = [
        [code, *(str(counts[how]) for how in STANDINGS), str(sum(counts.values()))]
        for code, counts in by_code.items()
    ]
    head = ["Code", *(how.replace("_", " ").capitalize() for how in STANDINGS), "All"]
    return section(
        "Breaks by code",
        [
            wide(bar_chart("Breaks by code", f"{said}.", bars), "Breaks by code, drawn"),
            tag("ul", legend, class_="legend"),
            table(head, rows),
        ],
    )


def _ageing(ageing: View) -> Markup:
    if not ageing:
        return section("Age of what is not settled", [tag("p", "Nothing waits.")])
    ages = list(next(iter(ageing.values()))["items"])
    counts = {age: sum(one["items"][age] for one in ageing.values()) for age in ages}
    bars = [Bar(f"{age} days", [Part("open", count)], str(count)) for age, count in counts.items()]
    said = ", ".join(f"{bar.label} {bar.shown}" for bar in bars)
    rows = [
        [f"{age} days", currency, str(one["items"][age]), amount(one["amounts"][age], currency)]
        for currency, one in ageing.items()
        for age in ages
        if one["items"][age]
    ]
    return section(
        "Age of what is not settled",
        [
            wide(bar_chart("Residuals by age", f"{said}.", bars), "Residuals by age, drawn"),
            table(["Age", "Currency", "Residuals", "Left on the account"], rows, texts=2),
        ],
    )


def _totals(totals: View) -> Markup:
    names = ("gross", "fee", "net", "paid_out", "arrived", "settled")
    rows = [
        [currency, *(amount(sums[name], currency) for name in names)]
        for currency, sums in totals.items()
    ]
    head = ["Currency", *(name.replace("_", " ").capitalize() for name in names)]
    return section("What the files add up to", [table(head, rows)])


def _files(files: Sequence[View]) -> Markup:
    rows = [
        [
            file["name"],
            file["kind"],
            ", ".join([file["status"], *file["reasons"]]),
            file["hash"][:12],
            *(f"{file[name]:,}" for name in ("lines", "rejects", "duplicates")),
        ]
        for file in files
    ]
    head = ["File", "Kind", "Status", "Hash", "Lines", "Rejected", "Duplicates"]
    return section("Files", [table(head, rows, texts=4)])


def _rules(rules: Sequence[View]) -> Markup:
    rows = [
        [
            rule["rule"],
            rule["currency"],
            str(rule["count"]),
            amount(rule["used"], rule["currency"]),
            amount(rule["cap"], rule["currency"]),
        ]
        for rule in rules
    ]
    head = ["Rule", "Currency", "Breaks", "Used", "Cap of the day"]
    return section("Resolved by rules", [table(head, rows, texts=2)])


def _trial_balance(totals: View) -> Markup:
    rows = [[currency, amount(minor, currency)] for currency, minor in totals.items()]
    return section("Trial balance", [table(["Currency", "All accounts"], rows)])


def _breaks(breaks: Sequence[View]) -> Markup:
    shown = breaks[:ROWS_MAX]
    rows = [
        [
            row["code"],
            row["status"],
            row["order_id"],
            row["break_id"],
            row["rule"],
            f"{_amount(row['residual'], row['currency'])} {row['currency']}",
            str(row["age_days"]),
        ]
        for row in shown
    ]
    head = ["Code", "Status", "Order", "Break", "Rule", "Residual", "Days"]
    parts = [table(head, rows, texts=5)]
    if len(breaks) > len(shown):
        more = f"{len(shown):,} of {len(breaks):,}; the table of breaks has all of them."
        parts.append(tag("p", more, class_="quiet"))
    return section("Breaks", parts)


def _amount(minor: int, currency: str) -> str:
    """An amount; nothing where no money is meant."""
    return amount(minor, currency) if currency else ""
