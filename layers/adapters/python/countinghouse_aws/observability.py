"""Structured logs and EMF metrics, the same for every function.

Logged are ids, states and codes; never a body, a secret or a header.
"""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


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


def waited(name: str, seconds: int) -> None:
    """Show how long something has been waiting, in seconds."""
    metrics().add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)


def took(name: str, milliseconds: int) -> None:
    """Show how long something took, in milliseconds; percentiles can be asked of it."""
    metrics().add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)
