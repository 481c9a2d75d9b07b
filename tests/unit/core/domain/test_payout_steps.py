from dataclasses import replace

import pytest

from countinghouse.domain.errors import Forbidden, IllegalTransition
from countinghouse.domain.instants import DAY, SECOND
from countinghouse.domain.payout import AT_PSP, SETTLED_PAYOUTS, PayoutJournal, PayoutStatus
from countinghouse.domain.payout_steps import (
    APPROVAL_TTL,
    PayoutStep,
    approve,
    awaiting,
    cancel,
    held,
    next_step,
    refuse_payout,
    reserved,
    wait_s,
)
from tests.builders import NOW
from tests.payouts import ADA, LINUS, a_payout

S = PayoutStatus
J = PayoutJournal
Step = PayoutStep


@pytest.mark.parametrize(
    ("status", "changes", "step"),
    [
        (S.DRAFT, {}, Step.RESERVE),
        (S.PENDING_APPROVAL, {}, Step.APPROVE),
        (S.PENDING_APPROVAL, {"next_at": NOW}, Step.EXPIRE),
        (S.RESERVED, {}, Step.SUBMIT),
        (S.RESERVED, {"next_at": NOW + 1}, Step.WAIT),
        (S.SUBMITTED, {}, Step.WAIT),
        (S.SUBMITTED, {"next_at": NOW}, Step.ASK),
        (S.SUBMITTED, {"next_at": NOW, "sent_at": None}, Step.SUBMIT),
        (S.SUBMITTED, {"sent_at": None}, Step.WAIT),
        (S.IN_TRANSIT, {"next_at": NOW}, Step.ASK),
        (S.UNKNOWN, {"next_at": NOW}, Step.ASK),
        (S.UNKNOWN, {}, Step.WAIT),
        (S.PAID, {"booked": (J.RESERVE,)}, Step.BOOK),
        (S.PAID, {}, Step.REST),
        (S.FAILED, {"booked": ()}, Step.REST),
        (S.RETURNED, {"booked": (J.RESERVE, J.PAID)}, Step.BOOK),
    ],
)
def test_the_next_step_follows_from_status_and_time(
    status: PayoutStatus, changes: dict[str, object], step: PayoutStep
) -> None:
    assert next_step(a_payout(status, **changes), NOW) is step


@pytest.mark.parametrize(
    ("next_at", "seconds"),
    [(NOW + 1, 1), (NOW + SECOND, 1), (NOW + SECOND + 1, 2), (NOW - 5, 1), (NOW + DAY, 86_400)],
)
def test_a_wait_is_whole_seconds_and_never_too_short(next_at: int, seconds: int) -> None:
    assert wait_s(a_payout(S.SUBMITTED, next_at=next_at), NOW) == seconds


def test_reserving_learns_what_was_there() -> None:
    payout = reserved(a_payout(), 8_000, 700, needs_approval=False, now=NOW + 1)

    assert payout.status is S.RESERVED
    assert payout.booked == (J.RESERVE,)
    assert (payout.available_before_minor, payout.recovered_minor) == (8_000, 700)
    assert payout.next_at == NOW + 1


def test_a_large_payout_waits_for_a_second_person() -> None:
    payout = reserved(a_payout(), 8_000, 0, needs_approval=True, now=NOW)

    assert payout.status is S.PENDING_APPROVAL
    assert payout.next_at == NOW + APPROVAL_TTL


def test_a_draft_without_its_money_fails_and_rests() -> None:
    payout = refuse_payout(a_payout(), "insufficient_funds", NOW)

    assert (payout.status, payout.failure) == (S.FAILED, "insufficient_funds")
    assert payout.is_resting


def test_who_requested_it_may_not_approve_it() -> None:
    with pytest.raises(Forbidden):
        approve(a_payout(S.PENDING_APPROVAL), ADA, NOW)


def test_who_asked_does_not_approve_in_another_role_either() -> None:
    waiting = a_payout(S.PENDING_APPROVAL, requested_by=ADA)

    with pytest.raises(Forbidden):
        approve(waiting, ADA.replace("finance", "approvers"), NOW)


def test_a_second_person_approves_once() -> None:
    approved = approve(a_payout(S.PENDING_APPROVAL), LINUS, NOW)

    assert (approved.status, approved.approved_by) == (S.RESERVED, LINUS)
    assert approve(approved, LINUS, NOW) is approved
    with pytest.raises(IllegalTransition):
        approve(approved, "somebody else", NOW)


@pytest.mark.parametrize("status", sorted(set(S) - {S.PENDING_APPROVAL}))
def test_only_what_waits_for_approval_is_approved(status: PayoutStatus) -> None:
    with pytest.raises(IllegalTransition):
        approve(a_payout(status), LINUS, NOW)


@pytest.mark.parametrize("status", [S.PENDING_APPROVAL, S.RESERVED])
def test_cancelling_what_is_reserved_owes_it_back(status: PayoutStatus) -> None:
    cancelled = cancel(a_payout(status), NOW)

    assert cancelled.owed == (J.CANCELLED,)
    assert cancelled.next_at == NOW
    assert cancel(cancelled, NOW) is cancelled


def test_cancelling_a_draft_leaves_nothing_to_do() -> None:
    assert cancel(a_payout(), NOW).is_resting


@pytest.mark.parametrize("status", sorted(AT_PSP | {S.PAID, S.RETURNED, S.FAILED}))
def test_what_the_psp_may_have_is_not_cancelled(status: PayoutStatus) -> None:
    with pytest.raises(IllegalTransition):
        cancel(a_payout(status), NOW)


@pytest.mark.parametrize("status", sorted(AT_PSP | {S.PENDING_APPROVAL}))
def test_a_workflow_waits_until_the_status_changes(status: PayoutStatus) -> None:
    waiting = awaiting(a_payout(status), "token", NOW)

    assert (waiting.task_token, waiting.awaited) == ("token", status)
    assert not waiting.wait_is_over
    assert replace(waiting, status=S.CANCELLED).wait_is_over


@pytest.mark.parametrize("status", sorted(SETTLED_PAYOUTS | {S.DRAFT, S.RESERVED}))
def test_there_is_nothing_to_wait_for_while_there_is_something_to_do(status: PayoutStatus) -> None:
    payout = a_payout(status)

    assert awaiting(payout, "token", NOW) is payout


def test_a_question_that_is_due_is_not_waited_for() -> None:
    payout = a_payout(S.SUBMITTED, next_at=NOW)

    assert awaiting(payout, "token", NOW) is payout


def test_a_held_payout_waits_and_a_workflow_can_wait_with_it() -> None:
    kept = held(a_payout(S.RESERVED), NOW, NOW + 5)

    assert next_step(kept, NOW) is Step.WAIT
    assert next_step(kept, NOW + 5) is Step.SUBMIT
    assert (kept.status, kept.version) == (S.RESERVED, a_payout(S.RESERVED).version + 1)
    assert awaiting(kept, "token", NOW).task_token == "token"
