"""What goes wrong between the services: deliveries that are lost, late, twice, in another order.

AWS and the PSP promise each delivery at least once, and nothing else. A history with a seed draws
which kinds of trouble it has (a few of them, so that rare mixes occur), and whether one happens at
each occasion. Each kind happens a few times at most, so that every history comes to rest: what
fails five times is for people to look at.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from countinghouse.domain.instants import DAY, MINUTE, SECOND

T = TypeVar("T")

TIMES_MAX = 3
"""How often one kind happens in one history."""
ONE_IN = 4
"""At every so many-th occasion, of those that draw it."""


class Trouble(StrEnum):
    """A kind of trouble with deliveries."""

    DROPPED = "dropped"
    """A consumer dies before it begins: the message comes again once it is visible."""
    UNACKNOWLEDGED = "unacknowledged"
    """The work is done, and the message comes again: its deletion was late, or lost."""
    AGAIN = "again"
    """What was delivered and acknowledged is delivered once more, much later."""
    DELAYED = "delayed"
    """A message waits in a queue that keeps no order."""
    REORDERED = "reordered"
    """A queue that keeps no order hands out what came last first."""
    SPLIT = "split"
    """A batch has fewer messages or records than there are."""
    REDRIVEN = "redriven"
    """A message ends in the dead-letter queue, and is put back as a new one hours later."""
    STORM = "storm"
    """A webhook comes many times at once."""
    FORGED = "forged"
    """A webhook comes with another body, or under a signature of nobody's: it must be refused."""
    LATE = "late"
    """A webhook's first bytes come once more when its signature is too old: refused again."""


PSP_TROUBLE: tuple[str, ...] = (
    "webhook_duplicate",
    "webhook_delayed",
    "webhook_out_of_order",
    "webhook_bad_signature",
)
"""The sandbox's own troubles with webhooks, planted before a history begins.

A webhook that never comes is a flow's own matter (`with_webhooks`): of a dispute we hear in no
other way.
"""


class Turmoil:
    """Draws the troubles of one history from its seed; none at all without one."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"turmoil {seed}")
        self.is_on = bool(seed)
        draws = self._chance.random
        self.kinds = {kind for kind in Trouble if seed and draws() < 1 / 2}
        self.of_psp = [kind for kind in PSP_TROUBLE if seed and draws() < 1 / ONE_IN]
        self.met: Counter[Trouble] = Counter()

    def strikes(self, kind: Trouble) -> bool:
        """Whether this happens now."""
        if kind not in self.kinds or self.met[kind] >= TIMES_MAX:
            return False
        if self._chance.randrange(ONE_IN):
            return False
        self.met[kind] += 1
        return True

    def size(self, whole: int) -> int:
        """How large a batch is at most, of one that may be as large as `whole`."""
        return self._chance.randint(1, whole) if self.strikes(Trouble.SPLIT) else whole

    def shuffled(self, found: Sequence[T]) -> list[T]:
        """The same in another order."""
        return self._chance.sample(found, len(found))

    def pick(self, found: Sequence[T]) -> T:
        """One of them."""
        return self._chance.choice(found)

    def minutes_ms(self) -> int:
        """A wait of seconds to minutes."""
        return self._chance.randint(SECOND, 15 * MINUTE)

    def hours_ms(self) -> int:
        """A wait of minutes to hours: as long as it takes people to redrive a queue."""
        return self._chance.randint(5 * MINUTE, DAY // 2)
