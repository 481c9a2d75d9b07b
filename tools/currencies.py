"""Writes the table of currencies: `python -m tools.currencies [--check]`, domain/currencies.py.

The source is list one of ISO 4217 as the package `iso4217` carries it, a developer's dependency
that no function sees: a table of constants costs a cold start next to nothing.
"""

import sys
from pathlib import Path

import iso4217

from tools.local.places import ROOT

MODULE = ROOT / "layers/core/python/countinghouse/domain/currencies.py"

WITHDRAWN = {"ANG": (2, 532), "BGN": (2, 975)}
"""Left list one while money in them was booked here: the guilder of the Netherlands Antilles (its
number is the Caribbean guilder's now) and the lev (ISO 4217 list three: 2025-03, 2026-01)."""

_HEAD = '''"""ISO 4217's currencies: minor-unit exponent and numeric code.

Generated from list one of {published} by `python -m tools.currencies`; `make check` fails when this
table is stale. Left out is what nobody is paid in: what has no minor unit (metals, units of
account, the codes for tests and for no currency) and what the list marks as a fund. Kept are the
withdrawn {withdrawn}, in which money was booked.
"""

from __future__ import annotations

CURRENCIES: dict[str, tuple[int, str]] = {{
'''

_TAIL = '''}
"""Exponent and numeric code (three digits) by currency code."""
'''


def table() -> dict[str, tuple[int, int]]:
    """Exponent and number by code: the rule that the module's docstring states."""
    funds = {
        entry.findtext("Ccy")
        for entry in iso4217.raw_xml.iterfind("CcyTbl/CcyNtry")
        if entry.find("CcyNm[@IsFund='true']") is not None
    }
    active = {
        currency.code: (currency.exponent, currency.number)
        for currency in iso4217.Currency
        if currency.exponent is not None and currency.code not in funds
    }
    return dict(sorted({**WITHDRAWN, **active}.items()))


def module() -> str:
    """The whole module."""
    rows = (f'    "{code}": ({places}, "{n:03d}"),\n' for code, (places, n) in table().items())
    head = _HEAD.format(published=iso4217.__published__, withdrawn=" and ".join(WITHDRAWN))
    return "".join([head, *rows, _TAIL])


def main(arguments: list[str], path: Path = MODULE) -> int:
    """Write the module, or with --check say whether it is true."""
    if "--check" in arguments:
        if path.exists() and path.read_text(encoding="utf-8") == module():
            return 0
        print(f"{path.name} is stale: run python -m tools.currencies", file=sys.stderr)
        return 1
    path.write_text(module(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
