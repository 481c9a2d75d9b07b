"""What finance gets at a month's close: trial balance, aged clearing accounts, fees by seller.

All of it is folded from the journals that count up to that month, so it can be made again from the
ledger at any later time and says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from countinghouse.domain.accounts import CLEARING_KINDS, Account
from countinghouse.domain.close import Closes, Month, statement_month
from countinghouse.domain.errors import Invalid
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.statement import FEE, FEE_TAX
from countinghouse.domain.trial_balance import TrialBalance, fold_journals
from countinghouse.domain.wallet import wallet_parts
from countinghouse.records import dataclass

AGES: tuple[tuple[str, int], ...] = (("0-1", 1), ("1-4", 4), ("4-30", 30))
"""Age classes in days, by the first day that is too old; beyond them is OVER."""

OVER = "over-30"
AGE_NAMES = (*(name for name, _ in AGES), OVER)


@dataclass(frozen=True, slots=True, order=True)
class OpenItem:
    """What one reference still holds on a clearing account, and since when it is not zero."""

    currency: str
    account: str
    reference: str
    residual_minor: int
    since: Instant
    age: str


@dataclass(frozen=True, slots=True)
class AgedAccount:
    """A clearing account's open items by age: how many, and what they come to."""

    residual_minor: int
    items: Mapping[str, int]
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True, order=True)
class FeeRow:
    """The platform's fee and tax of one month, from one wallet owner in one currency."""

    owner: str
    currency: str
    fee_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class ClosePack:
    """A month's close. Raises Invalid when the trial balance is not zero."""

    month: Month
    closed_at: Instant
    trial_balance: TrialBalance
    open_items: tuple[OpenItem, ...]
    fees: tuple[FeeRow, ...]
    unreadable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = {code: total for code, total in self.trial_balance.totals.items() if total}
        if wrong:
            raise Invalid(f"the books at the close of {self.month} do not sum to zero: {wrong}")

    def aged(self) -> dict[str, dict[str, AgedAccount]]:
        """The open items added up, by currency and account."""
        found: dict[str, dict[str, list[OpenItem]]] = {}
        for item in self.open_items:
            found.setdefault(item.currency, {}).setdefault(item.account, []).append(item)
        return {
            currency: {account: _aged(items) for account, items in accounts.items()}
            for currency, accounts in found.items()
        }


def _aged(items: list[OpenItem]) -> AgedAccount:
    return AgedAccount(
        sum(item.residual_minor for item in items),
        {age: sum(item.age == age for item in items) for age in AGE_NAMES},
        {age: sum(i.residual_minor for i in items if i.age == age) for age in AGE_NAMES},
    )


def draw_pack(
    month: Month, journals: Iterable[Journal | DamagedRow], closes: Closes, closed_at: Instant
) -> ClosePack:
    """The pack of a closed month from every journal and the rows that cannot be read."""
    folds = _Folds(month)
    unreadable = list[str]()
    counted = _counted(month, journals, closes, unreadable, folds)
    balance = fold_journals(counted, closed_at)
    return ClosePack(
        month=month,
        closed_at=closed_at,
        trial_balance=balance,
        open_items=folds.open_items(closed_at),
        fees=folds.fee_rows(),
        unreadable=tuple(sorted(unreadable)),
    )


def _counted(
    month: Month,
    journals: Iterable[Journal | DamagedRow],
    closes: Closes,
    unreadable: list[str],
    folds: _Folds,
) -> Iterator[Journal]:
    """The journals that count up to the month, each noted in the folds as it passes."""
    for journal in journals:
        if not isinstance(journal, Journal):
            unreadable.append(journal.name)
            continue
        counted = statement_month(journal.event_at, journal.created_at, closes)
        if counted <= month:
            folds.note(journal, counted)
            yield journal


class _Folds:
    """Sums over one pass of the journals, in whatever order they come."""

    def __init__(self, month: Month) -> None:
        self._month = month
        self._moves: dict[tuple[str, Account, str], list[tuple[Instant, int]]] = {}
        self._fees: dict[tuple[str, str], list[int]] = {}

    def note(self, journal: Journal, counted: Month) -> None:
        """Add one journal."""
        for leg in journal.legs:
            if leg.account.kind in CLEARING_KINDS:
                key = (leg.amount.currency, leg.account, journal.reference)
                self._moves.setdefault(key, []).append((journal.event_at, leg.amount.minor))
        if counted == self._month and any(
            leg.account.kind in (FEE, FEE_TAX) for leg in journal.legs
        ):
            self._note_fee(journal)

    def _note_fee(self, journal: Journal) -> None:
        for address, legs in wallet_parts(journal).items():
            sums = self._fees.setdefault((address.owner, address.currency), [0, 0])
            for leg in legs:
                if leg.account.kind in (FEE, FEE_TAX):
                    sums[leg.account.kind == FEE_TAX] -= leg.amount.minor

    def open_items(self, as_of: Instant) -> tuple[OpenItem, ...]:
        """Every reference that left something on a clearing account."""
        return tuple(
            sorted(
                OpenItem(currency, account.name, reference, minor, since, age_at(since, as_of))
                for (currency, account, reference), moves in self._moves.items()
                for minor, since in [_open(moves)]
                if minor
            )
        )

    def fee_rows(self) -> tuple[FeeRow, ...]:
        """Fee and tax by owner and currency, where there is any."""
        return tuple(
            sorted(
                FeeRow(owner, currency, fee, tax)
                for (owner, currency), (fee, tax) in self._fees.items()
                if fee or tax
            )
        )


def _open(moves: list[tuple[Instant, int]]) -> tuple[int, Instant]:
    """What is left, and since when there has been something left without a break."""
    left, since = 0, 0
    for moved_at, minor in sorted(moves):
        since = moved_at if left == 0 else since
        left += minor
    return left, since


def age_at(since: Instant, as_of: Instant) -> str:
    """The age class of what is open since an instant; a day is 24 hours."""
    days = (as_of - since) // DAY
    return next((name for name, limit in AGES if days < limit), OVER)
