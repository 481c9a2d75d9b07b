from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import HOUR, SECOND
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.payout import AT_PSP, PAYOUT_TRANSITIONS, Payout, PayoutStatus
from countinghouse.domain.payout_facts import apply_payout_fact, start_submission
from countinghouse.domain.payout_steps import PayoutStep, next_step
from countinghouse.domain.psp import PayoutFact, SettlementKind
from tests.builders import NOW, POLICY
from tests.fakes.payouts import said
from tests.payouts import a_payout, an_exchange

S = PayoutStatus
K = SettlementKind
V = Verdict
NEVER_SENT = (S.DRAFT, S.PENDING_APPROVAL, S.RESERVED, S.CANCELLED)
LATER = NOW + 2 * HOUR


def applied(payout: Payout, kind: SettlementKind, **changes: object) -> tuple[Verdict, Payout]:
    return apply_payout_fact(payout, said(payout, kind, **changes), LATER, POLICY)


def returned(payout: Payout) -> PayoutFact:
    return said(payout, K.FAILED, returned=True, failure="returned_by_bank")


def test_what_is_written_before_the_psp_sees_it() -> None:
    sent = start_submission(a_payout(S.RESERVED), NOW, POLICY)

    assert sent.status is S.SUBMITTED
    assert (sent.sent_at, sent.first_sent_at, sent.next_at) == (NOW, NOW, NOW + POLICY.lease)
    assert next_step(sent, NOW) is PayoutStep.WAIT


def test_the_same_key_goes_out_again_while_the_psp_remembers_it() -> None:
    unknown = a_payout(S.UNKNOWN, sent_at=None)

    again = start_submission(unknown, NOW + POLICY.key_window, POLICY)

    assert (again.status, again.key) == (S.SUBMITTED, unknown.key)
    assert again.first_sent_at == NOW
    with pytest.raises(IllegalTransition):
        start_submission(unknown, NOW + POLICY.key_window + 1, POLICY)


def test_submitting_forgets_who_waited_before() -> None:
    approved = a_payout(S.RESERVED, task_token="old", awaited=S.PENDING_APPROVAL)

    sent = start_submission(approved, NOW, POLICY)

    assert (sent.task_token, sent.awaited) == (None, None)


@pytest.mark.parametrize("status", sorted(AT_PSP))
def test_paid_is_paid_from_wherever_the_psp_has_it(status: PayoutStatus) -> None:
    verdict, payout = applied(a_payout(status), K.SUCCEEDED, occurred_at=NOW + 5)

    assert (verdict, payout.status) == (V.APPLIED, S.PAID)
    assert (payout.settled_at, payout.psp_reference) == (NOW + 5, "pt_1")
    assert payout.next_at == LATER


@pytest.mark.parametrize("status", sorted(AT_PSP))
def test_failed_says_why(status: PayoutStatus) -> None:
    verdict, payout = applied(a_payout(status), K.FAILED)

    assert (verdict, payout.status, payout.failure) == (V.APPLIED, S.FAILED, "account_closed")


@pytest.mark.parametrize("status", sorted(AT_PSP | {S.PAID}))
def test_a_return_counts_also_when_the_news_of_the_payment_was_lost(status: PayoutStatus) -> None:
    payout = a_payout(status)

    verdict, back = apply_payout_fact(payout, returned(payout), LATER, POLICY)

    assert (verdict, back.status) == (V.APPLIED, S.RETURNED)
    assert (back.returned_at, back.failure) == (NOW, "returned_by_bank")
    assert back.owed


@pytest.mark.parametrize("status", [S.SUBMITTED, S.UNKNOWN])
def test_what_a_bank_has_is_not_asked_about_for_hours(status: PayoutStatus) -> None:
    verdict, payout = applied(a_payout(status, asked=2), K.PENDING)

    assert (verdict, payout.status, payout.asked) == (V.APPLIED, S.IN_TRANSIT, 4)
    assert payout.next_at == LATER + 2 * HOUR


