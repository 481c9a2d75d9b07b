"""How long a checkout's stations took, from what the client noted and the rows tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from tools.client import Client
from tools.load.whole import TimedClient

Row = dict[str, Any]
_ORDER = ("order_id", "checkout_id", "status", "updated_at")
_JOURNAL = ("reference", "kind", "created_at")
_CAPTURED, _CAPTURE = "captured", "capture"


@dataclass(frozen=True, slots=True)
class Stations:
    """Seconds of each station, of every checkout or order that came through it."""

    intake: list[float]
    captured: list[float]
    booked: list[float]


@dataclass(frozen=True, slots=True)
class Spread:
    """The percentiles of some seconds, interpolated between neighbours."""

    count: int
    p50: float
    p90: float
    p99: float
    most: float


def spread(seconds: Collection[float]) -> Spread:
    """Their percentiles. Raises statistics.StatisticsError with fewer than two."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Spread(len(seconds), cuts[49], cuts[89], cuts[98], max(seconds))


def curve(seconds: Collection[float], points: int) -> list[float]:
    """The least, the most and what lies between them at equal shares, rounded to milliseconds."""
    cuts = quantiles(seconds, n=points - 1, method="inclusive")
    return [round(one, 3) for one in (min(seconds), *cuts, max(seconds))]


def stations(client: TimedClient, checkouts: Collection[str]) -> Stations:
    """The stations of these checkouts."""
    tables = client.endpoints.table_names
    orders = _rows(client, tables["PaymentOrder"], _ORDER)
    journals = _rows(client, tables["Ledger"], _JOURNAL)
    return told(client.sessions, client.intakes, checkouts, orders, journals)


def told(
    sessions: dict[str, float],
    intakes: dict[str, float],
    checkouts: Collection[str],
    orders: Iterable[Row],
    journals: Iterable[Row],
) -> Stations:
    """The stations by the rows; a journal's transaction is also its wallet's."""
    booked_at = {one["reference"]: int(one["created_at"]) for one in journals if _is_capture(one)}
    own = set(checkouts)
    ours = [one for one in orders if one["checkout_id"] in own and one["status"] == _CAPTURED]
    return Stations(
        intake=[intakes[one] for one in sorted(own) if one in intakes],
        captured=[
            int(one["updated_at"]) / 1_000 - sessions[one["checkout_id"]]
            for one in ours
            if one["checkout_id"] in sessions
        ],
        booked=[
            (booked_at[one["order_id"]] - int(one["updated_at"])) / 1_000
            for one in ours
            if one["order_id"] in booked_at
        ],
    )


def _is_capture(journal: Row) -> bool:
    return journal.get("kind") == _CAPTURE


def stored(client: Client) -> int:
    """How many rows the system's tables hold."""
    dynamodb = client.aws("dynamodb")
    tables = client.endpoints.table_names.values()
    return sum(dynamodb.describe_table(TableName=one)["Table"]["ItemCount"] for one in tables)


def _rows(client: Client, table: str, names: Iterable[str]) -> Iterator[Row]:
    """Every row of a table, only these attributes, each as its text."""
    aliases = {f"#{place}": name for place, name in enumerate(names)}
    pages = client.aws("dynamodb").get_paginator("scan")
    asked = {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}
    for page in pages.paginate(TableName=table, **asked):
        for item in page["Items"]:
            yield {name: next(iter(value.values())) for name, value in item.items()}
