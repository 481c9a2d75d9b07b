"""The deployed functions: their real handlers, and what a process of theirs keeps in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from countinghouse_aws.system.clients import aws_client

NAMES = (
    "fulfilment",
    "order_aftercare",
    "order_execution",
    "orders",
    "payment_progress",
    "payments",
    "payout_events",
    "payout_steps",
    "payouts",
    "posting",
    "psp_events",
    "relay",
    "repair",
    "webhooks",
)


class Context:
    """What Lambda tells an invocation about itself."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function."""

    name: str
    handler: Callable[[dict[str, Any], Any], Any]
    forget: Callable[[], None]

    def invoke(self, event: dict[str, Any]) -> Any:
        """Run the handler in this process, which stays warm."""
        return self.handler(event, Context())

    def restart(self) -> None:
        """Drop the process: the next invocation is a cold start."""
        self.forget()
        aws_client.cache_clear()


def functions() -> dict[str, Function]:
    """Every function by name."""
    return {name: function(name) for name in NAMES}


def function(name: str) -> Function:
    """One function by its name."""
    handler = import_module(f"functions.{name}.handler").lambda_handler
    return Function(name, handler, import_module(f"functions.{name}.wiring").deps.cache_clear)
