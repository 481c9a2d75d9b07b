"""Draw a run's report up, keep it in every format, and end the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from countinghouse.domain.break_rules import CapKey, ReconciliationRules
from countinghouse.domain.breaks import Break
from countinghouse.domain.reconciliation import (
    FileRecord,
    FileStatus,
    Run,
    RunStatus,
    batch_key,
    batches_of,
    shown_by_bank,
)
from countinghouse.domain.run_report import BreakLine, CurrencyLine, FileLine, RuleLine, RunFacts
from countinghouse.domain.settlement import BatchTotal
from countinghouse.ports.breaks import BreakBook, BreakQuery, CapBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.lakehouse import Fact, Residual
from countinghouse.ports.ledger import BalanceBook
from countinghouse.ports.reconciliation import FileBook, RunBook, RunPapers
from countinghouse.reconciliation_report import View, report
from countinghouse.records import dataclass

REPORT = "report"
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
Render = Callable[[View], bytes]
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Reporting:
    """The ports, and who renders which format."""

    runs: RunBook
    files: FileBook
    breaks: BreakBook
    caps: CapBook
    balances: BalanceBook
    rules: ReconciliationRules
    renderers: Mapping[str, Render]
    clock: Clock


def report_run(
    run: Run, matched: int, residuals: Iterable[Residual], papers: RunPapers, ports: Reporting
) -> Run:
    """The run, completed, its report kept. A run that has ended is given back as it is.

    Raises Conflict when the run moved, Unavailable.
    """
    if run.status is not RunStatus.RUNNING:
        return run
    view = report(gather(run, matched, residuals, ports))
    keys = {
        name: papers.write(f"{REPORT}.{name}", render(view), MEDIA_TYPES[name])
        for name, render in ports.renderers.items()
    }
    ended = run.ended(
        RunStatus.COMPLETED,
        ports.clock.now(),
        counts={name: int(count) for name, count in view["counts"].items() if name != "by_code"},
        totals=view["totals"],
        report_key=keys["json"],
    )
    ports.runs.replace(run, ended)
    return ended


def gather(run: Run, matched: int, residuals: Iterable[Residual], ports: Reporting) -> RunFacts:
    """Everything the report is made of."""
    files = ports.files.of_days(run.psp, run.first_day, run.day)
    breaks = _breaks(run, ports.breaks)
    balance = ports.balances.latest()
    return RunFacts(
        run_id=run.run_id,
        psp=run.psp,
        day=run.day,
        as_of=ports.clock.now(),
        matched=matched,
        trial_balance=balance.totals if balance else {},
        files=tuple(_file_line(file) for file in files if file.day == run.day),
        currencies=tuple(_currency_lines(run, files, residuals)),
        breaks=tuple(line for brk in breaks for line in _break_lines(brk, run.day)),
        rules=tuple(_rule_lines(run, ports)),
    )


def _breaks(run: Run, book: BreakBook) -> list[Break]:
    found = {brk.break_id: brk for brk in book.open_breaks(run.psp)}
    cursor: str | None = None
    while True:
        page = book.find(BreakQuery(run.run_id, None, cursor, _PAGE))
        # An index may lag: what the first list has is as new.
        found.update({brk.break_id: brk for brk in page.breaks if brk.break_id not in found})
        cursor = page.next_cursor
        if cursor is None:
            return list(found.values())


def _file_line(file: FileRecord) -> FileLine:
    return FileLine(
        name=file.name,
        kind=str(file.kind),
        file_hash=file.file_id,
        status=str(file.status),
        lines=file.lines,
        rejects=file.rejected,
        duplicates=file.duplicates,
        reasons=file.reasons,
    )


def _break_lines(brk: Break, day: str) -> Iterator[BreakLine]:
    age = max(0, (date.fromisoformat(day) - date.fromisoformat(brk.day)).days)
    done = brk.resolution
    rule = f"{done.rule_id}@{done.rule_version}" if done is not None and done.rule_id else ""
    left = dict(brk.residuals if brk.is_settled else brk.left)
    currency = brk.their_currency or brk.our_currency
    for code, minor in (left or {currency: 0}).items():
        yield BreakLine(
            break_id=brk.break_id,
            code=str(brk.code),
            status=str(brk.status),
            order_id=brk.order_id,
            currency=code,
            residual_minor=minor,
            age_days=age,
            rule=rule,
        )


def _currency_lines(
    run: Run, files: list[FileRecord], residuals: Iterable[Residual]
) -> Iterator[CurrencyLine]:
    rows = list(residuals)
    shown = shown_by_bank(files)
    totals = [*batches_of(file for file in files if file.day == run.day).values()]
    currencies = {total.currency for _, total in totals} | {row.currency for row in rows}
    for currency in sorted(currencies):
        mine = [(file, total) for file, total in totals if total.currency == currency]
        yield CurrencyLine(
            currency,
            gross_minor=sum(total.gross for _, total in mine),
            fee_minor=sum(total.fee for _, total in mine),
            net_minor=sum(total.net for _, total in mine),
            paid_out_minor=sum(total.paid_out for _, total in mine),
            arrived_minor=sum(shown.get(_key(total), 0) for _, total in mine),
            settled_minor=sum(total.paid_out for file, total in mine if _is_settled(file, total)),
            balance_minor=_sum(rows, Fact.BALANCE, currency),
            not_due_minor=_sum(rows, Fact.NOT_DUE, currency),
            unsettled_minor=_sum(rows, Fact.UNSETTLED, currency),
        )


def _key(total: BatchTotal) -> str:
    return batch_key(total.batch, total.currency)


def _is_settled(file: FileRecord, total: BatchTotal) -> bool:
    return file.status is FileStatus.SETTLED or _key(total) in file.settled


def _sum(rows: list[Residual], fact: Fact, currency: str) -> int:
    return sum(row.amount for row in rows if row.fact is fact and row.currency == currency)


def _rule_lines(run: Run, ports: Reporting) -> Iterator[RuleLine]:
    rules = {str(rule_id): rule for rule_id, rule in ports.rules.rules.items()}
    # Without a cap in its currency a rule settles nothing.
    keys = [
        CapKey(rule_id, run.psp, currency, run.day)
        for rule_id, rule in rules.items()
        for currency in rule.cap_minor
    ]
    for use in ports.caps.used(keys):
        rule = rules[use.key.rule_id]
        yield RuleLine(
            rule=rule.name,
            currency=use.key.currency,
            count=use.count,
            used_minor=use.used_minor,
            cap_minor=rule.cap_minor[use.key.currency],
        )
