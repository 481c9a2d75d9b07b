"""At how many times a hundred million payments a day each limit is reached, in the peak hour."""

from __future__ import annotations

from dataclasses import dataclass

from tools.capacity.design import Design
from tools.capacity.groups import pace
from tools.capacity.limits import limits
from tools.capacity.parameters import Parameters
from tools.capacity.streams import relayed
from tools.capacity.tables import demands, postings_per_s, shards_of, wallets


@dataclass(frozen=True, slots=True)
class Break:
    """Where a limit is reached: `load` times the volume, in the busiest hour of the day."""

    name: str
    load: float
    owner: str
    how: str


def breaks(given: Parameters, design: Design, seed: int) -> list[Break]:
    """Every limit, the first to be reached first. All that is taken grows as the load does."""
    rate = given.payments_per_s(1.0) * given.peak_factor
    largest = wallets(given, design, rate, seed)
    found = demands(given, design, rate, largest)
    relays = relayed(given, design, rate, found, seed)
    rows = [
        Break(one.name, one.allows / one.takes, one.owner, one.how)
        for one in limits(given, design, rate, found, relays)
        if one.takes > 0.0
    ]
    return sorted(
        [*rows, *_due(given, design, rate), *_wallet(given, design, rate)],
        key=lambda row: (row.load, row.name),
    )


def _due(given: Parameters, design: Design, rate: float) -> list[Break]:
    """One key of a due-index: it cannot be split, for its sort keys only ever grow."""
    wcu = float(given.raw["partition"]["wcu"])
    return [
        Break(f"{one.table}: a key of it", wcu / one.keys[0].writes, "AWS", "`due_shards`")
        for one in demands(given, design, rate, {})
        if one.table.endswith("/due")
    ]


def _wallet(given: Parameters, design: Design, rate: float) -> list[Break]:
    """The largest seller's wallet: its group's pace, and its row's write units in full batches."""
    paced, units = pace(given.raw["posting"]), wallet_units(given)
    share = float(given.raw["sellers"]["largest_share"])
    shards = shards_of(1, given, design)
    postings = postings_per_s(given, rate) * share / shards
    row = postings / paced.batch * units
    limit = float(given.raw["partition"]["wcu"])
    return [
        Break(
            "the largest seller's wallet: its pace", paced.ceiling / postings, "ours", "sub-wallets"
        ),
        Break("the largest seller's wallet: its row", limit / row, "AWS", "sub-wallets"),
    ]


def wallet_units(given: Parameters) -> float:
    """Write units of one transaction on a wallet."""
    return next(
        float(step.dynamodb["Wallet"]["wcu"]) for step in given.steps if "Wallet" in step.dynamodb
    )
