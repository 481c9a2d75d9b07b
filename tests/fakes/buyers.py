"""Users and their wallets in memory, and pseudonyms that can be foretold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from countinghouse.domain.errors import Conflict
from countinghouse.usecases.erase_buyer import Forgetting
from countinghouse.usecases.name_account import Naming
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger


@dataclass
class FakePseudonyms:
    """Draws `bw_1`, `bw_2` and so on."""

    drawn: int = 0

    def draw(self) -> str:
        self.drawn += 1
        return f"bw_{self.drawn}"


@dataclass
class FakeBuyerBook:
    """The buyers; `closed` is the ledger's own. `interfere` runs before the next writes."""

    closed: dict[str, int] = field(default_factory=dict)
    wallets: dict[str, str] = field(default_factory=dict)
    expiring: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def wallet_of(self, user_id: str) -> str | None:
        return self.wallets.get(user_id)

    def assign(self, user_id: str, wallet_id: str) -> str:
        self._write("assigned")
        self.expiring.pop(user_id, None)
        return self.wallets.setdefault(user_id, wallet_id)

    def forget(self, user_id: str, wallet_id: str, closed_at: int, now: int) -> None:
        self._write("forgotten")
        same = self.wallets.get(user_id) == wallet_id and self.closed.get(wallet_id) == closed_at
        if not same:
            raise Conflict("the wallet is another's, or open")
        del self.wallets[user_id]
        self.expiring[user_id] = now // 1_000

    def is_closed(self, wallet_id: str) -> bool:
        return wallet_id in self.closed

    def close(self, wallet_id: str, now: int) -> None:
        self._write("closed")
        self.closed[wallet_id] = now

    def reopen(self, wallet_id: str) -> None:
        self._write("reopened")
        self.closed.pop(wallet_id, None)

    def _write(self, what: str) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        self.log.append(what)


def naming(ledger: FakeLedger, book: FakeBuyerBook | None = None) -> Naming:
    """What naming an account takes, over this ledger."""
    book = book or FakeBuyerBook(ledger.closed)
    return Naming(book, book, FakePseudonyms(), ledger)


def forgetting(
    ledger: FakeLedger, book: FakeBuyerBook | None = None, clock: FakeClock | None = None
) -> Forgetting:
    """What forgetting a buyer takes, over this ledger."""
    book = book or FakeBuyerBook(ledger.closed)
    return Forgetting(book, book, ledger, clock or FakeClock())
