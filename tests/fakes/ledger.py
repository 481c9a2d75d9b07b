"""The ledger in memory: journals and wallets move together or not at all.

`closed` are the buyers' wallets that are closed, which tests/fakes/buyers.py shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from countinghouse.domain.buyer import wallet_of_owner
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.ledger import Journal, JournalKey, parse_ledger_id
from countinghouse.domain.posting import AlreadyPosted, Claim, LinkedJournal, Posting, stamped
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.domain.wallet import Wallet, WalletAddress

TRANSACTION_MAX = 100


@dataclass
class FakeLedger:
    """Ledger, reader and scan in one; `damaged` are rows the scan cannot read."""

    linked: dict[str, LinkedJournal] = field(default_factory=dict)
    wallet_rows: dict[WalletAddress, Wallet] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    commits: list[Posting] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)
    damaged: list[DamagedRow] = field(default_factory=list)
    code_version: str | None = None
    closed: dict[str, int] = field(default_factory=dict)

    def commit(self, posting: Posting) -> tuple[Journal, ...]:
        if self.interfere:
            self.interfere.pop(0)()
        rows = len(posting.journals) + len(posting.wallets) + (posting.claim is not None)
        if rows > TRANSACTION_MAX:
            raise Invalid(f"a posting of {rows} rows does not fit one transaction")
        known = {row.journal.ledger_id for row in posting.journals} & self.linked.keys()
        if known:
            raise AlreadyPosted(frozenset(known))
        if any(self._moved(old) for old, _ in posting.wallets):
            raise Conflict("a wallet moved while its journals were booked")
        if any(wallet_of_owner(old.address.owner) in self.closed for old, _ in posting.wallets):
            raise Conflict("a buyer's wallet is closed")
        if posting.claim is not None and posting.claim.scope in self.claims:
            raise Conflict("the claim is taken")
        written = stamped(posting, self.code_version).journals
        self.linked |= {row.journal.ledger_id: row for row in written}
        self.wallet_rows |= {new.address: new for _, new in posting.wallets}
        if posting.claim is not None:
            self.claims[posting.claim.scope] = posting.claim
        self.commits.append(posting)
        return tuple(row.journal for row in written)

    def _moved(self, old: Wallet) -> bool:
        stored = self.wallet_rows.get(old.address)
        return (stored.sequence if stored else 0) != old.sequence

    def wallets(self, addresses: Iterable[WalletAddress]) -> dict[WalletAddress, Wallet]:
        return {a: self.wallet_rows.get(a, Wallet(a)) for a in addresses}

    def posted(self, keys: Iterable[JournalKey]) -> frozenset[JournalKey]:
        return frozenset(key for key in keys if key.ledger_id in self.linked)

    def places(self, keys: Iterable[JournalKey], address: WalletAddress) -> dict[str, int]:
        rows = (self.linked.get(key.ledger_id) for key in keys)
        return {
            row.journal.ledger_id: row.links[address].sequence
            for row in rows
            if row is not None and address in row.links
        }

    def claim(self, scope: str) -> Claim | None:
        return self.claims.get(scope)

    def journal(self, key: JournalKey) -> Journal | None:
        row = self.linked.get(key.ledger_id)
        return row.journal if row else None

    def journals(self, reference: str) -> list[Journal]:
        found = [r.journal for r in self.linked.values() if r.journal.reference == reference]
        return sorted(found, key=lambda journal: (journal.created_at, journal.ledger_id))

    def wallets_of(self, owner: str) -> list[Wallet]:
        return [row for row in self._in_order() if row.address.owner == owner]

    def entries(self, address: WalletAddress, after: str | None, limit: int) -> list[Journal]:
        next_id = self._head(address) if after is None else self._previous(address, after)
        found: list[Journal] = []
        while next_id is not None and len(found) < limit:
            found.append(self.linked[next_id].journal)
            next_id = self.linked[next_id].links[address].previous
        return found

    def _head(self, address: WalletAddress) -> str | None:
        return self.wallets([address])[address].head

    def _previous(self, address: WalletAddress, ledger_id: str) -> str | None:
        row = self.linked.get(parse_ledger_id(ledger_id).ledger_id)
        if row is None or address not in row.links:
            raise Invalid("that cursor is not of this wallet", field="cursor")
        return row.links[address].previous

    def all_wallets(self) -> Iterator[Wallet | DamagedRow]:
        yield from self._in_order()
        yield from self.damaged

    def all_journals(self) -> Iterator[Journal | DamagedRow]:
        yield from (row.journal for row in self.linked.values())

    def _in_order(self) -> list[Wallet]:
        return [self.wallet_rows[address] for address in sorted(self.wallet_rows)]


@dataclass
class FakeBalanceBook:
    """The newest trial balance."""

    newest: TrialBalance | None = None

    def latest(self) -> TrialBalance | None:
        return self.newest

    def save(self, balance: TrialBalance) -> None:
        if self.newest is None or self.newest.as_of < balance.as_of:
            self.newest = balance
