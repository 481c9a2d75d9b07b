"""The limits of every queue, which the simulation's are made with too."""

from __future__ import annotations

from typing import Final

MAX_RECEIVES: Final = 5
# The longest that SQS keeps a message: in a dead-letter queue it waits for people.
KEPT_DAYS: Final = 14
# AWS's own advice: room for the function's retries while Lambda is throttled.
VISIBILITY_FACTOR: Final = 6
