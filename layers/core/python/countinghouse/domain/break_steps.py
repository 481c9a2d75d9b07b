"""The steps of a break's life that no person takes: found, found again, settled by a rule, gone.

A run that is repeated finds the same differences, so that finding again is the usual step and must
change nothing but when it was seen. What a person or a rule settled stays settled for as long as
the two sides say the same; when they say something else, what was booked no longer answers it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.auto_rules import Settling
from countinghouse.domain.break_codes import Judgement, id_of
from countinghouse.domain.break_rules import RuleId
from countinghouse.domain.breaks import (
    PAST_MAX,
    UNSETTLED,
    Break,
    BreakAction,
    BreakStatus,
    Look,
    Resolution,
)
from countinghouse.domain.difference import Difference
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.records import dataclass

S = BreakStatus


@dataclass(frozen=True, slots=True)
class Found:
    """A break as a look leaves it.

    `undo` are the journals that have to be reversed with it; `may_settle` is whether a rule may act
    on it now: once, when it becomes a person's.
    """

    brk: Break
    undo: tuple[str, ...] = ()
    may_settle: bool = False


def opened(difference: Difference, judgement: Judgement, look: Look, now: Instant) -> Found:
    """A difference seen for the first time."""
    brk = Break(
        break_id=id_of(difference, look.psp),
        psp=look.psp,
        run_id=look.run_id,
        day=difference.day,
        code=judgement.code,
        anchor=difference.anchor,
        sides=difference.sides,
        category=difference.category,
        file_id=difference.file_id,
        line_no=difference.line_no,
        order_id=difference.order_id,
        psp_reference=difference.psp_reference,
        our_currency=difference.our_currency,
        our_amount=difference.our_amount,
        their_currency=difference.their_currency,
        their_amount=difference.their_amount,
        fee=difference.fee,
        expected_fee=difference.expected_fee,
        residuals=judgement.residuals,
        status=judgement.status,
        opened_at=now,
        updated_at=now,
        judged_day=look.day,
        seen_in=look.mark,
        seen_at=now,
        evidence=_evidence(difference),
        suggestion=difference.suggestion,
        detail=judgement.detail,
    )
    return Found(brk, may_settle=brk.status is S.OPEN)


def found_again(
    brk: Break, difference: Difference, judgement: Judgement, look: Look, now: Instant
) -> Found:
    """A known break whose difference was found once more."""
    said_anew = _said(brk) != _said(difference)
    if brk.status not in UNSETTLED | {S.MATCHED}:
        if not said_anew:
            return Found(_seen(brk, look, now))
        again = _judged(brk, difference, judgement, look, now)
        return Found(_forgotten(again, S.OPEN, now), brk.standing)
    if look.day < brk.judged_day and not said_anew and brk.status is not S.MATCHED:
        # A newer run has judged the same facts: an older day knows less of how late they are.
        return Found(_seen(brk, look, now))
    again = _judged(brk, difference, judgement, look, now)
    undo = brk.standing if said_anew else ()
    if brk.status is S.OPEN or (brk.status is S.PENDING_APPROVAL and not said_anew):
        return Found(again, undo)
    if brk.status is S.PENDING_APPROVAL:
        # Somebody asked for something else than what an approval would book now.
        return Found(_forgotten(again, S.OPEN, now), undo)
    again = again.moved(judgement.status, now)
    return Found(again, undo, may_settle=judgement.status is S.OPEN)


def gone(brk: Break, now: Instant) -> Found:
    """A break whose difference is no longer found: both sides agree."""
    return Found(_forgotten(brk, S.MATCHED, now), brk.standing)


def is_gone(brk: Break, look: Look) -> bool:
    """Whether a look should have seen this break, and neither it nor a later one did."""
    due = look.first_day <= brk.day <= look.day
    return due and not brk.is_settled and brk.seen_in != look.mark and brk.seen_at < look.began_at


def settled_by(brk: Break, settling: Settling, journal: Journal, now: Instant) -> Break:
    """The break as a rule leaves it, with the journal that it books.

    What is only parked stays a person's.
    """
    rule = settling.rule
    resolution = Resolution(
        action=BreakAction.RULE,
        reason=brk.detail,
        requested_by=f"rule:{rule.name}",
        requested_at=now,
        resolved_at=now,
        ledger_id=journal.ledger_id,
        rule_id=str(rule.rule_id),
        rule_version=rule.version,
    )
    status = S.OPEN if rule.rule_id is RuleId.UNALLOCATED else S.AUTO_RESOLVED
    return with_journals(brk, [journal]).moved(status, now, resolution=resolution)


def with_journals(brk: Break, booked: Iterable[Journal]) -> Break:
    """The break with these journals booked; one that reverses another takes its place from it."""
    standing, count = list(brk.standing), brk.booked
    for journal in booked:
        count += 1
        if journal.reverses is None:
            standing.append(journal.ledger_id)
        else:
            standing.remove(journal.reverses)
    return replace(brk, standing=tuple(standing), booked=count)


def remembered(brk: Break) -> tuple[Resolution, ...]:
    """The break's earlier resolutions and its present one, the newest of them."""
    present = () if brk.resolution is None else (brk.resolution,)
    return (*brk.past, *present)[-PAST_MAX:]


def _forgotten(brk: Break, status: BreakStatus, now: Instant) -> Break:
    """The break in another status, its resolution a thing of the past."""
    return brk.moved(status, now, resolution=None, past=remembered(brk))


def _seen(brk: Break, look: Look, now: Instant) -> Break:
    return brk.changed(now, seen_in=look.mark, seen_at=now)


def _judged(
    brk: Break, difference: Difference, judgement: Judgement, look: Look, now: Instant
) -> Break:
    return _seen(brk, look, now).changed(
        now,
        day=difference.day,
        code=judgement.code,
        residuals=judgement.residuals,
        detail=judgement.detail,
        judged_day=max(look.day, brk.judged_day),
        our_currency=difference.our_currency,
        our_amount=difference.our_amount,
        their_currency=difference.their_currency,
        their_amount=difference.their_amount,
        fee=difference.fee,
        expected_fee=difference.expected_fee,
        evidence=_evidence(difference),
        suggestion=difference.suggestion,
    )


def _said(one: Break | Difference) -> tuple[object, ...]:
    """What both sides say, in which a difference is the same or another."""
    ours = (one.our_currency, one.our_amount)
    return (*ours, one.their_currency, one.their_amount, one.fee, one.expected_fee)


def _evidence(difference: Difference) -> tuple[str, ...]:
    """Where a person finds what the two sides say."""
    found = {
        "journal": difference.ledger_id,
        "line": f"{difference.file_id}#{difference.line_no}" if difference.file_id else "",
        "batch": difference.batch,
        "checkout": difference.checkout_id,
        "modification": difference.modification_reference,
        "type": difference.raw_type,
    }
    return tuple(f"{kind}:{name}" for kind, name in found.items() if name)
