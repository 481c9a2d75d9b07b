"""What the relay raises about the books themselves: damage it sees, and what an audit recorded.

What it sees is raised at once and recorded by whoever hears of it; what is recorded already and was
not raised before is raised from the record. So a fault is raised once and stops payouts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from countinghouse.domain.finding import WALLET_UNBALANCED, Finding
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.stream_window import check_window
from countinghouse.domain.wallet import Wallet
from countinghouse.messages import Published, audit_raised

BOOK_DAMAGED = "book_damaged"
WINDOW_UNBALANCED = "window_unbalanced"

SEEN_BY_THE_RELAY = (BOOK_DAMAGED, WALLET_UNBALANCED, WINDOW_UNBALANCED)
"""What is raised before it is recorded: the function `audit_events` records these and no others."""


def of_damage(row: str, detail: str, currencies: Iterable[str]) -> Published:
    """The alarm about a row that was altered, removed or cannot be right."""
    return audit_raised(row, 1, BOOK_DAMAGED, detail, currencies)


def of_finding(finding: Finding) -> Iterator[Published]:
    """The alarm about what an audit recorded, unless it was raised before."""
    if not finding.announced:
        yield audit_raised(finding.finding_id, 1, finding.code, finding.detail, finding.currencies)


def of_wallet(wallet: Wallet) -> Iterator[Published]:
    """The alarm about a wallet that does not sum to zero."""
    if wallet.total != 0:
        detail = f"wallet {wallet.address.group} sums to {wallet.total}"
        currencies = [wallet.address.currency]
        yield audit_raised(
            wallet.address.group, wallet.sequence, WALLET_UNBALANCED, detail, currencies
        )


def of_window(journals: Iterable[LinkedJournal]) -> list[Published]:
    """The alarms about journals of one batch that do not fit each other."""
    return [
        audit_raised(one.subject, one.sequence, WINDOW_UNBALANCED, one.detail, [one.currency])
        for one in check_window(journals)
    ]
