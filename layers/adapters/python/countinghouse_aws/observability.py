"""Structured logs and EMF metrics, the same for every function.

Logged are ids, states, codes and durations from an allow-list; never a body, a secret or a header.
"""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

CORRELATED = ("checkout_id", "order_id", "event_key", "ledger_id", "wallet", "request_id")
"""The ids that follow a payment from checkout to journal."""


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The function's logger; level and service name come from the environment."""
    return Logger(use_rfc3339=True, utc=True)


@lru_cache(maxsize=1)
def metrics() -> Metrics:
    """The function's metrics; namespace and service name come from the environment."""
    return Metrics()


def count(name: str, value: int = 1) -> None:
    """Count something; shown when the invocation ends."""
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def measure(name: str, milliseconds: int) -> None:
    """Record a duration in milliseconds."""
    metrics().add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)
