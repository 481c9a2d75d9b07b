"""Structured logs and EMF metrics, the same for every function.

Logged are ids, states and codes; never a body, a secret or a header. A line is as short as it can
be found by: whose it is says its log group.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

T = TypeVar("T")
WAITS_S = 10
"""How long a process keeps counts that may wait to itself."""
MAY_WAIT = frozenset(
    {
        *("Http2xx", "PaymentAccepted", "WebhookStored", "StreamRecords", "LakeRows"),
        *("Order_captured", "OrdersPosted", "PaymentFolded", "PspEvent_applied", "PspEvent_stale"),
    }
)
"""What is counted when all is well: no alarm reads it, so it is told together. Anything else is
told as its invocation ends, and these with it."""
MAY_WAIT_BY = ("Event_",)
"""How names begin that may wait as well."""
VALUES_MAX = 100
"""Values of one metric that CloudWatch takes in one line."""


class Lines(LambdaPowertoolsFormatter):
    """Log lines without what the log group says of them."""

    def __init__(self) -> None:
        """UTC, without the place in the code: each message is written in one place."""
        super().__init__(use_rfc3339=True, utc=True, location=None)

    def serialize(self, log: Any) -> str:
        """The line; a trace is named where there is one, in one of a thousand requests."""
        log.pop("service", None)
        if "Sampled=1" not in os.environ.get("_X_AMZN_TRACE_ID", ""):
            log.pop("xray_trace_id", None)
        return super().serialize(log)


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The function's logger; its level comes from the environment."""
    return Logger(logger_formatter=Lines())


class Tally:
    """The counts of one process, written to its log in CloudWatch's embedded metric format."""

    def __init__(
        self,
        clock_s: Callable[[], float] = time.monotonic,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Nothing counted; the first invocation tells what it counts."""
        self._clock_s = clock_s
        self.clock_ns = clock_ns
        self.counts = Counter[str]()
        self.values: dict[tuple[str, str], list[int]] = {}
        self._lock = Lock()
        self._told_at = clock_s() - WAITS_S

    def add(self, name: str, value: int) -> None:
        """Count something, from any thread."""
        with self._lock:
            self.counts[name] += value

    def show(self, name: str, unit: str, value: int) -> None:
        """Show a value, from any thread; it may wait, but not until there are too many to tell."""
        with self._lock:
            self.values.setdefault((name, unit), []).append(value)

    def log_metrics(self, handler: Callable[..., T]) -> Callable[..., T]:
        """Have a handler tell what it counted, also when it raises."""

        @wraps(handler)
        def counted(event: Any, context: Any) -> T:
            try:
                return handler(event, context)
            finally:
                self.flush()

        return counted

    def flush(self) -> None:
        """Write what was counted, unless all of it may wait and was told a moment ago.

        A process that is never called again takes what it had not told with it: ten seconds' worth
        at most, of nothing that an alarm reads.
        """
        now_s = self._clock_s()
        has_waited = now_s - self._told_at >= WAITS_S
        if self.is_urgent or (has_waited and (self.counts or self.values)):
            self._told_at = now_s
            # The runtime takes what is printed to the log.
            print(self.take(), flush=True)  # noqa: T201

    @property
    def is_urgent(self) -> bool:
        """Whether something was counted that may not wait, or there is all that a line takes."""
        waiting = (name in MAY_WAIT or name.startswith(MAY_WAIT_BY) for name in list(self.counts))
        return not all(waiting) or any(
            len(values) >= VALUES_MAX for values in list(self.values.values())
        )

    def take(self) -> str:
        """What was counted since, as one line; counting begins anew."""
        with self._lock:
            counts, self.counts = self.counts, Counter()
            values = {key: shown[:VALUES_MAX] for key, shown in self.values.items()}
            self.values = {
                key: rest for key, shown in self.values.items() if (rest := shown[VALUES_MAX:])
            }
        units = [*((name, "Count") for name in counts), *values]
        told = {
            "Namespace": os.environ["POWERTOOLS_METRICS_NAMESPACE"],
            "Dimensions": [["service"]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in units],
        }
        about = {"Timestamp": self.clock_ns() // 1_000_000, "CloudWatchMetrics": [told]}
        service = os.environ["POWERTOOLS_SERVICE_NAME"]
        shown = {name: many for (name, _), many in values.items()}
        line = {"_aws": about, "service": service, **counts, **shown}
        return json.dumps(line, separators=(",", ":"))


@lru_cache(maxsize=1)
def metrics() -> Tally:
    """The process's counts; namespace and service name come from the environment."""
    return Tally()


def count(name: str, value: int = 1) -> None:
    """Count something; shown when the invocation ends, or soon after where that may wait."""
    metrics().add(name, value)


def waited(name: str, seconds: int) -> None:
    """Show how long something has been waiting, in seconds."""
    metrics().show(name, "Seconds", seconds)


def took(name: str, milliseconds: int) -> None:
    """Show how long something took, in milliseconds; percentiles can be asked of it."""
    metrics().show(name, "Milliseconds", milliseconds)