def test_still_on_its_way_is_news_only_to_who_asked() -> None:
    asked = a_payout(S.IN_TRANSIT, next_at=LATER, asked=2)
    told = a_payout(S.IN_TRANSIT, next_at=LATER + 1)

    verdict, payout = applied(asked, K.PENDING)

    assert (verdict, payout.asked, payout.next_at) == (V.APPLIED, 3, LATER + 300 * SECOND)
    assert applied(told, K.PENDING) == (V.STALE, told)


def test_silence_makes_a_submission_unknown_and_takes_nothing_back() -> None:
    assert applied(a_payout(S.SUBMITTED), K.UNKNOWN)[1].status is S.UNKNOWN
    assert applied(a_payout(S.IN_TRANSIT), K.UNKNOWN)[1].status is S.IN_TRANSIT
    assert applied(a_payout(S.UNKNOWN, asked=3), K.UNKNOWN)[1].asked == 4


@pytest.mark.parametrize("kind", [K.NOT_FOUND, K.NOT_SENT])
@pytest.mark.parametrize("status", [S.SUBMITTED, S.UNKNOWN])
def test_what_the_psp_does_not_know_is_sent_again(
    status: PayoutStatus, kind: SettlementKind
) -> None:
    verdict, payout = applied(a_payout(status), kind)

    assert (verdict, payout.status, payout.sent_at) == (V.APPLIED, status, None)
    assert payout.next_at is not None
    assert payout.next_at > LATER
    assert next_step(payout, payout.next_at) is PayoutStep.SUBMIT


def test_what_the_psp_once_named_is_never_sent_again() -> None:
    for payout in (
        a_payout(S.IN_TRANSIT),
        a_payout(S.UNKNOWN, psp_reference="pt_1"),
        a_payout(S.UNKNOWN, conflicted=True),
        a_payout(S.UNKNOWN, first_sent_at=NOW - POLICY.key_window),
    ):
        assert applied(payout, K.NOT_FOUND)[1].sent_at == NOW


@pytest.mark.parametrize("kind", [K.SUCCEEDED, K.PENDING, K.FAILED])
@pytest.mark.parametrize("changes", [{"amount_minor": 4_999}, {"currency": "USD"}])
@pytest.mark.parametrize("status", sorted(AT_PSP))
def test_other_money_settles_nothing(
    status: PayoutStatus, changes: dict[str, object], kind: SettlementKind
) -> None:
    verdict, payout = applied(a_payout(status), kind, **changes)

    assert (verdict, payout.status, payout.conflicted) == (V.APPLIED, S.UNKNOWN, True)
    assert payout.next_at is not None
    assert payout.next_at > LATER
    assert next_step(payout, payout.next_at) is PayoutStep.ASK


def test_a_conflict_is_settled_by_the_truth_alone() -> None:
    conflicted = a_payout(S.UNKNOWN, conflicted=True)

    assert applied(conflicted, K.SUCCEEDED)[1].status is S.PAID


@pytest.mark.parametrize("kind", [K.SUCCEEDED, K.PENDING])
def test_success_without_an_amount_is_no_success(kind: SettlementKind) -> None:
    silent = {"amount_minor": None, "currency": None}

    assert applied(a_payout(S.SUBMITTED), kind, **silent)[1].status is S.UNKNOWN


def test_a_refusal_needs_to_name_no_amount() -> None:
    refused = PayoutFact(K.FAILED, "po_1", failure="psp_unknown_bank_account")

    _, payout = apply_payout_fact(a_payout(S.SUBMITTED), refused, NOW, POLICY)

    assert (payout.status, payout.failure) == (S.FAILED, "psp_unknown_bank_account")


def test_news_about_to_be_sent_again_stops_the_sending() -> None:
    lost = a_payout(S.UNKNOWN, sent_at=None)

    for kind in (K.PENDING, K.SUCCEEDED):
        assert applied(lost, kind)[1].sent_at == NOW
    assert applied(lost, K.PENDING, amount_minor=1)[1].sent_at == NOW


