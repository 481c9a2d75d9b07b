"""The queries of the reports: one SQL text each, valid in Athena and in DuckDB.

Days and PSPs go in as literals: they are checked before, and Athena finds the folders to read by
them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from countinghouse.domain.analytics import ROWS_MAX, Question, Report
from countinghouse.domain.errors import Invalid
from countinghouse_aws.lakehouse.sql_texts import template

BEGINNING: Final = "0001-01-01"
END: Final = "9999-12-31"
_PSP: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def report_sql(question: Question, psps: Sequence[str]) -> str:
    """The query that answers the question; `psps` are all whose files are in the lake.

    It selects a row more than an answer has, if there is one. Raises Invalid for a bad name.
    """
    if not psps or not all(_PSP.fullmatch(psp) for psp in psps):
        raise Invalid("that is not a PSP", field="psp")
    return template("analytics", question.report).format(
        first_day=question.first_day,
        last_day=question.last_day,
        psps=", ".join(f"'{psp}'" for psp in psps),
        limit=ROWS_MAX + 1,
        day_before=_before(question.last_day, 1),
        four_before=_before(question.last_day, 4),
        thirty_before=_before(question.last_day, 30),
        **_reach(question),
    )


def _before(day: str, days: int) -> str:
    """Where an age class begins: the engines' own arithmetic on days differs."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _reach(question: Question) -> dict[str, str]:
    """How far back and ahead the ledger and the files are read."""
    found = {
        "booked_from": question.first_day,
        "booked_until": question.last_day,
        "told_from": question.first_day,
    }
    if question.report is Report.DISPUTE_RATE:
        # A chargeback comes weeks after what it takes back.
        found["booked_until"] = END
    elif question.report is Report.CLEARING_AGEING:
        found["booked_from"] = found["told_from"] = BEGINNING
    return found
