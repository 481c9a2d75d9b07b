from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain.break_requests import ResolveRequest
from countinghouse.domain.break_rules import CapKey
from countinghouse.domain.breaks import Break, BreakAction, BreakStatus
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Conflict, Forbidden, IllegalTransition, NotFound
from countinghouse.usecases.judge_differences import Judging, judge_differences
from countinghouse.usecases.resolve_break import RACES_MAX, Resolved, resolve_break
from tests.breaks import (
    DAY,
    PSP,
    RULES,
    a_break,
    a_difference,
    a_look,
    balance,
    books_of,
    kinds,
)
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook

A = BreakAction
S = BreakStatus
RECEIVABLE = f"psp_receivable:{PSP}"
UNALLOCATED = f"unallocated:{PSP}"


@pytest.fixture
def breaks() -> FakeBreakBook:
    return FakeBreakBook()


def judged(breaks: FakeBreakBook, difference: Difference) -> Break:
    """The break that a run made of a difference."""
    judge_differences([difference], a_look(), Judging(books_of(breaks), FakeOrderBook(), RULES))
    (brk,) = breaks.rows.values()
    return brk


def resolve(
    breaks: FakeBreakBook, action: BreakAction, who: str = "ada", *, may_approve: bool = False
) -> Resolved:
    (break_id,) = breaks.rows
    request = ResolveRequest(break_id, action, "because", who, may_approve)
    return resolve_break(request, RULES, books_of(breaks))


@pytest.mark.parametrize(
    ("action", "account"),
    [
        (A.WRITE_OFF, "recon_variance"),
        (A.EXPENSE, "psp_fee_expense"),
        (A.TO_UNALLOCATED, UNALLOCATED),
    ],
)
def test_a_residual_is_booked_away_with_who_did_it(
    breaks: FakeBreakBook, action: BreakAction, account: str
) -> None:
    breaks.put(a_break())

    resolved = resolve(breaks, action)

    assert not resolved.replayed
    assert balance(breaks.ledger, account) == 500
    assert balance(breaks.ledger, RECEIVABLE) == -500
    ((ledger_id, row),) = breaks.ledger.linked.items()
    assert (row.journal.kind, row.journal.cause) == (f"recon_{action}", "caller:ada")
    brk = resolved.brk
    assert brk == breaks.rows[brk.break_id]
    assert brk.resolution is not None
    assert brk.resolution.ledger_id == ledger_id
    assert (brk.standing, brk.left) == ((ledger_id,), ())


def test_a_void_books_nothing(breaks: FakeBreakBook) -> None:
    breaks.put(a_break())

    assert resolve(breaks, A.VOID).brk.status is S.VOID
    assert kinds(breaks.ledger) == []


def test_a_repeat_is_answered_with_what_was_done(breaks: FakeBreakBook) -> None:
    breaks.put(a_break())
    first = resolve(breaks, A.WRITE_OFF)

    again = resolve(breaks, A.WRITE_OFF)

    assert again == Resolved(first.brk, replayed=True)
    assert kinds(breaks.ledger) == ["recon_write_off"]


def test_above_the_limit_it_is_booked_when_a_second_person_agrees(breaks: FakeBreakBook) -> None:
    breaks.put(a_break(difference=a_difference(their_amount=5_000)))

    waiting = resolve(breaks, A.WRITE_OFF)
    assert (waiting.brk.status, kinds(breaks.ledger)) == (S.PENDING_APPROVAL, [])
    with pytest.raises(Forbidden):
        resolve(breaks, A.APPROVE, "ada", may_approve=True)
    agreed = resolve(breaks, A.APPROVE, "linus", may_approve=True)

    assert agreed.brk.status is S.WRITTEN_OFF
    assert balance(breaks.ledger, "recon_variance") == 2_000
    (row,) = breaks.ledger.linked.values()
    assert row.journal.cause == "caller:ada, approved by linus"
    assert agreed.brk.resolution is not None
    assert agreed.brk.resolution.ledger_id == row.journal.ledger_id
    assert resolve(breaks, A.APPROVE, "linus", may_approve=True).replayed


def test_what_a_rule_settled_a_person_may_open_again(breaks: FakeBreakBook) -> None:
    judged(breaks, a_difference(fee=125))

    reopened = resolve(breaks, A.REOPEN)

    assert (reopened.brk.status, reopened.brk.standing) == (S.OPEN, ())
    assert balance(breaks.ledger, "psp_fee_expense") == balance(breaks.ledger, RECEIVABLE) == 0
    first, second = (row.journal for row in breaks.ledger.linked.values())
    assert (second.kind, second.reverses) == ("recon_reopen", first.ledger_id)
    # What was drawn stays drawn: a day's cap bounds what a rule does, not what is left of it.
    assert breaks.caps.used([CapKey("fee_variance", PSP, "EUR", DAY)])[0].used_minor == 2


def test_the_same_action_after_it_was_reopened_is_booked_anew(breaks: FakeBreakBook) -> None:
    breaks.put(a_break())
    for action in (A.WRITE_OFF, A.REOPEN, A.WRITE_OFF, A.REOPEN):
        assert not resolve(breaks, action).replayed

    assert balance(breaks.ledger, "recon_variance") == 0
    assert len(breaks.ledger.linked) == 4


def test_what_is_parked_is_written_off_from_where_it_is(breaks: FakeBreakBook) -> None:
    judged(breaks, a_difference(Sides.THEIRS, their_amount=700, fee=0, expected_fee=0))
    assert balance(breaks.ledger, UNALLOCATED) == -700

    resolve(breaks, A.WRITE_OFF)

    assert balance(breaks.ledger, UNALLOCATED) == 0
    assert balance(breaks.ledger, "recon_variance") == -700
    resolve(breaks, A.REOPEN)
    assert balance(breaks.ledger, UNALLOCATED) == -700
    (brk,) = breaks.rows.values()
    assert (brk.status, brk.is_parked) == (S.OPEN, True)
    resolve(breaks, A.FROM_UNALLOCATED)
    assert balance(breaks.ledger, UNALLOCATED) == balance(breaks.ledger, RECEIVABLE) == 0
    (brk,) = breaks.rows.values()
    assert brk.left == (("EUR", -700),)


def test_a_break_that_is_not_there(breaks: FakeBreakBook) -> None:
    request = ResolveRequest("brk_none", A.VOID, "because", "ada")

    with pytest.raises(NotFound):
        resolve_break(request, RULES, books_of(breaks))


def test_of_two_at_once_one_decides(breaks: FakeBreakBook) -> None:
    breaks.put(a_break())
    breaks.interfere.append(lambda: resolve(breaks, A.EXPENSE, "linus"))

    with pytest.raises(IllegalTransition):
        resolve(breaks, A.WRITE_OFF)

    assert kinds(breaks.ledger) == ["recon_expense"]


def test_a_break_that_was_only_seen_meanwhile_is_resolved(breaks: FakeBreakBook) -> None:
    brk = a_break()
    breaks.put(brk)
    breaks.interfere.append(lambda: breaks.put(replace(brk, version=4)))

    assert resolve(breaks, A.VOID).brk.version == 5


def test_a_break_that_never_keeps_still_is_for_later(breaks: FakeBreakBook) -> None:
    brk = a_break()
    breaks.put(brk)

    def move() -> None:
        stored = breaks.rows[brk.break_id]
        breaks.put(replace(stored, version=stored.version + 1))

    breaks.interfere += [move] * RACES_MAX

    with pytest.raises(Conflict):
        resolve(breaks, A.VOID)
