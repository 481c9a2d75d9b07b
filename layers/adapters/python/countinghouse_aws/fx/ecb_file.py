"""The European Central Bank's daily file of euro foreign exchange reference rates, read strictly.

    Date, USD, JPY, ...
    30 October 2026, 1.1172, 175.68, ...

One row, units for one euro, `N/A` where a currency has no rate. The history file has the same
columns and dates as `2026-10-30`; either form of a date is taken.
https://www.ecb.europa.eu/stats/eurofxref/eurofxref.zip
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import BASE, RateTable, Ratio, parse_decimal
from countinghouse.domain.money import EXPONENTS

FILE_MAX = 20_000
"""Characters; the real file has some 600."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_DATE = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_NO_RATE = frozenset({"N/A", ""})


def read_rates(text: str, source: str, day: str) -> RateTable:
    """The rates of a file that has to be of `day`.

    A currency that ISO 4217 does not list any more is left out. Raises Invalid for a file that is
    of another day, has more or less than one row, a column twice or a rate that is none.
    """
    lines = [line for line in text[:FILE_MAX].splitlines() if line.strip()]
    if len(lines) != 2 or len(text) > FILE_MAX:
        raise Invalid("a file of reference rates is a header and one row")
    header, row = (_cells(line) for line in lines)
    if len(header) != len(row) or header[0] != "Date" or len({*header}) != len(header):
        raise Invalid("the columns of a file of reference rates do not fit")
    if _day(row[0]) != day:
        raise Invalid(f"the reference rates are not of {day}")
    found = {code: rate for code, rate in zip(header[1:], row[1:], strict=True) if rate}
    rates = {code: _rate(code, text) for code, text in found.items() if text not in _NO_RATE}
    known = {code: rate for code, rate in rates.items() if code in EXPONENTS}
    if not known:
        raise Invalid("there is no rate in it")
    return RateTable(source, day, MappingProxyType(known))


def _cells(line: str) -> Sequence[str]:
    """A line's cells; every line of the ECB's ends with a comma."""
    cells = [cell.strip() for cell in line.split(",")]
    return cells[:-1] if cells[-1] == "" else cells


def _day(text: str) -> str | None:
    if _DAY.fullmatch(text):
        return text
    found = _DATE.fullmatch(text)
    if found is None or found[2] not in MONTHS:
        return None
    return f"{found[3]}-{MONTHS.index(found[2]) + 1:02d}-{int(found[1]):02d}"


def _rate(code: str, text: str) -> Ratio:
    if not _CODE.fullmatch(code) or code == BASE:
        raise Invalid("a column of a file of reference rates is no currency")
    return parse_decimal(text)
