"""The queries' texts: one for Athena (Trino) and DuckDB, read once, filled with checked values.

`{part:name}` takes in `sql/parts/name.sql`, `{name}` a value of the window. Days are computed here
and compared as text there, because the engines' date functions differ. Comments stay here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from countinghouse.domain.errors import Invalid
from countinghouse.domain.reconciliation import parse_day, shifted
from countinghouse.ports.lakehouse import LakeQuery, Window
from countinghouse_aws.lakehouse.sql_texts import template

HISTORY_DAYS: Final = 31
"""Days before the window that are read too: what came early, or was captured a while ago."""

OVERDUE_DAYS: Final = 3
"""Days after which a movement is due although its day's file never came."""

_EVER: Final = "9999-12-31"
_ALWAYS: Final = "1970-01-01"
_PSP: Final = re.compile(r"[a-z0-9_]{1,64}")
_WHOLE_MAX: Final = 10**9
_VALUE: Final = re.compile(r"\{([a-z_]+)\}")


def query_text(query: LakeQuery, window: Window) -> str:
    """The text to run. Raises Invalid for a window that is none."""
    values = _values(query, window)
    return _VALUE.sub(lambda found: values[found[1]], template("", query.value))


def _values(query: LakeQuery, window: Window) -> Mapping[str, str]:
    if not _PSP.fullmatch(window.psp):
        raise Invalid("that is not a PSP", field="psp")
    first, last = parse_day(window.first_day), parse_day(window.last_day)
    if first > last:
        raise Invalid("the first day comes after the last", field="first_day")
    return {
        "psp": window.psp,
        "first_day": first,
        "last_day": last,
        "known_from": shifted(first, -HISTORY_DAYS),
        # What is left over is a matter of the days judged; a difference may be answered later.
        "judged_until": last if query is LakeQuery.RESIDUALS else _EVER,
        "overdue_day": max(shifted(last, -OVERDUE_DAYS), _filed(window, last)),
        "balance_from": parse_day(window.balance_from) if window.balance_from else _ALWAYS,
        "per_mille": _whole(window.fee.per_mille, "per_mille"),
        "fixed_minor": _whole(window.fee.fixed_minor, "fixed_minor"),
    }


def _filed(window: Window, last: str) -> str:
    """The newest day that is due because a file of it, or of a later one, is there."""
    return min(parse_day(window.filed_until), last) if window.filed_until else ""


def _whole(number: int, field: str) -> str:
    if type(number) is not int or not 0 <= number <= _WHOLE_MAX:
        raise Invalid("that is not a whole number", field=field)
    return str(number)
