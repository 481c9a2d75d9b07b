"""Draw a seller's statements from the books: walk each wallet's chain back as far as the month."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from countinghouse.domain.close import Closes, Month, latest_month
from countinghouse.domain.errors import Conflict, Rejected
from countinghouse.domain.instants import HOUR
from countinghouse.domain.ledger import Journal, parse_ledger_id
from countinghouse.domain.statement import Statement, draw_statement
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.ledger import Journals, Ledger

SELLERS = "sellers.json"
PACK = "pack.json"
REPORT = "report.json"
PAGE = 100
OUT_OF_ORDER = HOUR
"""How much later than its successor in the chain a journal's booking time may be: one process drew
it up, another got in first. Far longer than any function runs, or clocks differ."""


def document_key(seller_id: str, month: Month, currency: str, suffix: str) -> str:
    """Where a statement is stored."""
    return f"statements/{quote(seller_id, safe='')}/{month}/{currency}/statement.{suffix}"


def pack_key(month: Month, name: str) -> str:
    """Where a part of a month's close pack is stored."""
    return f"closes/{month}/{name}"


def draw_statements(
    seller_id: str,
    month: Month,
    closes: Closes,
    ledger: Ledger,
    journals: Journals,
    journals_max: int | None = None,
) -> list[Statement]:
    """The seller's statements by currency, without those that have nothing to tell.

    Raises Rejected with `statement_too_long` when more than `journals_max` would have to be read,
    Conflict when a journal is missing from a chain.
    """
    wallets: dict[str, list[Wallet]] = {}
    for wallet in ledger.wallets_of(f"seller:{seller_id}"):
        wallets.setdefault(wallet.address.currency, []).append(wallet)
    walk = _Walk(month, closes, ledger, journals, journals_max)
    drawn = [
        draw_statement(month, [(wallet, walk.back(wallet)) for wallet in wallets[code]], closes)
        for code in sorted(wallets)
    ]
    return [statement for statement in drawn if not statement.is_blank]


class _Walk:
    """From a wallet's newest journal back, within one budget for all wallets."""

    def __init__(
        self,
        month: Month,
        closes: Closes,
        ledger: Ledger,
        journals: Journals,
        journals_max: int | None,
    ) -> None:
        self._month = month
        self._closes = closes
        self._ledger = ledger
        self._journals = journals
        self._left = journals_max

    def back(self, wallet: Wallet) -> Iterator[Journal]:
        """The wallet's journals, newest first, until none can stand in the month any more.

        It starts from the head that was read with the balances: what is booked meanwhile is in
        neither.
        """
        for journal in self._chain(wallet):
            if latest_month(journal.created_at + OUT_OF_ORDER, self._closes) < self._month:
                return
            self._spend()
            yield journal

    def _chain(self, wallet: Wallet) -> Iterator[Journal]:
        if wallet.head is None:
            return
        head = self._journals.journal(parse_ledger_id(wallet.head))
        if head is None:
            raise Conflict(f"journal {wallet.head} is missing from {wallet.address.group}")
        page = [head]
        while page:
            yield from page
            page = self._ledger.entries(wallet.address, page[-1].ledger_id, PAGE)

    def _spend(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            raise Rejected(
                "too many journals to draw this statement while you wait; once the month is "
                "closed it is stored",
                code="statement_too_long",
            )
        self._left -= 1
