"""What the lake's two functions take: the relay's own stream records, and records of Firehose's."""

from __future__ import annotations

import base64
from typing import Final

from countinghouse.lake_rows import LakeLine, LakeTable, lines_of
from tools.local.places import ACCOUNT, REGION
from tools.sample_events.gateway import SET
from tools.sample_events.published import DECODERS
from tools.sample_events.streams import batches
from tools.sample_events.world import NOW, Json

FED_FROM: Final = ("payment_order", "psp_event", "ledger")


def lake_batches() -> dict[str, Json]:
    """Every sample of `lake` and `lake_days`, by path."""
    relayed = batches()
    found = {
        f"lake/{table}/{name}": relayed[f"relay/{table}/{name}"]
        for table in FED_FROM
        for name in SET
    }
    return found | _days(relayed)


def _days(relayed: dict[str, Json]) -> dict[str, Json]:
    order = _lines(relayed["relay/payment_order/full"])
    legs = _lines(relayed["relay/ledger/full"])
    nameless = b'{"order_id":"ord_1001_a"}\n'
    samples = {
        "minimal": [order],
        "full": [order, legs],
        "duplicate": [legs, legs],
        "malformed": [legs, nameless, b"\xff\xfe", b""],
    }
    return {f"lake_days/{name}": _buffer(*records) for name, records in samples.items()}


def _lines(batch: Json) -> bytes:
    lines: list[LakeLine] = []
    for record in batch["Records"]:
        change = DECODERS[record["eventSourceARN"].split("/")[1]](record)
        lines += lines_of(change) if change is not None else ()
    return b"".join(line.text for line in lines)


def _buffer(*records: bytes) -> Json:
    name = f"countinghouse-local-{LakeTable.POSTINGS}"
    return {
        "invocationId": "00000000-0000-4000-8000-000000000001",
        "deliveryStreamArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}",
        "region": REGION,
        "records": [
            {
                "recordId": f"{number:056d}",
                "approximateArrivalTimestamp": NOW,
                "data": base64.b64encode(record).decode(),
            }
            for number, record in enumerate(records, 1)
        ],
    }
