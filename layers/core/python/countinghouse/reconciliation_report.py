"""The report of a reconciliation run, and the notice that it is there.

The first line says whether everything is explained. Amounts are minor units; the fields are
explained in docs/reconciliation.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from countinghouse.domain.instants import rfc3339
from countinghouse.domain.money import Money
from countinghouse.domain.run_report import (
    AUTO_RESOLVED,
    EXPECTED,
    BreakLine,
    FileLine,
    RuleLine,
    RunFacts,
)

View = dict[str, Any]

OPEN, RESOLVED = "open", "resolved"
STANDINGS = (OPEN, EXPECTED, AUTO_RESOLVED, RESOLVED)
"""How breaks are counted: for a person, may settle by itself, by a rule, in any other way."""

_SUBJECT_MAX = 100
"""SNS takes no longer subject, and only ASCII."""


def report(facts: RunFacts) -> View:
    """The report; its first field is the verdict.

    Raises Invalid for a currency that ISO 4217 does not know.
    """
    return {
        "verdict": verdict(facts),
        "agrees": not facts.unexplained() and not facts.unbalanced(),
        "run_id": facts.run_id,
        "psp": facts.psp,
        "day": facts.day,
        "as_of": rfc3339(facts.as_of),
        "account": facts.account,
        "files": [_file_view(line) for line in facts.files],
        "counts": _counts(facts),
        "totals": _totals(facts),
        "explanation": _explanations(facts),
        "trial_balance": dict(sorted(facts.trial_balance.items())),
        "resolved_by_rule": [_rule_view(line) for line in sorted(facts.rules, key=_by_rule)],
        "ageing": {
            currency: {"items": dict(aged.items), "amounts": dict(aged.amounts)}
            for currency, aged in facts.aged().items()
        },
        "breaks": [_break_view(line) for line in sorted(facts.breaks, key=_by_urgency)],
    }


def report_json(view: Mapping[str, object]) -> bytes:
    """A report as bytes, the verdict first: the same report is always the same bytes."""
    text = json.dumps(view, separators=(",", ":"), ensure_ascii=False)
    return f"{text}\n".encode()


def verdict(facts: RunFacts) -> str:
    """One sentence: whether the account is explained and the books sum to zero."""
    unexplained, unbalanced = facts.unexplained(), facts.unbalanced()
    if not unexplained and not unbalanced:
        return f"{facts.account} is explained to the minor unit and the books sum to zero."
    parts = []
    if unexplained:
        parts.append(f"NOT EXPLAINED on {facts.account}: {_amounts(unexplained)}.")
    if unbalanced:
        parts.append(f"THE BOOKS DO NOT SUM TO ZERO: {_amounts(unbalanced)}.")
    return " ".join(parts)


def notice(view: Mapping[str, Any], link: str = "") -> tuple[str, str]:
    """Subject and text of the message that the report is there; `link` is where."""
    counts = view["counts"]
    said = "agrees" if view["agrees"] else "DOES NOT AGREE"
    subject = f"Reconciliation {view['psp']} {view['day']}: {said}, {counts['open']} open"
    lines = [
        view["verdict"],
        "",
        f"{counts['lines']} lines, {counts['rejects']} rejected, {counts['matched']} matched",
        f"{counts['auto_resolved']} resolved by rules, {counts['expected']} expected, "
        f"{counts['open']} open",
    ]
    for currency, totals in view["totals"].items():
        paid, arrived = (Money(totals[name], currency) for name in ("paid_out", "arrived"))
        lines.append(f"Paid out {paid.display()}, arrived {arrived.display()}")
    if link:
        lines += ["", link]
    return subject.encode("ascii", "replace").decode()[:_SUBJECT_MAX], "\n".join(lines)


def _amounts(minors: Mapping[str, int]) -> str:
    return ", ".join(Money(minor, currency).display() for currency, minor in minors.items())


def _file_view(line: FileLine) -> View:
    return {
        "name": line.name,
        "kind": line.kind,
        "hash": line.file_hash,
        "status": line.status,
        "lines": line.lines,
        "rejects": line.rejects,
        "duplicates": line.duplicates,
        "reasons": list(line.reasons),
    }


def _standing(line: BreakLine) -> str:
    if line.status in (EXPECTED, AUTO_RESOLVED):
        return line.status
    return RESOLVED if line.is_settled else OPEN


def _counts(facts: RunFacts) -> View:
    """Counts of breaks; one in two currencies is one."""
    standing = {line.break_id: (line.code, _standing(line)) for line in facts.breaks}
    by_code: dict[str, dict[str, int]] = {}
    for code, how in sorted(standing.values()):
        found = by_code.setdefault(code, dict.fromkeys(STANDINGS, 0))
        found[how] += 1
    sums = {how: sum(found[how] for found in by_code.values()) for how in STANDINGS}
    return {
        "lines": sum(line.lines for line in facts.files),
        "rejects": sum(line.rejects for line in facts.files),
        "matched": facts.matched,
        **sums,
        "by_code": by_code,
    }


def _totals(facts: RunFacts) -> View:
    return {
        line.currency: {
            "gross": line.gross_minor,
            "fee": line.fee_minor,
            "net": line.net_minor,
            "paid_out": line.paid_out_minor,
            "arrived": line.arrived_minor,
            "settled": line.settled_minor,
        }
        for line in sorted(facts.currencies, key=lambda line: line.currency)
    }


def _explanations(facts: RunFacts) -> View:
    return {
        one.currency: {
            "balance": one.balance_minor,
            "not_due": one.not_due_minor,
            "open_breaks": one.breaks_minor,
            "unsettled_files": one.unsettled_minor,
            "unexplained": one.unexplained_minor,
        }
        for one in facts.explanations()
    }


def _by_rule(line: RuleLine) -> tuple[str, str]:
    return line.rule, line.currency


def _rule_view(line: RuleLine) -> View:
    return {
        "rule": line.rule,
        "currency": line.currency,
        "count": line.count,
        "used": line.used_minor,
        "cap": line.cap_minor,
    }


def _by_urgency(line: BreakLine) -> tuple[bool, bool, int, str, str]:
    """What leaves something behind first; of that, what does not settle by itself and is oldest."""
    waits = line.status == EXPECTED
    return line.is_settled, waits, -line.age_days, line.break_id, line.currency


def _break_view(line: BreakLine) -> View:
    return {
        "break_id": line.break_id,
        "code": line.code,
        "status": line.status,
        "order_id": line.order_id,
        "currency": line.currency,
        "residual": line.residual_minor,
        "age_days": line.age_days,
        "rule": line.rule,
    }
