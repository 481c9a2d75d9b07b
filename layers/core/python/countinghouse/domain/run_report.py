"""What a reconciliation run has to tell, and the sum that proves it whole.

Amounts are minor units with our sign; what is on the PSP's account is positive when it owes us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from countinghouse.domain.accounts import Account
from countinghouse.domain.close_pack import AGE_NAMES, AGES, OVER
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass

EXPECTED = "expected"
AUTO_RESOLVED = "auto_resolved"
SETTLED_STATUSES = frozenset({"matched", AUTO_RESOLVED, "manually_resolved", "written_off", "void"})
"""A break in one of these leaves nothing on the PSP's account; any other still does."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that the run took in; `file_hash` is the hash of its bytes, `kind` whose file it is.

    `lines` were accepted, `duplicates` dropped, `rejects` refused; `reasons` say why it was
    stopped, if it was.
    """

    name: str
    kind: str
    file_hash: str
    status: str
    lines: int
    rejects: int = 0
    duplicates: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrencyLine:
    """One currency: what the day's files add up to, and what stands on the PSP's account.

    `paid_out` is what the PSP says it sent, `arrived` what the bank shows of it, `settled` what was
    booked to the bank. `balance` is that of `psp_receivable`; of it, `not_due_minor` are movements
    whose file is still to come and `unsettled_minor` what accepted files will take off it.
    """

    currency: str
    gross_minor: int = 0
    fee_minor: int = 0
    net_minor: int = 0
    paid_out_minor: int = 0
    arrived_minor: int = 0
    settled_minor: int = 0
    balance_minor: int = 0
    not_due_minor: int = 0
    unsettled_minor: int = 0


@dataclass(frozen=True, slots=True)
class BreakLine:
    """A break and what it leaves on the PSP's account in one currency.

    A break in two currencies has a line for each, under the same id; one that is not about money,
    such as a line that cannot be read, has no currency. `rule` is the `id@version` of the rule that
    resolved it, else empty. Raises Invalid for an amount without a currency.
    """

    break_id: str
    code: str
    status: str
    order_id: str
    currency: str
    residual_minor: int
    age_days: int
    rule: str = ""

    def __post_init__(self) -> None:
        if self.residual_minor and not self.currency:
            raise Invalid(f"break {self.break_id} leaves an amount of no currency")

    @property
    def is_settled(self) -> bool:
        """Whether it leaves nothing behind any more."""
        return self.status in SETTLED_STATUSES

    @property
    def age(self) -> str:
        """Its age class, named as in a month's close pack."""
        return next((name for name, limit in AGES if self.age_days < limit), OVER)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What a rule resolved in one currency that day, against what it may."""

    rule: str
    currency: str
    count: int
    used_minor: int
    cap_minor: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `psp_receivable` holds what it holds in one currency."""

    currency: str
    balance_minor: int
    not_due_minor: int
    breaks_minor: int
    unsettled_minor: int

    @property
    def unexplained_minor(self) -> int:
        """What no movement, break or file accounts for. Anything but zero is an alarm."""
        return self.balance_minor - self.not_due_minor - self.breaks_minor - self.unsettled_minor


@dataclass(frozen=True, slots=True)
class Aged:
    """Unsettled breaks of one currency by age class: how many, and what they leave."""

    items: Mapping[str, int]
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything a report is made of.

    `breaks` are all of the PSP's that are not settled, whichever run found them, and those that
    this run found or settled. `trial_balance` has the total of the whole books by currency.
    """

    run_id: str
    psp: str
    day: str
    as_of: Instant
    matched: int
    trial_balance: Mapping[str, int]
    files: tuple[FileLine, ...] = ()
    currencies: tuple[CurrencyLine, ...] = ()
    breaks: tuple[BreakLine, ...] = ()
    rules: tuple[RuleLine, ...] = ()

    @property
    def account(self) -> str:
        """The account that is explained."""
        return Account("psp_receivable", self.psp).name

    @property
    def unsettled(self) -> tuple[BreakLine, ...]:
        """The breaks that leave something behind."""
        return tuple(line for line in self.breaks if not line.is_settled)

    def explanations(self) -> tuple[Explanation, ...]:
        """One explanation a currency, those included that only breaks know of."""
        lines = {line.currency: line for line in self.currencies}
        left = _summed(self.unsettled)
        return tuple(
            Explanation(
                currency,
                balance_minor=line.balance_minor,
                not_due_minor=line.not_due_minor,
                breaks_minor=left.get(currency, 0),
                unsettled_minor=line.unsettled_minor,
            )
            for currency in sorted({*lines, *left} - {""})
            for line in [lines.get(currency, CurrencyLine(currency))]
        )

    def unexplained(self) -> dict[str, int]:
        """What is not explained, by currency; empty when all is."""
        found = {one.currency: one.unexplained_minor for one in self.explanations()}
        return {currency: minor for currency, minor in found.items() if minor}

    def unbalanced(self) -> dict[str, int]:
        """The currencies in which the books do not sum to zero."""
        return {code: minor for code, minor in sorted(self.trial_balance.items()) if minor}

    def aged(self) -> dict[str, Aged]:
        """The unsettled breaks by currency and age; what is not about money has none."""
        found: dict[str, list[BreakLine]] = {}
        for line in (one for one in self.unsettled if one.currency):
            found.setdefault(line.currency, []).append(line)
        return {currency: _aged(found[currency]) for currency in sorted(found)}


def _summed(lines: Iterable[BreakLine]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in (one for one in lines if one.currency):
        sums[line.currency] = sums.get(line.currency, 0) + line.residual_minor
    return sums


def _aged(lines: list[BreakLine]) -> Aged:
    return Aged(
        {age: sum(line.age == age for line in lines) for age in AGE_NAMES},
        {age: sum(line.residual_minor for line in lines if line.age == age) for age in AGE_NAMES},
    )
