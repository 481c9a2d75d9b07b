"""The reports as views of the last thirty days, for people in Athena's console.

A saved query of each is opened and run there once; from then on the report is a table like any
other. The same texts answer the API, with the days that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aws_cdk import aws_athena as athena
from constructs import Construct

ROOT: Final = Path(__file__).resolve().parents[2]
SQL: Final = ROOT / "layers/adapters/python/countinghouse_aws/lakehouse/sql"
DAYS: Final = 30
_PART: Final = re.compile(r"\{part:(\w+)\}")
_PAGE: Final = re.compile(r"\nLIMIT \{limit\}\s*$")
_TODAY: Final = "CAST(current_date AS VARCHAR)"
_BEGINNING: Final = "'0001-01-01'"
_LATER: Final = "'9999-12-31'"
# What is open is open however old; a chargeback comes later than what it takes back.
_REACH: Final[Mapping[str, Mapping[str, str]]] = {
    "clearing_ageing": {"booked_from": _BEGINNING, "told_from": _BEGINNING},
    "dispute_rate": {"booked_until": _LATER},
}


class SavedReports(Construct):
    """One saved query a report, in the stage's workgroup."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        database: str,
        workgroup: athena.CfnWorkGroup,
        psps: Sequence[str],
    ) -> None:
        """Save every report as the statement that makes its view."""
        super().__init__(scope, construct_id)
        for report in reports():
            saved = athena.CfnNamedQuery(
                self,
                "".join(word.capitalize() for word in report.split("_")),
                database=database,
                work_group=workgroup.name,
                name=f"countinghouse {report}",
                description=f"Makes the view report_{report}: the last {DAYS} days",
                query_string=view(report, psps),
            )
            saved.add_resource_dependency(workgroup)


def reports() -> list[str]:
    """Return every report by name."""
    return sorted(path.stem for path in (SQL / "analytics").glob("*.sql"))


def view(report: str, psps: Sequence[str]) -> str:
    """Return the statement that makes the report's view; `psps` are all that may be in it."""
    text = (SQL / "analytics" / f"{report}.sql").read_text(encoding="utf-8")
    text = _PART.sub(lambda named: _part(named[1]), _PAGE.sub("", text))
    values = {
        "first_day": _ago(DAYS),
        "last_day": _TODAY,
        "booked_from": _ago(DAYS),
        "booked_until": _TODAY,
        "told_from": _ago(DAYS),
        "day_before": _ago(1),
        "four_before": _ago(4),
        "thirty_before": _ago(30),
        **_REACH.get(report, {}),
    }
    for name, value in values.items():
        text = text.replace(f"'{{{name}}}'", value)
    text = text.replace("{psps}", ", ".join(f"'{psp}'" for psp in psps))
    return f"CREATE OR REPLACE VIEW report_{report} AS\n{text}\n"


def _ago(days: int) -> str:
    """Return the day so long ago, as both engines spell it."""
    return f"CAST(CAST(current_date - INTERVAL '{days}' DAY AS DATE) AS VARCHAR)"


def _part(name: str) -> str:
    return (SQL / "analytics" / "parts" / f"{name}.sql").read_text(encoding="utf-8").rstrip("\n")
