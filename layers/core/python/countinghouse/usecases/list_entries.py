"""A wallet owner's journals, newest first, over all currencies and shards."""

import heapq

from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import Wallet, WalletAddress, parse_address
from countinghouse.ports.ledger import Ledger
from countinghouse.records import dataclass

_BETWEEN = "."
_WITHIN = "~"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of journals, and where the next begins (None at the end)."""

    journals: tuple[Journal, ...]
    next_cursor: str | None


def list_entries(
    owner: str, currency: str | None, cursor: str | None, limit: int, ledger: Ledger
) -> Page:
    """At most `limit` journals. The cursor holds, per wallet, the last journal shown.

    Raises Invalid for a cursor that is not one of ours.
    """
    wallets = [
        wallet
        for wallet in ledger.wallets_of(owner)
        if currency is None or wallet.address.currency == currency
    ]
    seen = _read_cursor(owner, cursor)
    columns = [
        [(wallet.address, entry) for entry in _entries(wallet, seen, limit + 1, ledger)]
        for wallet in wallets
    ]
    merged = heapq.merge(*columns, key=lambda row: -row[1].created_at)
    rows = list(merged)
    for address, journal in rows[:limit]:
        seen[address] = journal.ledger_id
    more = len(rows) > limit
    return Page(tuple(journal for _, journal in rows[:limit]), _cursor(seen) if more else None)


def _entries(
    wallet: Wallet, seen: dict[WalletAddress, str], limit: int, ledger: Ledger
) -> list[Journal]:
    return ledger.entries(wallet.address, seen.get(wallet.address), limit)


def _cursor(seen: dict[WalletAddress, str]) -> str:
    return _BETWEEN.join(
        f"{address.wallet_id.replace('#', _WITHIN)}{_WITHIN}{ledger_id}"
        for address, ledger_id in sorted(seen.items())
    )


def _read_cursor(owner: str, cursor: str | None) -> dict[WalletAddress, str]:
    seen: dict[WalletAddress, str] = {}
    for part in (cursor or "").split(_BETWEEN) if cursor else []:
        pieces = part.split(_WITHIN)
        if len(pieces) != 3 or not pieces[1].isdecimal():
            raise Invalid("that is not a cursor of this list", field="cursor")
        seen[parse_address(owner, f"{pieces[0]}#{pieces[1]}")] = pieces[2]
    return seen
