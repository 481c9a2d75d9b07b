"""The relay behind the tables' streams: a lane for each shard and parallel batch of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.constructs.relay_streams import WATCHED
from tools.capacity.design import Design
from tools.capacity.groups import Pace, Posted, run_group
from tools.capacity.parameters import Parameters
from tools.capacity.partitions import Demand, partitions_for

SAMPLE_S = 30.0
_WARM_ENOUGH = 0.7


@dataclass(frozen=True, slots=True)
class Relayed:
    """One table's stream: its lanes, what comes down each, and invocations under way."""

    table: str
    records_per_s: float
    lanes: int
    lane: Posted
    ceiling: float
    invocations: float

    @property
    def utilisation(self) -> float:
        """What comes down a lane over what it can take with full batches."""
        return self.records_per_s / self.lanes / self.ceiling


def relayed(
    given: Parameters, design: Design, payments_per_s: float, found: Sequence[Demand], seed: int
) -> list[Relayed]:
    """Every stream at a load; a stream has a shard for each partition that the load needs."""
    relay, limits = given.raw["relay"], given.raw["partition"]
    made = []
    for table, told in given.raw["streams"].items():
        window_s = design.watch_window_s if table in WATCHED else 0.0
        paced = Pace(
            float(relay["turn_ms"]) / 1_000.0 + window_s,
            float(relay["own_ms"]) / 1_000.0,
            float(relay["each_ms"]) / 1_000.0,
            design.stream_batch,
        )
        orders = payments_per_s * given.orders_per_payment
        records = payments_per_s * float(told.get("records_per_payment", 0.0)) + orders * float(
            told.get("records_per_order", 0.0)
        )
        demand = next(one for one in found if one.table == table)
        warm = design.warmth(table)[0]
        shards = partitions_for(max(warm, demand.writes / _WARM_ENOUGH), 0.0, limits)
        lanes = shards * design.parallelization
        lane = run_group(records / lanes, paced, SAMPLE_S, seed)
        busy = lane.busy_s - lane.batches * paced.turn_s
        made.append(
            Relayed(table, records, lanes, lane, paced.ceiling, lanes * busy / lane.seconds)
        )
    return made


def published_per_s(given: Parameters, payments_per_s: float) -> float:
    """Events a second on the bus."""
    orders = payments_per_s * given.orders_per_payment
    return sum(
        payments_per_s * float(told.get("published_per_payment", 0.0))
        + orders * float(told.get("published_per_order", 0.0))
        for told in given.raw["streams"].values()
    )