@pytest.mark.parametrize("status", NEVER_SENT)
@pytest.mark.parametrize("kind", list(K))
def test_money_we_never_sent_is_a_contradiction(status: PayoutStatus, kind: SettlementKind) -> None:
    payout = a_payout(status)
    moved = kind in (K.SUCCEEDED, K.PENDING)

    assert applied(payout, kind) == ((V.CONTRADICTION if moved else V.STALE), payout)
    assert apply_payout_fact(payout, returned(payout), NOW, POLICY)[0] is V.CONTRADICTION


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        (S.PAID, K.SUCCEEDED, V.STALE),
        (S.PAID, K.PENDING, V.STALE),
        (S.PAID, K.FAILED, V.CONTRADICTION),
        (S.PAID, K.UNKNOWN, V.STALE),
        (S.RETURNED, K.SUCCEEDED, V.STALE),
        (S.RETURNED, K.FAILED, V.STALE),
        (S.FAILED, K.FAILED, V.STALE),
        (S.FAILED, K.SUCCEEDED, V.CONTRADICTION),
        (S.FAILED, K.PENDING, V.STALE),
    ],
)
def test_what_is_settled_stays(
    status: PayoutStatus, kind: SettlementKind, verdict: Verdict
) -> None:
    payout = a_payout(status)

    assert applied(payout, kind) == (verdict, payout)


def test_a_return_is_told_once_and_only_of_what_was_paid() -> None:
    for status, verdict in ((S.RETURNED, V.STALE), (S.FAILED, V.CONTRADICTION)):
        payout = a_payout(status)
        assert apply_payout_fact(payout, returned(payout), NOW, POLICY) == (verdict, payout)


def test_a_return_of_other_money_is_a_contradiction() -> None:
    paid = a_payout(S.PAID)

    assert apply_payout_fact(paid, replace(returned(paid), amount_minor=1), NOW, POLICY) == (
        V.CONTRADICTION,
        paid,
    )


STATUSES = st.sampled_from(S)
KINDS = st.sampled_from(K)


@given(STATUSES, KINDS, st.booleans(), st.sampled_from([5_000, 4_999, None]))
def test_every_fact_has_a_verdict_and_only_legal_steps_are_taken(
    status: PayoutStatus, kind: SettlementKind, back: bool, amount: int | None
) -> None:
    payout = a_payout(status)
    fact = replace(said(payout, kind), returned=back and kind is K.FAILED, amount_minor=amount)

    verdict, after = apply_payout_fact(payout, fact, LATER, POLICY)

    assert (after is payout) is (verdict is not V.APPLIED)
    if verdict is V.APPLIED:
        assert after.status in PAYOUT_TRANSITIONS[status] | {status}
        assert after.version == payout.version + 1
        assert after.next_at is not None


def test_any_order_of_the_same_news_ends_the_same() -> None:
    sent = a_payout(S.SUBMITTED)
    story = [said(sent, K.PENDING), said(sent, K.SUCCEEDED), returned(sent)]
    for told in product(story, repeat=4):
        if set(map(story.index, told)) != {0, 1, 2}:
            continue
        payout = sent
        for fact in told:
            payout = apply_payout_fact(payout, fact, NOW, POLICY)[1]
        assert payout.status is S.RETURNED


def test_the_psp_speaks_of_what_was_sent() -> None:
    sent = a_payout(S.SUBMITTED, exchange=an_exchange())
    of_the_wallet = {"amount_minor": 5_000, "currency": "EUR"}

    verdict, paid = apply_payout_fact(sent, said(sent, K.SUCCEEDED), NOW, POLICY)
    _, doubted = apply_payout_fact(sent, said(sent, K.SUCCEEDED, **of_the_wallet), NOW, POLICY)

    assert said(sent, K.SUCCEEDED).currency == "USD"
    assert (verdict, paid.status) == (Verdict.APPLIED, S.PAID)
    assert (doubted.status, doubted.conflicted) == (S.UNKNOWN, True)
