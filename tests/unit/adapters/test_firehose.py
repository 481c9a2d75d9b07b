import json
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Unavailable
from countinghouse.lake_rows import LakeLine, LakeTable
from countinghouse_aws.messaging.firehose import (
    CALL_BYTES,
    CALL_RECORDS,
    RECORD_BYTES,
    TRIES,
    FirehoseLake,
    calls,
    packed,
)

T = LakeTable
STREAMS = {table: f"stream-{table}" for table in LakeTable}
THROTTLED = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"}


class Firehose:
    """Takes every record; `refusals` says of each call which places it leaves."""

    def __init__(self, *refusals: set[int] | Exception) -> None:
        self.refusals = list(refusals)
        self.calls: list[tuple[str, list[bytes]]] = []

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> Any:  # noqa: N803
        self.calls.append((DeliveryStreamName, [record["Data"] for record in Records]))
        refused = self.refusals.pop(0) if self.refusals else set()
        if isinstance(refused, Exception):
            raise refused
        outcomes = [
            THROTTLED if place in refused else {"RecordId": str(place)}
            for place in range(len(Records))
        ]
        return {"FailedPutCount": len(refused), "RequestResponses": outcomes}


def lake(firehose: Firehose) -> FirehoseLake:
    return FirehoseLake(firehose, STREAMS)


def row(name: str, day: str = "2026-11-22", table: LakeTable = T.POSTINGS) -> LakeLine:
    return LakeLine(table, day, json.dumps({"day": day, "id": name}).encode() + b"\n")


def test_a_table_and_a_day_are_one_record_on_the_tables_stream() -> None:
    firehose = Firehose()
    rows = [
        row("a"),
        row("b", "2026-11-20"),
        row("o", table=T.ORDERS),
        row("c"),
        row("e", table=T.PSP_EVENTS),
    ]

    lake(firehose).put(rows)

    a, b, o, c, e = (one.text for one in rows)
    assert firehose.calls == [
        ("stream-postings", [a + c, b]),
        ("stream-orders", [o]),
        ("stream-psp_events", [e]),
    ]


def test_what_was_not_taken_is_put_again_and_nothing_else() -> None:
    firehose = Firehose({1}, {0})
    rows = [row("a", "2026-11-20"), row("b", "2026-11-21"), row("c", "2026-11-22")]

    lake(firehose).put(rows)

    _, second, third = firehose.calls
    assert [len(records) for _, records in firehose.calls] == [3, 1, 1]
    assert second == third == ("stream-postings", [rows[1].text])


def test_what_is_not_taken_in_the_end_is_not_put() -> None:
    firehose = Firehose(*({0} for _ in range(TRIES)))

    with pytest.raises(Unavailable, match="refused 1 of 2"):
        lake(firehose).put([row("a", "2026-11-20"), row("b")])

    assert len(firehose.calls) == TRIES


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ServiceUnavailableException"}}, "PutRecordBatch"),
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_firehose_out_of_reach_is_said(error: Exception) -> None:
    with pytest.raises(Unavailable):
        lake(Firehose(error)).put([row("a")])


def test_no_row_is_no_call() -> None:
    firehose = Firehose()

    lake(firehose).put([])

    assert firehose.calls == []


@given(st.lists(st.binary(min_size=1, max_size=12), max_size=40), st.integers(12, 40))
def test_packing_keeps_every_line_and_its_order_and_the_limit(
    lines: list[bytes], limit: int
) -> None:
    pieces = list(packed(lines, limit))

    assert b"".join(pieces) == b"".join(lines)
    assert all(0 < len(piece) <= limit for piece in pieces)
    # No piece could have taken its neighbour's first line as well.
    assert all(len(one) + len(two) > limit - 12 for one, two in pairwise(pieces))


def test_no_line_is_cut() -> None:
    lines = [f"{number}\n".encode() for number in range(50)]

    assert all(piece.endswith(b"\n") for piece in packed(lines, 10))


def test_a_call_holds_what_aws_allows() -> None:
    small, large = [b"x"] * (CALL_RECORDS + 1), [b"x" * RECORD_BYTES] * 9

    assert [len(group) for group in calls(small)] == [CALL_RECORDS, 1]
    groups = list(calls(large))
    assert [len(group) for group in groups] == [4, 4, 1]
    assert all(sum(map(len, group)) <= CALL_BYTES for group in groups)
    assert (CALL_RECORDS, CALL_BYTES, RECORD_BYTES) == (500, 4_194_304, 1_024_000)
