"""One load on one design: everything the model says of it."""

from __future__ import annotations

from dataclasses import dataclass

from tools.capacity.design import Design
from tools.capacity.groups import Posted
from tools.capacity.limits import Limit, limits
from tools.capacity.parameters import Parameters
from tools.capacity.partitions import Demand, Heat, heat
from tools.capacity.stations import Ran
from tools.capacity.steps import Traffic, consumers, run_steps
from tools.capacity.streams import Relayed, relayed
from tools.capacity.tables import demands, mean_group, postings_per_s, wallets


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load does to a design."""

    load: float
    traffic: str
    payments_per_s: float
    design: Design
    stations: dict[str, Ran]
    largest: dict[int, Posted]
    postings_per_s: float
    group: float
    relays: list[Relayed]
    demands: list[Demand]
    heats: dict[str, Heat]
    limits: list[Limit]

    @property
    def worst_age_s(self) -> float:
        """The longest p99 of a queue's, a wallet's or a stream's age."""
        return max(
            *(ran.ages.percentile(0.99) for ran in self.stations.values()),
            *(ran.ages.percentile(0.99) for ran in self.largest.values()),
            *(one.lane.ages.percentile(0.99) for one in self.relays),
        )

    @property
    def hottest(self) -> tuple[str, Heat]:
        """The table or index with the hottest partition after splits."""
        return max(self.heats.items(), key=lambda pair: pair[1].settled)


def outcome(given: Parameters, design: Design, load: float, traffic: Traffic, seed: int) -> Outcome:
    """Run the model of one load on one design."""
    # Of a sale, the tables and streams are shown at its height.
    rate = max(traffic.rate(t) for t in range(int(traffic.seconds)))
    largest = wallets(given, design, rate, seed)
    found = demands(given, design, rate, largest)
    relays = relayed(given, design, rate, found, seed)
    stations = {
        name: run_steps(steps, design, given, traffic, seed)
        for name, steps in consumers(given).items()
        if steps[0].trigger != "fifo"
    }
    return Outcome(
        load=load,
        traffic=traffic.name,
        payments_per_s=rate,
        design=design,
        stations=stations,
        largest=largest,
        postings_per_s=postings_per_s(given, rate),
        group=mean_group(given, rate, largest),
        relays=relays,
        demands=found,
        heats={
            one.table: heat(one, *design.warmth(one.table), given.raw["partition"]) for one in found
        },
        limits=limits(given, design, rate, found, relays),
    )
