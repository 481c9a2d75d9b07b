"""How many keys a due-index has: more keys, more writes a second, for a key cannot be split."""

from __future__ import annotations

import os

from countinghouse.domain.instants import MINUTE

QUIET_SHARDS = 8
"""Keys of an index whose table changes seldom, and of every index of a small stage."""
DUE_SHARDS_MAX = 256
"""As many as an index may have."""
LOOKED_BEYOND = 4
"""Keys beyond the stage's number that each look takes, in turn, so that an hour sees them all."""


def due_shards() -> int:
    """`DUE_SHARDS`: keys of the due-indexes of payments, orders and PSP events.

    It may be raised at any time, and lowered to any number above QUIET_SHARDS: a row stays under
    its key for as long as it is due, more keys contain the fewer, and beyond the fewer
    `looked_beyond` finds what was written under more.
    """
    return int(os.environ.get("DUE_SHARDS") or QUIET_SHARDS)


def looked_beyond(shards: int, now: int) -> list[int]:
    """Some of the keys that rows have which were written when the stage had more: by the minute.

    None for a stage with the fewest keys, which never had more.
    """
    others = DUE_SHARDS_MAX - shards if shards > QUIET_SHARDS else 0
    first = now // MINUTE * LOOKED_BEYOND
    return [shards + (first + n) % others for n in range(min(LOOKED_BEYOND, others))]
