from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import SECOND, start_of_day
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.psp.stripe_statements import COLUMNS, StripeStatements
from countinghouse_aws.psp.transport import NeverSent, NoAnswer
from countinghouse_aws.settlement.stripe import COLUMNS as LAYOUT_COLUMNS
from tests.unit.adapters.stripe_line import (
    NOT_LOOKED_AT,
    SILENCE,
    Answer,
    Line,
    error,
    line,
    listing,
    reply,
)

DAY = "2026-11-22"
START = start_of_day(DAY) // SECOND
RUN: dict[str, Any] = {
    "id": "frr_1",
    "object": "reporting.report_run",
    "created": START + 90_000,
    "parameters": {"interval_start": START, "interval_end": START + 86_400},
    "report_type": "payout_reconciliation.itemized.5",
    "result": {"id": "file_1", "object": "file", "url": "https://stripe.test/v1/files/file_1"},
    "status": "succeeded",
}
PENDING = {**RUN, "status": "pending", "result": None}
FAILED = {**RUN, "id": "frr_0", "status": "failed", "result": None}
FILE = SourceFile("file_1.csv", "settlement", DAY, "stripe")


@dataclass
class Files:
    """The file host: one scripted download, and what was asked."""

    pieces: list[bytes] = field(default_factory=list)
    failure: Exception | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        self.asked.append((path, dict(headers)))
        yield from self.pieces
        if self.failure is not None:
            raise self.failure


def source(psp: Line, files: Files | None = None) -> StripeStatements:
    return StripeStatements(psp, files or Files(), "sk_test")


def offered(*answers: Answer) -> list[SourceFile]:
    return source(line(*answers)).files(DAY)


def test_a_days_file_is_offered_once_its_run_has_succeeded() -> None:
    psp = line(listing({**RUN, "report_type": "balance.summary.1"}, RUN))

    assert source(psp).files(DAY) == [FILE]
    (request,) = psp.asked
    assert (request.method, request.path) == ("GET", "/v1/reporting/report_runs")
    assert request.params == {"created[gte]": str(START), "limit": "100"}


def test_the_first_look_asks_for_the_run() -> None:
    psp = line(listing(), reply(PENDING))

    with pytest.raises(Unavailable):
        source(psp).files(DAY)

    _, request = psp.asked
    assert (request.method, request.path) == ("POST", "/v1/reporting/report_runs")
    assert request.key == f"payout_reconciliation.itemized.5:{DAY}:1"
    columns = {f"parameters[columns][{place}]": name for place, name in enumerate(COLUMNS)}
    assert request.params == {
        "report_type": "payout_reconciliation.itemized.5",
        "parameters[interval_start]": str(START),
        "parameters[interval_end]": str(START + 86_400),
        **columns,
    }


def test_the_columns_are_those_that_the_layout_needs() -> None:
    assert set(COLUMNS) >= {*LAYOUT_COLUMNS, "payment_metadata[order_id]", "payment_intent_id"}


def test_a_run_that_is_done_at_once_is_offered_at_once() -> None:
    assert offered(listing(), reply(RUN)) == [FILE]


def test_a_run_under_way_is_waited_for_and_not_asked_for_again() -> None:
    psp = line(listing(PENDING))

    with pytest.raises(Unavailable):
        source(psp).files(DAY)

    assert len(psp.asked) == 1


def test_a_run_that_failed_is_asked_for_again_under_another_key() -> None:
    psp = line(listing(FAILED), reply(RUN))

    assert source(psp).files(DAY) == [FILE]
    assert psp.asked[1].key == f"payout_reconciliation.itemized.5:{DAY}:2"


def test_a_failed_run_does_not_hide_the_one_that_succeeded() -> None:
    assert offered(listing(FAILED, RUN)) == [FILE]


@pytest.mark.parametrize(
    "other",
    [
        {"interval_start": START - 86_400, "interval_end": START},
        {"interval_start": START, "interval_end": START + 172_800},
        {},
    ],
)
def test_a_run_over_another_time_is_not_the_days(other: dict[str, int]) -> None:
    psp = line(listing({**RUN, "parameters": other}), reply(RUN))

    source(psp).files(DAY)

    assert len(psp.asked) == 2


def test_a_day_that_stripe_has_not_together_has_no_file_yet() -> None:
    assert offered(listing(), error(400, code="parameter_invalid_integer")) == []


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values()])
@pytest.mark.parametrize("first", [[], [listing()]])
def test_without_an_answer_the_files_are_unknown(first: list[Answer], answer: Answer) -> None:
    with pytest.raises(Unavailable):
        offered(*first, answer)


@pytest.mark.parametrize("file_id", ["../x", "file_", "ab", 5, None, "file_" + "x" * 80])
def test_a_name_that_is_none_is_not_taken(file_id: object) -> None:
    with pytest.raises(Unavailable):
        offered(listing({**RUN, "result": {"id": file_id}}))


def test_a_file_is_read_piece_by_piece() -> None:
    files = Files([b"a,b\n", b"1,2\n"])

    assert list(source(line(), files).read(FILE)) == [b"a,b\n", b"1,2\n"]
    assert files.asked == [("/v1/files/file_1/contents", {"Authorization": "Bearer sk_test"})]


@pytest.mark.parametrize("failure", [NeverSent("refused"), NoAnswer("status 404")])
def test_a_file_that_breaks_off_is_no_file(failure: Exception) -> None:
    reading = source(line(), Files([b"a"], failure)).read(FILE)

    assert next(reading) == b"a"
    with pytest.raises(Unavailable):
        next(reading)
