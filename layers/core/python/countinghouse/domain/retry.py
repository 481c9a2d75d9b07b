"""When to try again: full jitter for attempts, a ladder for questions to the PSP."""

from __future__ import annotations

import hashlib

from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait for what. Durations in milliseconds.

    `ladder` are the waits between questions about a charge whose outcome is open; its last rung
    repeats. `lease` is how long a sent request may be under way before somebody else may ask.
    `key_window` is how long the PSP remembers an idempotency key (Stripe: 24 h); past it a request
    is never sent again. `authorization_check` is how often a held authorisation is looked at.
    `action_margin` is how long after its end a buyer's action may still be told of, `action_max`
    how long one without an end stands; past that the order is ended (order_lapse.py).
    """

    ladder: tuple[int, ...] = (
        15 * SECOND,
        MINUTE,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        12 * HOUR,
        24 * HOUR,
    )
    lease: int = 15 * SECOND
    attempts_max: int = 3
    backoff_base: int = SECOND
    backoff_cap: int = MINUTE
    key_window: int = 23 * HOUR
    authorization_check: int = 24 * HOUR
    action_margin: int = DAY
    action_max: int = 7 * DAY

    @property
    def first_check(self) -> int:
        """How long after its submission a payment that is not done is first looked at."""
        return self.ladder[min(1, len(self.ladder) - 1)]

    @property
    def stopped_check(self) -> int:
        """How often a payout is looked at again while its currency's payouts are stopped."""
        return self.ladder[min(2, len(self.ladder) - 1)]

    def next_question_at(self, now: Instant, asked: int) -> Instant:
        """When to ask the PSP again after `asked` questions."""
        return now + self.ladder[min(asked, len(self.ladder) - 1)]

    def next_attempt_at(self, now: Instant, failed: int, seed: str) -> Instant:
        """When attempt `failed` + 1 may start: exponential, full jitter.

        The jitter is drawn from `seed`, so that it spreads orders evenly and replays exactly.
        """
        ceiling = min(self.backoff_cap, self.backoff_base << failed)
        return now + 1 + _drawn(f"{seed}|{failed}") % ceiling

    def held_back_until(self, now: Instant, seed: str) -> Instant:
        """When to look again at what waits for a PSP to be back: half of `backoff_cap` to all.

        Drawn from `seed` and the moment, so that what waits does not come back all at once.
        """
        half = self.backoff_cap // 2
        return now + half + 1 + _drawn(f"{seed}|{now}") % (self.backoff_cap - half)


def _drawn(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")
