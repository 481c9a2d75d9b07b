from dataclasses import replace

import pytest

from countinghouse.domain.break_requests import CLOSES, Decision, ResolveRequest, decide
from countinghouse.domain.breaks import Break, BreakAction, BreakStatus, Resolution
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Forbidden, IllegalTransition, Invalid
from tests.breaks import RULES, a_break, a_difference
from tests.builders import NOW

A = BreakAction
S = BreakStatus
LATER = NOW + 1_000
BIG = a_break(difference=a_difference(their_amount=5_000))
"""Short of 20.00: twice what one person may close alone."""

PARKED = a_break(standing=("jrn_park",))


def ask(
    brk: Break, action: BreakAction, who: str = "ada", *, may_approve: bool = False
) -> Decision:
    request = ResolveRequest(brk.break_id, action, f"{action} it", who, may_approve)
    return decide(brk, request, RULES, LATER)


def approve(brk: Break, action: BreakAction = A.APPROVE, who: str = "linus") -> Decision:
    return ask(brk, action, who, may_approve=True)


@pytest.mark.parametrize("status", [S.EXPECTED, S.OPEN])
@pytest.mark.parametrize(
    ("action", "ends"),
    [
        (A.WRITE_OFF, S.WRITTEN_OFF),
        (A.EXPENSE, S.MANUALLY_RESOLVED),
        (A.TO_UNALLOCATED, S.MANUALLY_RESOLVED),
        (A.VOID, S.VOID),
    ],
)
def test_a_person_closes_a_small_break_alone(
    status: BreakStatus, action: BreakAction, ends: BreakStatus
) -> None:
    decision = ask(a_break(status), action)

    assert decision.brk.status is ends
    assert decision.brk.resolution == Resolution(action, f"{action} it", "ada", LATER, LATER)
    assert decision.books is (None if action is A.VOID else action)
    assert decision.undoes == ""


@pytest.mark.parametrize("action", sorted(CLOSES))
def test_above_the_limit_it_waits_and_books_nothing(action: BreakAction) -> None:
    decision = ask(BIG, action)

    assert decision.brk.status is S.PENDING_APPROVAL
    assert decision.brk.resolution == Resolution(action, f"{action} it", "ada", LATER)
    assert (decision.books, decision.undoes) == (None, "")


@pytest.mark.parametrize("action", sorted(CLOSES))
@pytest.mark.parametrize("same_thing", [False, True])
def test_a_second_person_approves_by_that_word_or_by_asking_for_the_same(
    action: BreakAction, same_thing: bool
) -> None:
    waiting = ask(BIG, action).brk

    decision = approve(waiting, action if same_thing else A.APPROVE)

    assert decision.brk.status is CLOSES[action]
    agreed = decision.brk.resolution
    assert agreed is not None
    assert (agreed.action, agreed.requested_by, agreed.approved_by) == (action, "ada", "linus")
    assert (agreed.reason, agreed.resolved_at) == (f"{action} it", LATER)
    assert decision.books is (None if action is A.VOID else action)


def test_nobody_approves_what_they_asked_for() -> None:
    waiting = ask(BIG, A.WRITE_OFF).brk

    with pytest.raises(Forbidden):
        approve(waiting, who="ada")
    assert approve(waiting, A.WRITE_OFF, who="ada").brk is waiting


def test_who_asked_does_not_approve_in_another_role_either() -> None:
    finance, approver = (f"arn:aws:sts::0:assumed-role/{role}/ada" for role in ("desk", "board"))
    waiting = ask(BIG, A.WRITE_OFF, finance).brk

    with pytest.raises(Forbidden):
        approve(waiting, who=approver)


@pytest.mark.parametrize("action", [A.APPROVE, A.WRITE_OFF])
def test_who_may_not_approve_does_not(action: BreakAction) -> None:
    with pytest.raises(Forbidden):
        ask(ask(BIG, A.WRITE_OFF).brk, action, "linus")


@pytest.mark.parametrize("action", [A.EXPENSE, A.VOID, A.REOPEN, A.FROM_UNALLOCATED, A.RULE])
def test_while_it_waits_nothing_else_is_done(action: BreakAction) -> None:
    with pytest.raises(IllegalTransition):
        approve(ask(BIG, A.WRITE_OFF).brk, action)


