"""Tables restored to a moment that cuts a transaction in half, or to several moments.

A history is played and every committed write kept. Then the tables are restored as they were after
any of its commits, or in the middle of one, the queues and streams empty, the PSP's book as it is:
it knows everything. `countinghouse restore` finds what is half and mends it; callers send again
what they sent since; the sweep and the questions to the PSP do the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from typing import Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from ministack.services import dynamodb

from countinghouse.domain.instants import HOUR
from countinghouse_aws.dynamodb.table import Table
from tests.drills.market import charged_twice, market, open_world
from tests.simulation import cloud
from tests.simulation.aws_wire import AwsWire
from tests.simulation.faults import Broken
from tests.simulation.flow import Flow
from tests.simulation.machine import Machine, Saved
from tests.simulation.psp_wire import Shop
from tests.simulation.rest import Expected, at_rest
from tests.simulation.world import World
from tools.restore.mending import Mended, Restored, Tables, look, mend

PRELUDE = "restored"
RESTORED = ("ledger", "wallet", "payment_event", "payment_order", "payout", "psp_event")
"""The tables that the tool looks at, in its order."""
TAKES_MS = 6 * HOUR
"""From the loss until the tables are back."""
SKEW_MAX = 6
"""How many commits later one table was copied than another."""
_COUNT_DIGITS = 9
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """One row as a commit left it."""

    table: str
    key: str
    item: Item


Commit = tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Tale:
    """What happened, and what stays of it outside of the tables."""

    flow: Flow
    seed: int
    commits: tuple[Commit, ...]
    book: bytes
    cards: dict[str, str]
    now_ms: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The moment of each table's copy: so many commits are in it, and of the next so much."""

    commits: Mapping[str, int]
    half: frozenset[int] = frozenset()

    @property
    def is_one_moment(self) -> bool:
        """Whether every table was copied at the same one."""
        return len(set(self.commits.values())) == 1

    def holds(self, number: int, place: int, written: Written) -> bool:
        """Whether the copy holds this write."""
        upto = self.commits[written.table]
        return number < upto or (number == upto and place in self.half)


@dataclass(frozen=True, slots=True)
class Restoration:
    """What one restoration came to."""

    orders: int
    found: Restored
    mended: Mended
    kept: tuple[str, ...]
    lost_orders: int
    """Orders that the PSP has charged and that the restored tables do not hold."""
    charged_twice: int
    rest_ms: int


class _Recorder(AwsWire):
    """Notes which writes were committed together."""

    commits: list[tuple[int, int]]

    def send(self, request: AWSPreparedRequest, event_name: str) -> AWSResponse:
        before = dynamodb._stream_seq_counter
        try:
            return super().send(request, event_name)
        finally:
            if dynamodb._stream_seq_counter > before:
                self.commits.append((before, dynamodb._stream_seq_counter))


def tell(machine: Machine, seed: int, buyers: int) -> Tale:
    """Play a history and keep its commits. Raises Broken."""
    flow = market("restore", buyers)
    with open_world(machine, flow, seed, World) as world:
        recorder = _Recorder(machine.clock, world.injector, world.workflows)
        recorder.commits = []
        world.aws = machine.aws = recorder
        world.play()
        return Tale(
            flow,
            seed,
            tuple(_commits(recorder.commits)),
            world.shop.save(),
            dict(world.shop.cards),
            world.now,
        )


def _commits(spans: list[tuple[int, int]]) -> Iterator[Commit]:
    written: dict[int, Written] = {}
    for table, (keys, _) in cloud.TABLES.items():
        for record in cloud.stream(table, 0, 1_000_000):
            change = record["dynamodb"]
            key = "|".join(change["Keys"][name]["S"] for name in keys)
            # Its clock stands before the emulator's own count.
            number = int(change["SequenceNumber"][-_COUNT_DIGITS:])
            written[number] = Written(table, key, change["NewImage"])
    inner = {number: span for span in spans for number in range(span[0] + 1, span[1] + 1)}
    by_span: dict[tuple[int, int], list[Written]] = {}
    for number, one in sorted(written.items()):
        by_span.setdefault(inner[number], []).append(one)
    for _, commit in sorted(by_span.items()):
        yield tuple(commit)


