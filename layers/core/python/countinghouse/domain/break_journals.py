"""From a break to its journals: the residual is moved, and can be moved back.

rule fee_variance, expense   psp_fee_expense      psp_receivable
rule rounding                rounding             psp_receivable
rule fx_variance             fx_position, fx_gain_loss   psp_receivable, in both currencies
rule reserve_movement        psp_reserve          psp_receivable
rule unallocated, to_unallocated   unallocated    psp_receivable
write_off                    recon_variance       psp_receivable
from_unallocated, reopen     the mirror of what is undone

Each is debit and credit of a residual above zero, and the other way round below it. A residual that
is parked is moved from `unallocated` instead. None of them touches a seller's or buyer's account.
"""

from __future__ import annotations

from collections.abc import Iterable

from countinghouse.domain.accounts import CHART, Account, Owner
from countinghouse.domain.breaks import Break
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, Leg, journal_key
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

RECEIVABLE = "psp_receivable"
UNALLOCATED = "unallocated"
KIND_PREFIX = "recon_"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a residual and the kind of account it goes to, signed, debit positive."""

    kind: str
    currency: str
    minor: int


def shares_of(kind: str, brk: Break) -> tuple[Share, ...]:
    """All of a break's residual on one kind of account."""
    return tuple(Share(kind, currency, minor) for currency, minor in brk.residuals)


def resolution_journal(
    brk: Break, kind: str, shares: Iterable[Share], cause: str, now: Instant
) -> Journal:
    """The journal that takes the residual off the account where it stands.

    Raises Invalid when the shares are not the residual, to the minor unit, or there is none.
    """
    source = UNALLOCATED if brk.is_parked else RECEIVABLE
    legs = [_leg(brk.psp, share) for share in shares]
    legs += [_leg(brk.psp, Share(source, code, -minor)) for code, minor in brk.residuals]
    return _journal(brk, kind, tuple(legs), cause, now)


def mirror_journal(brk: Break, undone: Journal, kind: str, cause: str, now: Instant) -> Journal:
    """The journal that undoes one booked for this break. Raises Invalid when it was not."""
    if undone.reference != brk.break_id:
        raise Invalid(f"{undone.ledger_id} was not booked for {brk.break_id}")
    legs = tuple(Leg(leg.account, -leg.amount) for leg in undone.legs)
    return _journal(brk, kind, legs, cause, now, undone.ledger_id)


def _journal(
    brk: Break,
    kind: str,
    legs: tuple[Leg, ...],
    cause: str,
    now: Instant,
    reverses: str | None = None,
) -> Journal:
    touched = sorted(leg.account.name for leg in legs if leg.account.wallet_owner is not None)
    if touched:
        raise Invalid(f"a break never moves {touched[0]}")
    kind = f"{KIND_PREFIX}{kind}"
    return Journal(
        key=journal_key(brk.break_id, kind, str(brk.booked)),
        kind=kind,
        reference=brk.break_id,
        legs=legs,
        event_at=now,
        created_at=now,
        cause=cause,
        reverses=reverses,
        psp_reference=brk.psp_reference or None,
    )


def _leg(psp: str, share: Share) -> Leg:
    owner = CHART[share.kind].owner
    owner_id = {Owner.PSP: psp, Owner.CURRENCY: share.currency}.get(owner, "")
    return Leg(Account(share.kind, owner_id), Money(share.minor, share.currency))
