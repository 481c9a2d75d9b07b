import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Forbidden, IllegalTransition
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest, adjustment_journal
from countinghouse.domain.principals import same_person
from countinghouse.domain.proposal import (
    PROPOSAL_TTL,
    Proposal,
    ProposalStatus,
    approve,
    cancel,
    proposal_id_of,
    propose,
)
from tests.builders import NOW

S = ProposalStatus
LATER = NOW + 1_000
END = NOW + PROPOSAL_TTL
ROLE = "arn:aws:sts::000000000000:assumed-role"
ADA, ADA_APPROVING, LINUS = f"{ROLE}/finance/ada", f"{ROLE}/approver/ada", f"{ROLE}/approver/linus"
PEOPLE = (ADA, ADA_APPROVING, LINUS, f"{ROLE}/approver/kay")
REQUEST = AdjustmentRequest(
    account=Account("seller_available", "s1"),
    amount=Money(50_000, "EUR"),
    transact_type=TransactType.CREDIT,
    counter_account=Account("adjustments"),
    reason="goodwill",
    reference="case-7",
    actor=ADA,
    idempotency_key="scope",
)
WAITING = propose(REQUEST, "scope", "body", NOW)


def test_an_id_can_stand_in_a_path_and_is_the_keys_own() -> None:
    assert re.fullmatch(r"adj_[0-9a-f]{24}", WAITING.proposal_id)
    assert proposal_id_of("scope") == WAITING.proposal_id != proposal_id_of("scope2")


def test_another_person_books_it() -> None:
    booked = approve(WAITING, LINUS, LATER)

    assert (booked.status, booked.decided_by, booked.version) == (S.BOOKED, LINUS, 2)
    assert booked.ledger_id == adjustment_journal(REQUEST, NOW).ledger_id
    assert (booked.created_at, booked.updated_at) == (NOW, LATER)


def test_the_journal_is_of_the_approvals_time_and_names_both() -> None:
    journal = WAITING.journal(LATER, LINUS)

    assert journal.cause == f"{ADA}, approved by {LINUS}: goodwill"
    assert (journal.event_at, journal.created_at) == (LATER, LATER)
    assert [leg.amount.minor for leg in journal.legs] == [-50_000, 50_000]


@pytest.mark.parametrize("who", [ADA, ADA_APPROVING])
def test_who_proposed_it_does_not_approve_it_in_any_role(who: str) -> None:
    with pytest.raises(Forbidden):
        approve(WAITING, who, LATER)


@pytest.mark.parametrize("who", [ADA, LINUS])
def test_it_is_called_off_by_who_proposed_it_or_by_another(who: str) -> None:
    cancelled = cancel(WAITING, who, LATER)

    assert (cancelled.status, cancelled.decided_by, cancelled.ledger_id) == (S.CANCELLED, who, None)
    assert cancelled.version == 2


def test_a_repeat_is_the_same_object() -> None:
    booked, cancelled = approve(WAITING, LINUS, LATER), cancel(WAITING, ADA, LATER)

    assert approve(booked, LINUS, END) is booked
    assert cancel(cancelled, LINUS, END) is cancelled


def test_what_is_decided_is_decided() -> None:
    booked, cancelled = approve(WAITING, LINUS, LATER), cancel(WAITING, LINUS, LATER)

    with pytest.raises(IllegalTransition):
        approve(booked, PEOPLE[3], LATER)
    with pytest.raises(IllegalTransition):
        approve(cancelled, LINUS, LATER)
    with pytest.raises(IllegalTransition):
        cancel(booked, LINUS, LATER)


def test_it_waits_seven_days_and_not_a_moment_longer() -> None:
    assert WAITING.standing(END - 1) is S.AWAITING_APPROVAL
    assert WAITING.standing(END) is S.EXPIRED
    assert approve(WAITING, LINUS, END - 1).standing(END) is S.BOOKED
    for decide in (approve, cancel):
        with pytest.raises(IllegalTransition, match="is expired"):
            decide(WAITING, LINUS, END)


Decision = Callable[[Proposal, str, int], Proposal]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([approve, cancel]),
            st.sampled_from(PEOPLE),
            st.integers(0, 2 * PROPOSAL_TTL),
        ),
        max_size=12,
    )
)
def test_whatever_is_tried_one_decision_stands_and_a_booking_has_two_people(
    tries: list[tuple[Decision, str, int]],
) -> None:
    proposal, decided = WAITING, []
    for decide, who, after in sorted(tries, key=lambda one: one[2]):
        try:
            moved = decide(proposal, who, NOW + after)
        except (Forbidden, IllegalTransition):
            continue
        if moved is not proposal:
            decided.append(after)
            assert moved.version == proposal.version + 1
            assert undecided(moved) == WAITING
        proposal = moved

    assert len(decided) <= 1
    assert all(after < PROPOSAL_TTL for after in decided)
    if proposal.status is S.BOOKED:
        assert not same_person(proposal.decided_by or "", proposal.requested_by)
        assert proposal.ledger_id is not None


def undecided(proposal: Proposal) -> Proposal:
    """What no decision may change, as it was before one."""
    return replace(
        proposal,
        status=S.AWAITING_APPROVAL,
        version=1,
        updated_at=NOW,
        decided_by=None,
        ledger_id=None,
    )
