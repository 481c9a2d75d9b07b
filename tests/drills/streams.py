"""A stream outage past a day: every record of it is lost, for our messages and for the lake.

The market trades with no stream and no webhook while the sweep alone drains it. Days later the lake
is empty, and is made whole from the tables by `countinghouse lake-refill`; the check that reads
nothing but the lake then rebuilds every journal, chain and balance.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import boto3

import functions.lake.handler as lake
from countinghouse.domain.instants import HOUR
from countinghouse.lake_rows import LakeLine, LakeTable
from countinghouse_aws.dynamodb import images
from functions.lake.wiring import Deps
from tests.drills.market import charged_twice, market, open_world
from tests.simulation import cloud
from tests.simulation.lambdas import Context
from tests.simulation.machine import Machine
from tests.simulation.world import World
from tools.lake_refill import SOURCES, put_again
from tools.ledger_verify.reading import in_order
from tools.ledger_verify.rows import PostingRow
from tools.ledger_verify.verifying import Verified, verify

LOST_FOR_MS = 26 * HOUR
TABLES = MappingProxyType(
    {"Ledger": "ledger", "PaymentOrder": "payment_order", "PspEvent": "psp_event"}
)


@dataclass(frozen=True, slots=True)
class StreamsLost:
    """What one history came to."""

    orders: int
    records_lost: int
    charged_twice: int
    rest_ms: int
    """From the first checkout until nothing was left to do."""
    journals: int
    put_again: dict[str, int]
    verified: Verified
    verified_twice: Verified
    """The same once every row was put in a second time."""
    orders_in_lake: int


def play_streams_lost(machine: Machine, seed: int, buyers: int = 5) -> StreamsLost:
    """One history. Raises Broken."""
    flow = replace(market("streams-lost", buyers), with_streams=False, with_webhooks=False)
    with open_world(machine, flow, seed, World) as world:
        began = world.now
        world.play()
        rest_ms = world.now - began
        # What the streams still held is more than a day old, and gone.
        lost = sum(len(cloud.stream(name, 0, 1_000_000)) for name in cloud.TABLES)
        machine.clock.advance(LOST_FOR_MS)
        left = sum(len(cloud.stream(name, 0, 1_000_000)) for name in cloud.TABLES)
        lines: list[LakeLine] = []
        counts = _refilled(lines, began)
        once = verified(lines)
        _refilled(lines, began)
        return StreamsLost(
            orders=len(flow.orders),
            records_lost=lost - left,
            charged_twice=charged_twice(world.shop),
            rest_ms=rest_ms,
            journals=sum("legs" in row for row in cloud.rows("ledger")),
            put_again=counts,
            verified=once,
            verified_twice=verified(lines),
            orders_in_lake=len(_keys(lines, LakeTable.ORDERS, "order_id")),
        )


def _refilled(lines: list[LakeLine], since: int) -> dict[str, int]:
    """Run the tool against the tables, with the real function behind it."""

    def refuse(body: str) -> None:
        raise AssertionError(f"no row could be made of {body}")

    deps = Deps(
        decoders={
            "ledger": images.decoder(images.ledger_change),
            "payment_order": images.decoder(images.order_change),
            "psp_event": images.decoder(images.psp_event_change),
        },
        put=lines.extend,
        poison=refuse,
    )
    with patch.object(lake, "deps", lambda: deps):
        return put_again(
            boto3.client("dynamodb"),
            TABLES,
            lambda event: lake.lambda_handler(event, Context()),
            SOURCES,
            since,
        )


def verified(lines: Sequence[LakeLine]) -> Verified:
    """What `countinghouse ledger verify` says of these rows."""
    rows = sorted(_postings(lines), key=lambda row: (row.ledger_id, row.leg))
    with TemporaryDirectory() as folder:
        return verify(rows, {}, lambda places: in_order(places, Path(folder)))


def _postings(lines: Sequence[LakeLine]) -> Iterator[PostingRow]:
    for line in lines:
        if line.table is LakeTable.POSTINGS:
            row: dict[str, Any] = dict.fromkeys(PostingRow._fields) | json.loads(line.text)
            yield PostingRow(*(row[name] for name in PostingRow._fields))


def _keys(lines: Sequence[LakeLine], table: LakeTable, key: str) -> Counter[str]:
    return Counter(json.loads(one.text)[key] for one in lines if one.table is table)