@pytest.mark.parametrize(("who", "may_approve"), [("linus", True), ("ada", False)])
def test_the_second_person_may_say_no_and_the_first_may_think_again(
    who: str, may_approve: bool
) -> None:
    waiting = ask(BIG, A.WRITE_OFF).brk

    decision = ask(waiting, A.REJECT, who, may_approve=may_approve)

    assert decision.brk.status is S.OPEN
    assert decision.brk.resolution == Resolution(A.REJECT, "reject it", who, LATER, LATER)
    assert decision.brk.past == (waiting.resolution,)
    assert (decision.books, decision.undoes) == (None, "")
    assert ask(decision.brk, A.REJECT, who).brk is decision.brk


def test_nobody_else_says_no() -> None:
    with pytest.raises(Forbidden):
        ask(ask(BIG, A.WRITE_OFF).brk, A.REJECT, "linus")


@pytest.mark.parametrize("action", [A.APPROVE, A.REJECT, A.REOPEN, A.FROM_UNALLOCATED, A.RULE])
def test_an_open_break_cannot_be_asked_that(action: BreakAction) -> None:
    with pytest.raises(IllegalTransition):
        approve(a_break(), action)


@pytest.mark.parametrize("action", sorted(CLOSES))
def test_the_same_request_again_changes_nothing(action: BreakAction) -> None:
    closed = ask(a_break(), action).brk
    waiting = ask(BIG, action).brk
    agreed = approve(waiting).brk

    assert ask(closed, action).brk is closed
    assert ask(waiting, action).brk is waiting
    assert ask(agreed, action).brk is agreed
    assert approve(agreed).brk is agreed
    assert approve(agreed, action).brk is agreed


@pytest.mark.parametrize("status", [S.MATCHED, S.AUTO_RESOLVED, S.WRITTEN_OFF, S.VOID])
@pytest.mark.parametrize("action", [*sorted(CLOSES), A.APPROVE, A.REJECT, A.FROM_UNALLOCATED])
def test_what_is_settled_is_not_settled_otherwise(status: BreakStatus, action: BreakAction) -> None:
    with pytest.raises(IllegalTransition):
        approve(a_break(status), action)


@pytest.mark.parametrize("action", [A.WRITE_OFF, A.EXPENSE, A.TO_UNALLOCATED])
def test_what_leaves_nothing_on_the_account_can_only_be_voided(action: BreakAction) -> None:
    batch = a_break(difference=a_difference(Sides.FILE, their_amount=6_900))

    with pytest.raises(Invalid) as refusal:
        ask(batch, action)

    assert refusal.value.field == "action"
    assert ask(batch, A.VOID).brk.status is S.VOID


def test_reopening_undoes_what_closed_it() -> None:
    done = Resolution(A.RULE, "small", "rule:rounding@1", NOW, NOW, ledger_id="jrn_r")
    closed = a_break(S.AUTO_RESOLVED, resolution=done, standing=("jrn_park", "jrn_r"))

    decision = ask(closed, A.REOPEN)

    assert (decision.brk.status, decision.undoes) == (S.OPEN, "jrn_r")
    assert decision.brk.resolution == Resolution(A.REOPEN, "reopen it", "ada", LATER, LATER)
    assert decision.brk.past == (done,)
    assert ask(decision.brk, A.REOPEN).brk is decision.brk


def test_reopening_what_booked_nothing_undoes_nothing() -> None:
    void = ask(PARKED, A.VOID).brk

    decision = ask(void, A.REOPEN)

    assert (decision.brk.status, decision.undoes) == (S.OPEN, "")
    assert decision.brk.is_parked


def test_what_matched_is_not_reopened_by_a_person() -> None:
    with pytest.raises(IllegalTransition):
        ask(a_break(S.MATCHED), A.REOPEN)


def test_after_it_was_reopened_it_can_be_closed_again() -> None:
    reopened = ask(ask(a_break(), A.VOID).brk, A.REOPEN).brk

    decision = ask(reopened, A.VOID)

    assert decision.brk.status is S.VOID
    assert [one.action for one in decision.brk.past] == [A.VOID, A.REOPEN]


def test_what_is_parked_goes_back_to_the_psps_account() -> None:
    decision = ask(PARKED, A.FROM_UNALLOCATED)

    assert (decision.brk.status, decision.undoes) == (S.OPEN, "jrn_park")
    back = replace(decision.brk, standing=())
    assert ask(back, A.FROM_UNALLOCATED).brk is back


def test_what_is_parked_is_not_parked_again() -> None:
    with pytest.raises(IllegalTransition):
        ask(PARKED, A.TO_UNALLOCATED)
    assert ask(PARKED, A.WRITE_OFF).books is A.WRITE_OFF
