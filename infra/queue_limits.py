"""The limits of every queue, which the simulation's are made with too."""

from __future__ import annotations

from typing import Final

MAX_RECEIVES: Final = 5
# The longest that SQS keeps a message: in a dead-letter queue it waits for people.
KEPT_DAYS: Final = 14
# AWS's own advice: room for the function's retries while Lambda is throttled.
VISIBILITY_FACTOR: Final = 6
# AWS's bound on a mapping's maximum concurrency; above it pollers are provisioned. Each runs up to
# ten batches at once; a few hundred are ready at any time, more come within a minute.
MAPPING_MAX: Final = 1_000
POLLER_BATCHES: Final = 10
POLLERS_READY: Final = 200
