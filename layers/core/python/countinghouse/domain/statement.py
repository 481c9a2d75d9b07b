"""A seller's statement: one month, one currency, every journal, and balances that it ties to.

It is worked out from the books alone: the wallets' balances as they are, and their journals walked
back from the newest. Closing is what is there now less all that counts in a later month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from countinghouse.domain.accounts import BUCKETS
from countinghouse.domain.close import Closes, Month, statement_month
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.money import Money
from countinghouse.domain.wallet import Wallet, WalletAddress, buckets, wallet_parts
from countinghouse.records import dataclass

FEE = "platform_fee_revenue"
FEE_TAX = "fee_tax_payable"
_PAYOUTS = frozenset({"payout_paid", "payout_returned"})

Balances = Mapping[str, int]
"""Minor units by bucket, every bucket of BUCKETS present."""

NOTHING: Balances = MappingProxyType(dict.fromkeys(BUCKETS, 0))


def plus(balances: Balances, change: Balances, sign: int = 1) -> Balances:
    """Balances after a change, or before it with `sign` -1."""
    return MappingProxyType({name: balances[name] + sign * change[name] for name in BUCKETS})


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one journal did to the seller's buckets, and the platform's fee and tax in it.

    Fee and tax are above zero when the seller was charged, below when they were given back. `sent`
    is what a payout sent in another currency, below zero what came back of it.
    """

    event_at: Instant
    created_at: Instant
    ledger_id: str
    kind: str
    reference: str
    changes: Balances
    fee_minor: int = 0
    tax_minor: int = 0
    sent: Money | None = None


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All lines of one kind."""

    count: int
    changes: Balances
    fee_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One seller, one currency, one month. Raises Invalid when the lines do not tie, per bucket."""

    seller_id: str
    currency: str
    month: Month
    opening: Balances
    closing: Balances
    lines: tuple[StatementLine, ...]

    def __post_init__(self) -> None:
        reached = self.opening
        for line in self.lines:
            reached = plus(reached, line.changes)
        if dict(reached) != dict(self.closing):
            raise Invalid(
                f"the statement of {self.seller_id} {self.currency} {self.month} does not tie: "
                f"lines lead to {dict(reached)}, closing is {dict(self.closing)}"
            )

    @property
    def fee_minor(self) -> int:
        """The platform's fee in all lines."""
        return sum(line.fee_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax on it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to tell: no money before, none after, no journal between."""
        return not self.lines and not any(self.opening.values())

    def totals(self) -> dict[str, KindTotal]:
        """The lines added up by kind of journal."""
        found: dict[str, KindTotal] = {}
        for line in sorted(self.lines, key=lambda line: line.kind):
            so_far = found.get(line.kind, KindTotal(0, NOTHING, 0, 0))
            found[line.kind] = KindTotal(
                so_far.count + 1,
                plus(so_far.changes, line.changes),
                so_far.fee_minor + line.fee_minor,
                so_far.tax_minor + line.tax_minor,
            )
        return found


def statement_line(journal: Journal, address: WalletAddress) -> StatementLine:
    """A journal's part in one wallet, as a line."""
    changes = dict(NOTHING)
    fee = tax = 0
    for leg in wallet_parts(journal).get(address, ()):
        account, minor = leg.account, leg.amount.minor
        if account.line.bucket:
            changes[account.line.bucket] += account.shown(minor)
        fee -= minor if account.kind == FEE else 0
        tax -= minor if account.kind == FEE_TAX else 0
    return StatementLine(
        event_at=journal.event_at,
        created_at=journal.created_at,
        ledger_id=journal.ledger_id,
        kind=journal.kind,
        reference=journal.reference,
        changes=MappingProxyType(changes),
        fee_minor=fee,
        tax_minor=tax,
        sent=_sent(journal, address.currency),
    )


def _sent(journal: Journal, currency: str) -> Money | None:
    """What left the bank in another currency than the statement's, with a payout of this one."""
    if journal.kind not in _PAYOUTS:
        return None
    legs = [leg.amount for leg in journal.legs if leg.account.kind == "bank"]
    return next((-amount for amount in legs if amount.currency != currency), None)


def draw_statement(
    month: Month, walked: Iterable[tuple[Wallet, Iterable[Journal]]], closes: Closes
) -> Statement:
    """The statement of one seller in one currency.

    `walked` are the seller's wallets of that currency, each with its journals as far back as one
    can stand in this month. Raises Invalid when there is no wallet.
    """
    address: WalletAddress | None = None
    closing, lines = NOTHING, list[StatementLine]()
    for wallet, journals in walked:
        address = wallet.address
        closing = plus(closing, buckets([wallet]).get(address.currency, NOTHING))
        for journal in journals:
            line = statement_line(journal, address)
            counted = statement_month(journal.event_at, journal.created_at, closes)
            if counted > month:
                closing = plus(closing, line.changes, -1)
            elif counted == month:
                lines.append(line)
    if address is None:
        raise Invalid("a statement is of at least one wallet")
    opening = closing
    for line in lines:
        opening = plus(opening, line.changes, -1)
    # Journals of one moment stay in the order of their chain.
    lines.reverse()
    lines.sort(key=lambda line: line.created_at)
    seller_id = address.owner.partition(":")[2]
    return Statement(seller_id, address.currency, month, opening, closing, tuple(lines))
