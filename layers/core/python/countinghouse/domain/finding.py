"""What a check of the books finds wrong, whose payouts it stops, and how a person answers for it.

A finding stops the payouts of its currencies until somebody acknowledges it. Acknowledging changes
no books: it says that a person knows, and lets money leave again. The same fault found again is the
same finding, so an acknowledged one stops nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass

_PREFIX = "fnd_"
_ID_LENGTH = 24

ALL_CURRENCIES = "*"
"""Stands for every currency, where nobody can say which is damaged. (`ALL` is Albania's.)"""

NAMED_MAX = 20
"""Currencies that one finding stops by name; a fault in more of them stops all."""

WALLET_UNBALANCED = "wallet_unbalanced"


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row of the books that cannot be read, and the currencies it is in (none: not known)."""

    name: str
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found wrong. `subject` tells it from every other; the same fault has the same.

    `currencies` are those whose payouts it stops; empty means all. `announced` says that
    `audit.raised` went out before the finding was recorded.
    """

    subject: str
    code: str
    detail: str
    found_at: Instant
    currencies: tuple[str, ...] = ()
    announced: bool = False
    acknowledged_by: str | None = None
    acknowledged_at: Instant | None = None
    reason: str | None = None

    @property
    def finding_id(self) -> str:
        """The public id: `fnd_` and 24 hexadecimal digits made of the subject."""
        return f"{_PREFIX}{hashlib.sha256(self.subject.encode()).hexdigest()[:_ID_LENGTH]}"

    @property
    def stops(self) -> tuple[str, ...]:
        """The currencies whose payouts it stops, by name or all at once."""
        known = tuple(code for code in self.currencies if code in EXPONENTS)
        named = 0 < len(known) == len(self.currencies) <= NAMED_MAX
        return known if named else (ALL_CURRENCIES,)

    @property
    def is_open(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged_by is None


def observed(
    code: str,
    subject: str,
    detail: str,
    now: Instant,
    currencies: Iterable[str] = (),
    *,
    announced: bool = False,
) -> Finding:
    """A finding about one row of the books, the same for whoever sees the same."""
    key = f"{code}:{subject}:{detail}"
    return Finding(key, code, detail, now, tuple(sorted(set(currencies))), announced)


def acknowledge(finding: Finding, caller: str, reason: str, now: Instant) -> Finding:
    """The finding acknowledged. A repeat by the same caller returns the same object.

    Raises IllegalTransition when somebody else has answered for it.
    """
    if finding.acknowledged_by == caller:
        return finding
    if not finding.is_open:
        raise IllegalTransition(f"finding {finding.finding_id} is acknowledged by somebody else")
    return replace(finding, acknowledged_by=caller, acknowledged_at=now, reason=reason)
