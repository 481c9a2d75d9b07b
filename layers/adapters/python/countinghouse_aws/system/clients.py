"""AWS clients as every function uses them: short time-outs, few retries, no per-call validation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(
    connect_timeout=1,
    read_timeout=4,
    # Requests are built by our own typed code and tested; botocore's second look costs a fifth of
    # each call (docs/performance).
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent="countinghouse/1",
    tcp_keepalive=True,
)


@lru_cache(maxsize=8)
def aws_client(service: str) -> Any:
    """The process's one client for a service; region and endpoint come from the environment."""
    return boto3.client(service, config=CONFIG)  # type: ignore[call-overload]
