"""What is deployed: the numbers of a stage that bound its steps, as the model turns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from countinghouse_aws.system.market_rules import load_market_rules
from infra.catalogue import BATCH
from infra.config import stage
from infra.scale import scale_of

NEW_TABLE: Final = (4_000.0, 12_000.0)
"""Units that a new on-demand table takes at once."""


@dataclass(frozen=True)
class Design:
    """Every number that the model may raise. Of what is not named, the account's share is taken.

    `reserved` is Lambda's reserved concurrency by function, `consumers` the maximum concurrency of
    a queue's mapping, `warm` the write and read units that a
    table and each of its indexes take at once; `wallet_shards` are the
    sub-wallets of the largest seller, `due_shards` the partition keys of each due-index.
    """

    name: str
    reserved: Mapping[str, float]
    consumers: Mapping[str, float]
    warm: Mapping[str, tuple[float, float]]
    account: float
    api_rps: float
    posting_queues: int
    parallelization: int
    stream_batch: int
    watch_window_s: float
    wallet_shards: int
    due_shards: int
    batch: Mapping[str, int] = field(default_factory=dict)

    def warmth(self, table: str) -> tuple[float, float]:
        """Write and read units that a table, or an index (`Table/index`), takes at once."""
        return self.warm.get(table, self.warm.get(table.partition("/")[0], NEW_TABLE))

    def concurrency(self, function: str, queue: str | None) -> float:
        """Invocations of a step at once, by what bounds it."""
        if queue is not None:
            return self.consumers[queue]
        return self.reserved.get(function, self.account - sum(self.reserved.values()))

    @property
    def bookers(self) -> float:
        """Batches of postings at once, over all queues."""
        return self.consumers["Postings"] * self.posting_queues


def deployed(scale: str | None = None) -> Design:
    """The production stage as it is in `infra/config.py`, of that scale in `infra/scale.py`.

    In an account that allows Lambda what the scale says. The largest seller has as many sub-wallets
    as the packaged market's rules give to any.
    """
    prod = stage("prod", psp_url="https://psp.invalid", scale=scale)
    return Design(
        name="as deployed" if scale is None else f"scale={scale}",
        reserved=dict(prod.reserved_concurrency),
        consumers=dict(prod.max_concurrency),
        warm={name: (float(w.writes), float(w.reads)) for name, w in prod.warm.items()},
        account=float(scale_of(scale).lambda_account),
        api_rps=float(prod.throttle.rate_per_s),
        posting_queues=prod.posting_queues,
        parallelization=prod.stream_parallelization,
        stream_batch=prod.stream_batch,
        watch_window_s=float(prod.watch_window_s),
        wallet_shards=max(load_market_rules().shards.by_seller.values(), default=1),
        due_shards=prod.due_shards,
        batch=dict.fromkeys(prod.max_concurrency, BATCH),
    )