def halves(tale: Tale) -> Iterator[Cut]:
    """Every way in which a copy can hold a part of a transaction."""
    for number, commit in enumerate(tale.commits):
        everywhere = dict.fromkeys(cloud.TABLES, number)
        for size in range(1, len(commit)):
            for places in combinations(range(len(commit)), size):
                yield Cut(everywhere, frozenset(places))


def between(tale: Tale) -> Iterator[Cut]:
    """Every moment between two commits: nothing is half."""
    for number in range(1, len(tale.commits) + 1):
        yield Cut(dict.fromkeys(cloud.TABLES, number))


def askew(tale: Tale, chance: Random) -> Cut:
    """Tables copied at moments of their own."""
    first = chance.randrange(1, len(tale.commits))
    return Cut({table: first + chance.randrange(SKEW_MAX) for table in cloud.TABLES})


def restore(machine: Machine, tale: Tale, cut: Cut) -> Restoration:
    """Restore, look, mend, open for business, and come to rest. Raises Broken."""
    kept: list[str] = []
    with open_world(machine, tale.flow, 0, World) as world:
        world.injector.quiet = True
        machine.clock.advance_to(tale.now_ms + TAKES_MS)
        _fill(tale, cut)
        tables = tables_of(boto3.client("dynamodb"))
        found = look(tables, world.now)
        mended = mend(tables, found, world.now, kept.append)
        if not look(tables, world.now).is_whole:
            raise Broken(world.plan, [], [f"mended and not whole: {look(tables, world.now)}"])
        known = {row["order_id"] for row in cloud.rows("payment_order")}
        # Restored tables have streams of their own, in which nothing happened yet.
        dynamodb._stream_records.clear()
        machine.saved[PRELUDE] = Saved(
            now_ms=world.now,
            uuids=machine.uuids.count,
            cloud=cloud.save_cloud(),
            book=tale.book,
            cards=tale.cards,
            events=(),
            positions=dict.fromkeys(cloud.TABLES, 0),
            executions=frozenset(),
        )
    return _opened(
        machine,
        tale,
        Restoration(len(tale.flow.orders), found, mended, tuple(kept), 0, 0, 0),
        known,
    )


def tables_of(client: Any) -> Tables:
    """The simulation's tables, as the tool sees them."""
    return Tables(*(Table(client, name, cloud.TABLES[name][0]) for name in RESTORED))


def _fill(tale: Tale, cut: Cut) -> None:
    """Put the rows into the empty tables, each as its table's copy has it."""
    rows: dict[tuple[str, str], Item] = {}
    for number, commit in enumerate(tale.commits):
        for place, written in enumerate(commit):
            if cut.holds(number, place, written):
                rows[written.table, written.key] = written.item
    client = boto3.client("dynamodb")
    for (table, _), item in rows.items():
        client.put_item(TableName=table, Item=item)


def _opened(machine: Machine, tale: Tale, restoration: Restoration, known: set[str]) -> Restoration:
    """Open for business: callers come again with what they sent."""
    flow = replace(tale.flow, prelude=PRELUDE)
    try:
        with open_world(machine, flow, 0, World) as world, _psp_knows_more():
            world.play()
            charged = {charge.order_id for charge in world.shop.charges()}
            return replace(
                restoration,
                lost_orders=len(charged - known),
                charged_twice=charged_twice(world.shop),
                rest_ms=world.rest_ms,
            )
    finally:
        del machine.saved[PRELUDE]


@contextmanager
def _psp_knows_more() -> Iterator[None]:
    """Leave out what cannot hold on the way: the PSP has done what our rows do not know of yet.

    At rest it must hold again; and what subscribers were told before the loss stays told.
    """
    with ExitStack() as stack:
        for name in ("money_given_back", "money_paid_out"):
            stack.enter_context(patch(f"tests.simulation.watch.{name}", lambda _: ()))
        stack.enter_context(patch("tests.simulation.world.at_rest", _at_rest))
        yield


def _at_rest(
    shop: Shop, bus: list[dict[str, Any]], expected: Expected, now_ms: int
) -> Iterator[str]:
    return at_rest(shop, bus, replace(expected, with_streams=False), now_ms)
