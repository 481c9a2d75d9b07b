"""A payout: a seller's money on its way to their bank account, reserved in the ledger first.

    DRAFT -> RESERVED | PENDING_APPROVAL (with the journal that reserves it, in one transaction)
    PENDING_APPROVAL -> RESERVED -> SUBMITTED -> IN_TRANSIT -> PAID -> RETURNED
    SUBMITTED | IN_TRANSIT -> FAILED | UNKNOWN;  before SUBMITTED -> CANCELLED

UNKNOWN is left only by what the PSP says when asked or by its webhook; the same key goes out again
only when the PSP does not know it. PAID is not the end: a bank may send the money back (domain
rules, section 1). A status calls for journals, and the payout is at rest once they are booked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import MINUTE, Instant
from countinghouse.domain.payout_exchange import PayoutExchange
from countinghouse.domain.wallet import WalletAddress
from countinghouse.records import dataclass

WORKFLOW_GRACE = 5 * MINUTE
"""How long after its step was due a payout's workflow is taken for lost and started again."""


class PayoutStatus(StrEnum):
    """Where a payout stands."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    RESERVED = "reserved"
    SUBMITTED = "submitted"
    IN_TRANSIT = "in_transit"
    UNKNOWN = "unknown"
    PAID = "paid"
    RETURNED = "returned"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = PayoutStatus

AT_PSP = frozenset({S.SUBMITTED, S.IN_TRANSIT, S.UNKNOWN})
"""The PSP may have it, and has not settled it."""

SETTLED_PAYOUTS = frozenset({S.PAID, S.RETURNED, S.FAILED, S.CANCELLED})

_OUTCOMES = frozenset({S.PAID, S.FAILED, S.RETURNED})
"""RETURNED stands among them because the news that it was paid may never arrive."""

PAYOUT_TRANSITIONS: Mapping[PayoutStatus, frozenset[PayoutStatus]] = MappingProxyType(
    {
        S.DRAFT: frozenset({S.PENDING_APPROVAL, S.RESERVED, S.FAILED, S.CANCELLED}),
        S.PENDING_APPROVAL: frozenset({S.RESERVED, S.CANCELLED}),
        S.RESERVED: frozenset({S.SUBMITTED, S.CANCELLED}),
        S.SUBMITTED: frozenset({S.IN_TRANSIT, S.UNKNOWN}) | _OUTCOMES,
        S.IN_TRANSIT: frozenset({S.UNKNOWN}) | _OUTCOMES,
        S.UNKNOWN: frozenset({S.SUBMITTED, S.IN_TRANSIT}) | _OUTCOMES,
        S.PAID: frozenset({S.RETURNED}),
        S.RETURNED: frozenset(),
        S.FAILED: frozenset(),
        S.CANCELLED: frozenset(),
    }
)
"""Every legal change of status; anything else is an IllegalTransition (domain rules, section 1)."""


class PayoutTrigger(StrEnum):
    """What opened a payout."""

    REQUEST = "request"
    MONTHLY = "monthly"


class PayoutJournal(StrEnum):
    """The kinds of journal a payout can call for, each booked once."""

    RESERVE = "payout_reserve"
    PAID = "payout_paid"
    FAILED = "payout_failed"
    CANCELLED = "payout_cancelled"
    RETURNED = "payout_returned"


J = PayoutJournal

_CALLED_FOR: Mapping[PayoutStatus, tuple[PayoutJournal, ...]] = MappingProxyType(
    {
        S.PAID: (J.PAID,),
        S.RETURNED: (J.PAID, J.RETURNED),
        S.FAILED: (J.FAILED,),
        S.CANCELLED: (J.CANCELLED,),
    }
)
"""What follows the reserve in the books; without a reserve nothing has to be undone."""


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout. Amounts are minor units of `currency`, instants epoch milliseconds.

    `next_at` is when the workflow takes the next step by itself. `available_before_minor` and
    `recovered_minor` (the debt paid off first) are learned with the reserve; `carried_over_minor`
    is what the payout before had left available. `task_token` wakes the workflow, which waits for
    the payout to leave the status `awaited`. `conflicted` is set once the PSP spoke of other money.
    `exchange` is there when it is sent in another currency than the wallet's.
    """

    payout_id: str
    seller_id: str
    currency: str
    amount_minor: int
    psp: str
    bank_account: str
    requested_by: str
    trigger: PayoutTrigger
    fingerprint: str
    created_at: Instant
    updated_at: Instant
    next_at: Instant | None
    status: PayoutStatus = S.DRAFT
    version: int = 1
    period: str | None = None
    carried_over_minor: int = 0
    available_before_minor: int | None = None
    recovered_minor: int = 0
    booked: tuple[PayoutJournal, ...] = ()
    approved_by: str | None = None
    sent_at: Instant | None = None
    first_sent_at: Instant | None = None
    asked: int = 0
    psp_reference: str | None = None
    failure: str | None = None
    conflicted: bool = False
    settled_at: Instant | None = None
    returned_at: Instant | None = None
    task_token: str | None = None
    awaited: PayoutStatus | None = None
    exchange: PayoutExchange | None = None

    @property
    def key(self) -> str:
        """What the PSP knows this payout's one order by; it never changes."""
        return f"{self.payout_id}:payout:1"

    @property
    def wallet(self) -> WalletAddress:
        """The wallet it pays out."""
        return WalletAddress(f"seller:{self.seller_id}", self.currency)

    @property
    def sent_minor(self) -> int:
        """What the PSP is asked to send, minor units of `sent_currency`."""
        return self.amount_minor if self.exchange is None else self.exchange.minor

    @property
    def sent_currency(self) -> str:
        """The currency of the seller's bank account."""
        return self.currency if self.exchange is None else self.exchange.currency

    @property
    def owed(self) -> tuple[PayoutJournal, ...]:
        """The journals it calls for and lacks, in the order they have to be booked."""
        if J.RESERVE not in self.booked:
            return ()
        return tuple(j for j in _CALLED_FOR.get(self.status, ()) if j not in self.booked)

    @property
    def is_resting(self) -> bool:
        """Whether nothing more is due for this payout, unless the bank returns it."""
        return self.status in SETTLED_PAYOUTS and not self.owed

    @property
    def due_at(self) -> Instant | None:
        """When the sweep takes it up, because nobody else did; None when it is at rest."""
        return None if self.next_at is None else self.next_at + WORKFLOW_GRACE

    @property
    def wait_is_over(self) -> bool:
        """Whether a workflow waits for a change that has happened."""
        return self.task_token is not None and self.status is not self.awaited

    def moved(self, status: PayoutStatus, now: Instant, **changes: object) -> Payout:
        """This payout in another status, one version on.

        Raises IllegalTransition when PAYOUT_TRANSITIONS has no such step.
        """
        if status is not self.status and status not in PAYOUT_TRANSITIONS[self.status]:
            raise IllegalTransition(
                f"payout {self.payout_id} cannot go from {self.status} to {status}"
            )
        return self.changed(now, status=status, **changes)

    def changed(self, now: Instant, **changes: object) -> Payout:
        """This payout with other fields, one version on."""
        return replace(self, version=self.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]
