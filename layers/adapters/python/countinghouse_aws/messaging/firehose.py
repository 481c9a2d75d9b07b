"""Firehose: rows into the lake, many to a record, each record of one table and one day.

Firehose bills each record by 5 KB begun and a row is a tenth of that, so rows are packed. It files
a record as a whole, which is why a record never holds two days (docs/decisions/0016-lake.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.lake_rows import LINE_MAX, LakeLine, LakeTable
from countinghouse.records import dataclass

RECORD_BYTES = LINE_MAX
CALL_RECORDS = 500
CALL_BYTES = 4 * 1_024 * 1_024
TRIES = 3
"""Of one call: a stream at its limit takes some records and leaves others for the next moment."""


@dataclass(frozen=True, slots=True)
class FirehoseLake:
    """Puts rows on the delivery stream of their table, whose names are in `streams`.

    `client` is boto3's for Firehose.
    """

    client: Any
    streams: Mapping[LakeTable, str]

    def put(self, rows: Sequence[LakeLine]) -> None:
        """Put every row. Raises Unavailable when one was not taken; some may be there by then.

        To put a row again is harmless: queries keep one per key.
        """
        packs: dict[tuple[LakeTable, str], list[bytes]] = {}
        for row in rows:
            packs.setdefault((row.table, row.day), []).append(row.text)
        records: dict[LakeTable, list[bytes]] = {}
        for (table, _), lines in packs.items():
            records.setdefault(table, []).extend(packed(lines, RECORD_BYTES))
        for table, found in records.items():
            for call in calls(found):
                self._put(self.streams[table], call)

    def _put(self, stream: str, records: Sequence[bytes]) -> None:
        """Put the records, and those that were not taken again at once."""
        left: list[Any] = [{"Data": record} for record in records]
        for _ in range(TRIES):
            try:
                answer = self.client.put_record_batch(DeliveryStreamName=stream, Records=left)
            except (ClientError, BotoCoreError) as error:
                raise Unavailable("Firehose did not take the rows") from error
            # The call answers 200 also when it took only some of them.
            outcomes = answer["RequestResponses"]
            left = [
                record
                for record, outcome in zip(left, outcomes, strict=True)
                if "ErrorCode" in outcome
            ]
            if not left:
                return
        raise Unavailable(f"Firehose refused {len(left)} of {len(records)} records")


def packed(lines: Sequence[bytes], limit: int) -> Iterator[bytes]:
    """The lines in their order, joined to pieces of at most `limit` bytes."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > limit:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield b"".join(piece)


def calls(records: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The records in their order, in groups that one call takes."""
    group: list[bytes] = []
    size = 0
    for record in records:
        if group and (len(group) == CALL_RECORDS or size + len(record) > CALL_BYTES):
            yield group
            group, size = [], 0
        group.append(record)
        size += len(record)
    if group:
        yield group
