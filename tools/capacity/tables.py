"""What our design asks of each table at a load: the even part, and the keys that get hot."""

from __future__ import annotations

from collections import defaultdict

from countinghouse_aws.due_keys import QUIET_SHARDS
from tools.capacity.design import Design
from tools.capacity.groups import Posted, pace, run_group
from tools.capacity.parameters import Parameters
from tools.capacity.partitions import Demand, Key
from tools.capacity.sellers import share

QUIET_INDEX = "Wallet/due"
"""Written with a wallet's first delivery of a day, so it has few keys."""
LARGEST = 8
"""Sellers whose wallets are looked at one by one."""
SAMPLE_S = 30.0


def postings_per_s(given: Parameters, payments_per_s: float) -> float:
    """Postings of all wallets: captures and deliveries."""
    steps = [step for step in given.steps if step.trigger == "fifo"]
    return sum(given.messages_per_s(step, payments_per_s) for step in steps)


def wallets(
    given: Parameters, design: Design, payments_per_s: float, seed: int
) -> dict[int, Posted]:
    """One group of each of the largest sellers, by rank; smaller sellers have fewer shards."""
    sold, paced = given.raw["sellers"], pace(given.raw["posting"])
    postings = postings_per_s(given, payments_per_s)
    found = {}
    for rank in range(1, LARGEST + 1):
        part = share(rank, float(sold["largest_share"]), int(sold["count"]))
        rate = postings * part / shards_of(rank, given, design)
        found[rank] = run_group(rate, paced, SAMPLE_S, seed + rank)
    return found


def shards_of(rank: int, given: Parameters, design: Design) -> int:
    """Sub-wallets of the seller of that rank: as many as its share of the largest one's calls."""
    sold = given.raw["sellers"]
    part = share(rank, float(sold["largest_share"]), int(sold["count"]))
    wanted = design.wallet_shards * part / float(sold["largest_share"])
    shards = 1
    while shards < wanted - 1e-6:
        shards *= 2
    return min(shards, design.wallet_shards)


def mean_group(given: Parameters, payments_per_s: float, posted: dict[int, Posted]) -> float:
    """Postings a transaction over all sellers: the largest as they ran, others by their rate.

    A group at rest books one at a time; at a low rate a batch holds what came during one.
    """
    sold, paced = given.raw["sellers"], pace(given.raw["posting"])
    largest, count = float(sold["largest_share"]), int(sold["count"])
    postings = postings_per_s(given, payments_per_s)
    lasts = paced.turn_s + paced.fixed_s + paced.each_s
    transactions = seen = 0.0
    for rank, ran in posted.items():
        part = share(rank, largest, count)
        seen += part
        transactions += postings * part / max(1.0, ran.group_size)
    for low in _ranks(count):
        high = min(count, low * 2)
        if high <= max(posted):
            continue
        rate = postings * share((low + high) // 2, largest, count)
        sellers = high - max(low, *posted)
        seen += share((low + high) // 2, largest, count) * sellers
        transactions += sellers * rate / (1.0 + rate * lasts)
    return postings * seen / transactions


def _ranks(count: int) -> list[int]:
    return [2**power for power in range(count.bit_length())]


def demands(
    given: Parameters, design: Design, payments_per_s: float, posted: dict[int, Posted]
) -> list[Demand]:
    """Every table and index with what is asked of it; without `posted`, all but the wallets."""
    writes: dict[str, float] = defaultdict(float)
    reads: dict[str, float] = defaultdict(float)
    for step in given.steps:
        rate = given.messages_per_s(step, payments_per_s)
        for table, units in step.dynamodb.items():
            if units.get("per") != "group":
                writes[table] += rate * float(units["wcu"])
                reads[table] += rate * float(units["rcu"])
    found = []
    for table in sorted(writes):
        keys = _due_keys(table, writes[table], design)
        even = 0.0 if keys else writes[table]
        found.append(Demand(table, even, reads[table], keys))
    return [*found, _of_wallet(given, payments_per_s, posted, design)] if posted else found


def _due_keys(table: str, writes: float, design: Design) -> tuple[Key, ...]:
    """A due-index has few keys, and their sort keys only ever grow: a key cannot be split."""
    if not table.endswith("/due"):
        return ()
    shards = QUIET_SHARDS if table == QUIET_INDEX else design.due_shards
    return tuple(Key(f"{table}#{shard}", writes / shards) for shard in range(shards))


def _of_wallet(
    given: Parameters, payments_per_s: float, posted: dict[int, Posted], design: Design
) -> Demand:
    units = next(step.dynamodb["Wallet"] for step in given.steps if "Wallet" in step.dynamodb)
    keys, transactions = [], 0.0
    for rank, ran in posted.items():
        for shard in range(shards_of(rank, given, design)):
            each = ran.batches_per_s
            transactions += each
            # Sub-wallets are items of one partition key, but may be split by their sort keys.
            name = f"seller {rank}" if shard == 0 else f"seller {rank}, wallet {shard}"
            keys.append(Key(name, each * float(units["wcu"]), each * float(units["rcu"])))
    group = mean_group(given, payments_per_s, posted)
    rest = max(0.0, postings_per_s(given, payments_per_s) / group - transactions)
    return Demand("Wallet", rest * float(units["wcu"]), rest * float(units["rcu"]), tuple(keys))
