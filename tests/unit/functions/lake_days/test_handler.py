import base64
import json
import subprocess
import sys
from typing import Any

import pytest

from functions.lake_days.handler import lambda_handler
from functions.lake_days.schema import Event, Outcome
from tests.fakes.lambdas import FakeContext
from tools.local.places import ROOT


def told(*records: bytes) -> list[Outcome]:
    event: Event = {
        "records": [
            {"recordId": f"r{number}", "data": base64.b64encode(record).decode()}
            for number, record in enumerate(records)
        ]
    }
    return lambda_handler(event, FakeContext())["records"]


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_record_is_filed_by_the_day_of_its_rows_and_goes_on_unchanged() -> None:
    one = lines({"day": "2026-11-22", "leg": 0}, {"day": "2026-11-22", "leg": 1})
    other = lines({"day": "2024-02-29"})

    first, second = told(one, other)

    assert (first["recordId"], second["recordId"]) == ("r0", "r1")
    assert (first["result"], second["result"]) == ("Ok", "Ok")
    assert first["metadata"] == {"partitionKeys": {"day": "2026-11-22"}}
    assert second["metadata"] == {"partitionKeys": {"day": "2024-02-29"}}
    assert [base64.b64decode(o["data"]) for o in (first, second)] == [one, other]


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\xff\xfe\n",
        b"no json\n",
        lines([1, 2]),
        lines({"leg": 0}),
        lines({"day": 20261122}),
        lines({"day": "2026-02-30"}),
        lines({"day": "2026-11-22/../../errors"}),
        lines({"day": ""}),
    ],
)
def test_what_names_no_day_fails_alone(record: bytes) -> None:
    bad, good = told(record, lines({"day": "2026-11-22"}))

    assert bad["result"] == "ProcessingFailed"
    assert "metadata" not in bad
    assert base64.b64decode(bad["data"]) == record, "whoever mends it needs it"
    assert good["result"] == "Ok"


def test_data_that_is_not_base64_fails_alone() -> None:
    event: Event = {"records": [{"recordId": "r0", "data": "a"}]}

    (outcome,) = lambda_handler(event, FakeContext())["records"]

    assert outcome["result"] == "ProcessingFailed"


def test_it_says_how_many_it_saw_and_nothing_that_stood_in_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told(lines({"day": "2026-11-22", "cause": "ada"}), b"tok_c1")

    said = capsys.readouterr().out
    assert json.loads(said) == {"records": 2, "without_day": 1}


def test_it_runs_without_a_layer() -> None:
    script = "import functions.lake_days.handler"

    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, env={}, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
