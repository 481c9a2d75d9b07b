"""The queues and due-indexes in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import Instant
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.messages import Message, Queue


class _MayBeDue(Protocol):
    @property
    def due_at(self) -> Instant | None: ...


@dataclass
class FakeDueIndex:
    """A book's rows that are due, the longest due first."""

    rows: Mapping[str, _MayBeDue]

    def due(self, now: Instant, limit: int) -> dict[str, Instant]:
        found = [
            (row.due_at, key)
            for key, row in self.rows.items()
            if row.due_at is not None and row.due_at <= now and not getattr(row, "guarded", False)
        ]
        return {key: at for at, key in sorted(found)[:limit]}


@dataclass
class FakeDueWallets:
    """The wallets that hold a reserve which is free, the longest due first."""

    rows: Mapping[WalletAddress, Wallet]

    def due_wallets(self, now: Instant, limit: int) -> list[WalletAddress]:
        found = [(wallet.due_at, address) for address, wallet in self.rows.items()]
        due = sorted((at, address) for at, address in found if at is not None and at <= now)
        return [address for _, address in due][:limit]


@dataclass
class FakeOutbox:
    """Keeps what was sent; refuses everything while `is_down`."""

    sent: list[Message] = field(default_factory=list)
    is_down: bool = False

    def send(self, messages: Iterable[Message]) -> None:
        taken = list(messages)
        if self.is_down and taken:
            raise Unavailable("SQS did not take the messages")
        self.sent += taken

    def bodies(self, queue: Queue) -> list[dict[str, str]]:
        """What one queue holds."""
        return [message.body for message in self.sent if message.queue is queue]
