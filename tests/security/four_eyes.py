"""What takes a second person: tried by the same one, in disguise, by others, at once and again.

On the real handlers, wiring and tables. `eyes` gives every attempt with what should become of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Conflict
from countinghouse.domain.payout_steps import approve
from countinghouse.ports.payouts import PayoutChange
from countinghouse_aws.dynamodb.break_rows import encode_break
from countinghouse_aws.dynamodb.breaks import DynamoBreakBook
from countinghouse_aws.dynamodb.findings import DynamoFindingBook
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.payout_rows import encode_payout
from countinghouse_aws.dynamodb.payouts import DynamoPayoutBook
from tests.security.gateway import Reply, Sent, arn_of, signed
from tests.security.house import House
from tools.sample_events import audits, payout_world, reconciliations

ASKED = "both:ada"
"""Who asks: she may ask and may approve, so that nothing but the rule stands in her way."""

SAME = "both:ada"
DISGUISED = "approver:ada"
"""The same person in another role."""

OTHER = "approver:kay"
THIRD = "approver:linus"
WITHOUT_ROLE = "finance:grace"
PAYOUT_ID = "po_four_eyes"
AMOUNT_ABOVE = 900_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at an action: who, what came back, and what should have."""

    action: str
    who: str
    wanted: int
    got: int
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """Whether it went as it should."""
        return self.wanted == self.got and not self.wrong


def eyes(house: House) -> Iterator[Attempt]:
    """Every attempt at every action."""
    for action in (_payout, _break, _finding, _race_for_payout, _race_for_break, _race_for_finding):
        house.fresh()
        yield from action(house)
    house.fresh()
    yield _stale_approval(house)


def _called(house: House, who: str, path: str, body: object = None) -> Reply:
    headers = [("authorization", signed(who)), ("content-type", "application/json")]
    raw = b"" if body is None else json.dumps(body).encode()
    return house.gateway.answer(Sent("POST", path, headers=headers, body=raw))


# Payouts above the limit.

_APPROVE = f"/v1/payouts/{PAYOUT_ID}/approve"


def _held(house: House) -> None:
    held = replace(payout_world.held(), payout_id=PAYOUT_ID, requested_by=arn_of(ASKED))
    house.tables.payouts.add(encode_payout(held))


def _payouts(house: House) -> DynamoPayoutBook:
    return DynamoPayoutBook(
        house.tables.payouts, lambda: DynamoLedger(house.tables.ledger, house.tables.wallet)
    )


def _payout(house: House) -> Iterator[Attempt]:
    _held(house)

    def tried(case: str, who: str, wanted: int, approved_by: str | None) -> Attempt:
        got = _called(house, who, _APPROVE).status
        stored = _payouts(house).get(PAYOUT_ID)
        by = stored.approved_by if stored else "gone"
        wrong = "" if by == approved_by else f"approved by {by}"
        return Attempt(f"approve a payout: {case}", who, wanted, got, wrong)

    yield tried("who asked", SAME, 403, None)
    yield tried("who asked, in another role", DISGUISED, 403, None)
    yield tried("another without the role", WITHOUT_ROLE, 403, None)
    yield tried("another", OTHER, 202, arn_of(OTHER))
    yield tried("the same again", OTHER, 202, arn_of(OTHER))
    yield tried("a third, afterwards", THIRD, 409, arn_of(OTHER))
    yield tried("who asked, afterwards", SAME, 409, arn_of(OTHER))


def _race_for_payout(house: House) -> Iterator[Attempt]:
    _held(house)
    second: list[Reply] = []
    with _before(DynamoPayoutBook, lambda: second.append(_called(house, THIRD, _APPROVE))):
        first = _called(house, OTHER, _APPROVE)
    stored = _payouts(house).get(PAYOUT_ID)
    won = stored is not None and stored.approved_by == arn_of(THIRD)
    yield Attempt("approve a payout: two at once, who writes first", THIRD, 202, second[0].status)
    yield Attempt(
        "approve a payout: two at once, who read before that",
        OTHER,
        409,
        first.status,
        "" if won else "the later write stands",
    )


def _stale_approval(house: House) -> Attempt:
    """An approval decided on what was read before the payout was called off."""
    _held(house)
    book = _payouts(house)
    read = book.get(PAYOUT_ID)
    if read is None:
        raise LookupError(PAYOUT_ID)
    _called(house, ASKED, f"/v1/payouts/{PAYOUT_ID}/cancel")
    try:
        book.commit(PayoutChange(read, approve(read, arn_of(OTHER), house.clock.now_ms)))
    except Conflict:
        got = 409
    else:
        got = 202
    now = book.get(PAYOUT_ID)
    wrong = "" if now is not None and now.status == "cancelled" else "the cancelled payout moved"
    return Attempt("approve a payout: called off since it was read", OTHER, 409, got, wrong)


# Breaks above the limit.

