"""The smallest numbers that hold a load: each knob at 70% of what it allows in the peak hour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from countinghouse_aws.due_keys import DUE_SHARDS_MAX
from tools.capacity.chance import slowest_of
from tools.capacity.design import Design
from tools.capacity.groups import pace
from tools.capacity.parameters import Parameters, Step
from tools.capacity.steps import consumers, mixed, rate_of
from tools.capacity.tables import demands, postings_per_s, wallets

GOAL = 0.7
"""How much of any limit may be used."""


def concurrency_needed(
    steps: tuple[Step, ...], given: Parameters, payments_per_s: float, batch: int
) -> float:
    """Invocations at once, by Little's law, when batches are full."""
    seconds = mixed(steps, given)
    workers = batch if steps[0].workers > 1 else 1
    slowest = slowest_of(seconds, min(workers, batch))
    lasts = sum(slowest) / len(slowest) * (batch / workers)
    return rate_of(steps, given, payments_per_s) / batch * lasts


def round_up(value: float) -> float:
    """The next number that is easy to say, of two digits: 1,234 becomes 1,300."""
    if value <= 10.0:
        return float(math.ceil(value))
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(math.ceil(value / unit) * unit)


def power_of_two(value: float) -> int:
    """The next power of two."""
    return int(2 ** max(0, math.ceil(math.log2(max(value, 1.0)))))


def raised(design: Design, given: Parameters, load: float) -> Design:
    """The design with every number raised that the peak hour at `load` would use above 70%.

    A function without a reserve takes of the account's, which is raised.
    """
    peak = given.payments_per_s(load) * given.peak_factor
    keyed = replace(
        split(design, given, load),
        name=f"raised for {load:g}x",
        due_shards=max(design.due_shards, _due_shards(given, peak)),
    )
    with_queues = _concurrencies(keyed, given, peak)
    return replace(with_queues, warm=_warm(with_queues, given, peak))


def split(design: Design, given: Parameters, load: float) -> Design:
    """The design with as many sub-wallets of the largest seller as the load asks for."""
    peak = given.payments_per_s(load) * given.peak_factor
    shards = max(design.wallet_shards, _wallet_shards(given, peak))
    return replace(design, wallet_shards=shards)


def _wallet_shards(given: Parameters, peak: float) -> int:
    """Sub-wallets of the largest seller, so that none is busier than 70% of a group's pace."""
    largest = postings_per_s(given, peak) * float(given.raw["sellers"]["largest_share"])
    return power_of_two(largest / (GOAL * pace(given.raw["posting"]).ceiling))


def _due_shards(given: Parameters, peak: float) -> int:
    """Keys of the busiest due-index, so that none takes more than 70% of a partition."""
    busiest: dict[str, float] = {}
    for step in given.steps:
        for table, units in step.dynamodb.items():
            if table.endswith("/due"):
                taken = given.messages_per_s(step, peak) * float(units["wcu"])
                busiest[table] = busiest.get(table, 0.0) + taken
    needed = max(busiest.values()) / (GOAL * float(given.raw["partition"]["wcu"]))
    return min(DUE_SHARDS_MAX, power_of_two(needed))


def _concurrencies(design: Design, given: Parameters, peak: float) -> Design:
    queues, reserved, others = dict(design.consumers), dict(design.reserved), 0.0
    for name, steps in consumers(given).items():
        if steps[0].trigger == "fifo":
            continue
        batch = design.batch.get(name, 1)
        needed = round_up(concurrency_needed(steps, given, peak, batch) / GOAL)
        if steps[0].queue is not None:
            queues[name] = max(queues[name], needed)
        elif name in reserved:
            reserved[name] = max(reserved[name], needed)
        else:
            others += needed
    paced = given.raw["posting"]
    lasts = (float(paced["fixed_ms"]) + float(paced["each_ms"])) / 1_000.0
    booking = postings_per_s(given, peak) * lasts / design.posting_queues
    queues["Postings"] = max(queues["Postings"], round_up(booking / GOAL))
    rest = queues["Postings"] * (design.posting_queues - 1)
    everything = sum(queues.values()) + rest + sum(reserved.values()) + others
    calls = rate_of(tuple(s for s in given.steps if s.trigger == "http"), given, peak)
    return replace(
        design,
        consumers=queues,
        reserved=reserved,
        account=max(design.account, round_up(everything * 1.2)),
        api_rps=max(design.api_rps, round_up(calls / GOAL)),
    )


def _warm(design: Design, given: Parameters, peak: float) -> Mapping[str, tuple[float, float]]:
    """Units for every table and index: 70% used, writes and reads together."""
    found = demands(given, design, peak, wallets(given, design, peak, seed=1))
    limits = given.raw["partition"]
    writes_each, reads_each = float(limits["wcu"]), float(limits["rcu"])
    warm = dict(design.warm)
    for one in found:
        shares = (one.writes / writes_each + one.reads / reads_each) / GOAL
        if one.keys:
            # Keys that stand out fall unevenly, and there is no time to wait for a split.
            shares *= 2.0
        there = design.warmth(one.table)
        needed = (round_up(shares * writes_each), round_up(shares * reads_each))
        warm[one.table] = (max(there[0], needed[0]), max(there[1], needed[1]))
    return warm
