"""Large sellers: whose orders are spread over several wallets, because a wallet has one writer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.records import dataclass

SHARDS_MAX = 64
"""Sub-wallets a seller may have: two hundred postings a second each."""

_NONE_LARGE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SellerShards:
    """How many sub-wallets each large seller has, by seller id; every other seller has one.

    The number decides where new orders go, and nothing else: an order keeps its sub-wallet, and all
    that a seller ever had are folded before a payout. So it may be raised or lowered at any time.
    """

    by_seller: Mapping[str, int] = field(default_factory=lambda: _NONE_LARGE)

    def shard_for(self, seller_id: str, order_id: str) -> int:
        """Which of the seller's sub-wallets an order belongs to: the same for every repeat."""
        shards = self.by_seller.get(seller_id, 1)
        return hashlib.sha256(order_id.encode()).digest()[-1] % shards if shards > 1 else 0


ONE_WALLET = SellerShards()
"""A market without large sellers."""


def parse_seller_shards(part: Part | None) -> SellerShards:
    """What `seller_shards` says: a power of two up to SHARDS_MAX by seller id.

    Raises Invalid naming the path.
    """
    if part is None:
        return ONE_WALLET
    found = {
        Part(seller, at.path).identifier(): _shards(at) for seller, at in part.entries().items()
    }
    return SellerShards(MappingProxyType(found))


def _shards(part: Part) -> int:
    shards = part.whole(SHARDS_MAX)
    if shards.bit_count() != 1:
        raise part.refused(f"a power of two from 1 to {SHARDS_MAX} is needed")
    return shards