_BREAK_ID = "brk_0f0000000000000000000000"
_RESOLVE = f"/v1/breaks/{_BREAK_ID}/resolve"
_REASON = "the bank paid that much less, see case 81"


def _broken(house: House) -> None:
    found = replace(reconciliations.found(), break_id=_BREAK_ID, residuals=(("EUR", AMOUNT_ABOVE),))
    house.tables.reconciliation.add(encode_break(found))


def _decided(house: House, who: str, action: str) -> Reply:
    return _called(house, who, _RESOLVE, {"action": action, "reason": _REASON})


def _booked(house: House) -> int:
    """How many journals of the write-off there are, by the break's own word."""
    found = _breaks(house).get(_BREAK_ID)
    return len(found.standing) if found else -1


def _breaks(house: House) -> DynamoBreakBook:
    ledger = DynamoLedger(house.tables.ledger, house.tables.wallet)
    return DynamoBreakBook(house.tables.reconciliation, lambda: ledger)


def _break(house: House) -> Iterator[Attempt]:
    _broken(house)

    def tried(case: str, who: str, action: str, wanted: int, journals: int) -> Attempt:
        got, found = _decided(house, who, action).status, _booked(house)
        wrong = "" if found == journals else f"{found} journals are booked"
        return Attempt(f"close a break above the limit: {case}", who, wanted, got, wrong)

    yield tried("asked for", ASKED, "write_off", 202, 0)
    yield tried("who asked, again", SAME, "write_off", 202, 0)
    yield tried("who asked, approving", SAME, "approve", 403, 0)
    yield tried("who asked, in another role", DISGUISED, "approve", 403, 0)
    yield tried("who asked, asking in another role", DISGUISED, "write_off", 202, 0)
    yield tried("another without the role", WITHOUT_ROLE, "approve", 403, 0)
    yield tried("another without the role, asking the same", WITHOUT_ROLE, "write_off", 403, 0)
    yield tried("another without the role, calling it off", WITHOUT_ROLE, "reject", 403, 0)
    yield tried("another", OTHER, "approve", 202, 1)
    yield tried("the same again", OTHER, "approve", 202, 1)
    yield tried("a third, afterwards", THIRD, "approve", 409, 1)
    yield tried("who asked, afterwards", SAME, "approve", 409, 1)


def _race_for_break(house: House) -> Iterator[Attempt]:
    _broken(house)
    _decided(house, ASKED, "write_off")
    second: list[Reply] = []
    with _before(DynamoBreakBook, lambda: second.append(_decided(house, THIRD, "approve"))):
        first = _decided(house, OTHER, "approve")
    name, found = "close a break above the limit: two at once", _booked(house)
    yield Attempt(f"{name}, who writes first", THIRD, 202, second[0].status)
    wrong = "" if found == 1 else f"{found} journals are booked"
    yield Attempt(f"{name}, who read before that", OTHER, 409, first.status, wrong)


# Findings, which nobody asked for but the audit: the person who answers for one is the second.

_REPORTED = audits.finding()
_ANSWER = f"/v1/audit/findings/{_REPORTED.finding_id}/acknowledge"


def _answered(house: House, who: str) -> Reply:
    return _called(house, who, _ANSWER, {"reason": "looked at, and mended"})


def _by(house: House) -> str | None:
    found = DynamoFindingBook(house.tables.balances).get(_REPORTED.finding_id)
    return found.acknowledged_by if found else "gone"


def _finding(house: House) -> Iterator[Attempt]:
    def tried(case: str, who: str, wanted: int, by: str | None) -> Attempt:
        got, found = _answered(house, who).status, _by(house)
        wrong = "" if found == by else f"answered for by {found}"
        return Attempt(f"answer for a finding: {case}", who, wanted, got, wrong)

    yield tried("without the role", WITHOUT_ROLE, 403, None)
    yield tried("an approver", OTHER, 200, arn_of(OTHER))
    yield tried("the same again", OTHER, 200, arn_of(OTHER))
    yield tried("another, afterwards", THIRD, 409, arn_of(OTHER))


def _race_for_finding(house: House) -> Iterator[Attempt]:
    second: list[Reply] = []
    act = lambda: second.append(_answered(house, THIRD))  # noqa: E731
    with _before(DynamoFindingBook, act, "acknowledge"):
        first = _answered(house, OTHER)
    wrong = "" if _by(house) == arn_of(THIRD) else "the later write stands"
    name = "answer for a finding: two at once"
    yield Attempt(f"{name}, who writes first", THIRD, 200, second[0].status)
    yield Attempt(f"{name}, who read before that", OTHER, 409, first.status, wrong)


def _before(book: type, act: Callable[[], object], name: str = "commit") -> Any:
    """A book whose next write is preceded by what another does."""
    write = getattr(book, name)
    waiting = [act]

    def interrupted(self: Any, *given: Any) -> Any:
        if waiting:
            waiting.pop()()
        return write(self, *given)

    return patch.object(book, name, interrupted)
