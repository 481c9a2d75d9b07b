from dataclasses import replace

import pytest

from countinghouse.domain.break_codes import Judgement, judge
from countinghouse.domain.break_journals import mirror_journal, resolution_journal, shares_of
from countinghouse.domain.break_rules import RuleId
from countinghouse.domain.break_steps import (
    found_again,
    gone,
    is_gone,
    opened,
    remembered,
    settled_by,
    with_journals,
)
from countinghouse.domain.breaks import (
    PAST_MAX,
    UNSETTLED,
    Break,
    BreakAction,
    BreakCode,
    BreakStatus,
    Resolution,
)
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.reconciliation import shifted
from tests.breaks import DAY, RULES, a_break, a_difference, a_look
from tests.builders import NOW

S = BreakStatus
LATER = NOW + 86_400_000
SHORT = a_difference(their_amount=6_500)
SHORTER = a_difference(their_amount=6_400)
RESOLVED = sorted({*BreakStatus} - UNSETTLED - {S.MATCHED})
DONE = Resolution(BreakAction.WRITE_OFF, "gone for good", "ada", NOW, NOW, ledger_id="jrn_w")


def judgement(difference: Difference, later: int = 0) -> Judgement:
    return judge(difference, shifted(DAY, later), RULES)


def again(brk: Break, difference: Difference = SHORT, later: int = 1) -> tuple[Break, bool, bool]:
    """What a later look makes of it; whether journals are undone, and whether a rule may act."""
    look = a_look(shifted(DAY, later), "exec-2/1", began_at=LATER)
    found = found_again(brk, difference, judgement(difference, later), look, LATER)
    assert (found.brk.seen_in, found.brk.seen_at) == ("exec-2/1", LATER)
    assert found.brk.version > brk.version
    return found.brk, bool(found.undo), found.may_settle


def test_a_new_break_says_all_that_the_difference_does() -> None:
    difference = replace(SHORT, suggestion="jrn_9", modification_reference="re_1")

    found = opened(difference, judgement(difference), a_look(), NOW)

    brk = found.brk
    assert (brk.code, brk.status, brk.version) == (BreakCode.SPLIT_MISMATCH, S.OPEN, 1)
    assert (brk.psp, brk.run_id, brk.day) == ("sandbox", "rec_sandbox_20261118", DAY)
    assert (brk.our_amount, brk.their_amount, brk.residuals) == (7_000, 6_500, (("EUR", 500),))
    assert (brk.fee, brk.expected_fee, brk.suggestion) == (123, 123, "jrn_9")
    assert (brk.file_id, brk.line_no, brk.order_id, brk.psp_reference) == ("f1", 7, "o1", "ch_1")
    assert (brk.seen_in, brk.seen_at, brk.judged_day) == ("exec-1/1", NOW, DAY)
    assert brk.evidence == (
        "journal:jrn_1",
        "line:f1#7",
        "batch:41",
        "checkout:c1",
        "modification:re_1",
        "type:charge",
    )
    assert found.may_settle
    assert found.undo == ()


def test_what_may_settle_by_itself_is_given_to_no_rule() -> None:
    missing = a_difference(Sides.OURS)

    found = opened(missing, judgement(missing), a_look(), NOW)

    assert found.brk.status is S.EXPECTED
    assert not found.may_settle
    assert found.brk.evidence == ("journal:jrn_1", "checkout:c1")


def test_what_is_late_becomes_a_persons_under_the_same_id() -> None:
    missing = a_difference(Sides.OURS)
    brk = a_break(S.EXPECTED, missing)

    waiting, _, _ = again(brk, missing, 3)
    late, undone, may_settle = again(brk, missing, 4)

    assert (waiting.code, waiting.status) == (BreakCode.TIMING, S.EXPECTED)
    assert (late.code, late.status) == (BreakCode.MISSING_AT_PSP, S.OPEN)
    assert late.break_id == brk.break_id
    assert may_settle
    assert not undone


def test_a_run_of_an_older_day_takes_nothing_back() -> None:
    missing = a_difference(Sides.OURS)
    late, _, _ = again(a_break(S.EXPECTED, missing), missing, 4)

    older, _, may_settle = again(late, missing, 1)

    assert replace(older, version=late.version) == late
    assert not may_settle


def test_what_an_older_run_hears_anew_makes_it_no_older_judgement() -> None:
    late, _, _ = again(a_break(), later=4)

    found, _, _ = again(late, SHORTER, 1)

    assert (found.residuals, found.judged_day) == ((("EUR", 600),), shifted(DAY, 4))


def test_an_open_break_is_only_touched() -> None:
    brk = a_break()

    found, undone, may_settle = again(brk)

    assert (found.status, found.code, found.run_id) == (S.OPEN, brk.code, brk.run_id)
    assert (found.opened_at, found.residuals) == (brk.opened_at, brk.residuals)
    assert (undone, may_settle) == (False, False)


def test_an_open_break_follows_what_the_sides_say() -> None:
    found, undone, may_settle = again(a_break(), replace(SHORTER, day=shifted(DAY, 1)))

    assert (found.their_amount, found.residuals) == (6_400, (("EUR", 600),))
    assert found.day == shifted(DAY, 1)
    assert (found.status, undone, may_settle) == (S.OPEN, False, False)


def test_what_was_parked_is_taken_back_when_it_is_another_amount() -> None:
    parked = a_break(standing=("jrn_park",), resolution=DONE)

    same, same_undone, _ = again(parked)
    other, other_undone, may_settle = again(parked, SHORTER)

    assert (same.resolution, same_undone) == (DONE, False)
    assert (other.status, other_undone, may_settle) == (S.OPEN, True, False)


@pytest.mark.parametrize("status", RESOLVED)
def test_what_is_settled_stays_so_for_the_same_facts(status: BreakStatus) -> None:
    brk = a_break(status, standing=("jrn_w",), resolution=DONE)

    found, undone, may_settle = again(brk)

    assert replace(
        found, seen_in=brk.seen_in, seen_at=brk.seen_at, version=1, updated_at=NOW
    ) == replace(brk, version=1)
    assert (undone, may_settle) == (False, False)


@pytest.mark.parametrize("status", RESOLVED)
def test_what_is_settled_is_open_again_for_other_facts(status: BreakStatus) -> None:
    brk = a_break(status, standing=("jrn_w",), resolution=DONE)

    found, undone, may_settle = again(brk, SHORTER)

    assert (found.status, found.residuals) == (S.OPEN, (("EUR", 600),))
    assert (found.resolution, found.past) == (None, (DONE,))
    assert (undone, may_settle) == (True, False)


@pytest.mark.parametrize(
    "change",
    [{"fee": 130}, {"expected_fee": 130}, {"our_amount": 7_100}, {"their_currency": "USD"}],
)
def test_every_amount_and_currency_is_a_fact(change: dict[str, int]) -> None:
    brk = a_break(S.WRITTEN_OFF, standing=("jrn_w",), resolution=DONE)

    assert again(brk, replace(SHORT, **change))[0].status is S.OPEN  # type: ignore[arg-type]


def test_a_request_that_waits_goes_on_waiting_for_the_same_facts_only() -> None:
    asked = replace(DONE, resolved_at=None)
    brk = a_break(S.PENDING_APPROVAL, resolution=asked)

    same, _, _ = again(brk)
    other, _, _ = again(brk, SHORTER)

    assert (same.status, same.resolution) == (S.PENDING_APPROVAL, asked)
    assert (other.status, other.resolution, other.past) == (S.OPEN, None, (asked,))


def test_a_matched_break_that_is_found_again_is_back() -> None:
    matched = gone(a_break(), NOW).brk

    found, _, may_settle = again(matched)

    assert matched.status is S.MATCHED
    assert (found.status, may_settle) == (S.OPEN, True)


def test_a_break_that_is_gone_is_matched_and_what_was_parked_is_undone() -> None:
    found = gone(a_break(standing=("jrn_park",), resolution=DONE), LATER)

    assert (found.brk.status, found.undo) == (S.MATCHED, ("jrn_park",))
    assert (found.brk.resolution, found.brk.past) == (None, (DONE,))
    assert found.brk.left == ()


@pytest.mark.parametrize(
    ("brk", "is_it"),
    [
        (a_break(), True),
        (a_break(S.EXPECTED), True),
        (a_break(S.PENDING_APPROVAL), True),
        (a_break(S.WRITTEN_OFF), False),
        (a_break(S.MATCHED), False),
        (a_break(seen_in="exec-2/1"), False),
        (a_break(seen_at=LATER), False),
        (a_break(seen_at=LATER - 1), True),
        (a_break(day=shifted(DAY, -8)), True),
        (a_break(day=shifted(DAY, -9)), False),
        (a_break(day=shifted(DAY, 1)), True),
        (a_break(day=shifted(DAY, 2)), False),
    ],
)
def test_a_break_is_gone_when_a_look_over_its_day_did_not_see_it(brk: Break, is_it: bool) -> None:
    look = a_look(shifted(DAY, 1), "exec-2/1", began_at=LATER)

    assert is_gone(brk, look) is is_it


@pytest.mark.parametrize(
    ("difference", "status", "rule_id"),
    [
        (a_difference(fee=124), S.AUTO_RESOLVED, RuleId.FEE_VARIANCE),
        (a_difference(Sides.THEIRS), S.OPEN, RuleId.UNALLOCATED),
    ],
)
def test_a_rule_signs_what_it_settles_and_only_parks_what_is_a_persons(
    difference: Difference, status: BreakStatus, rule_id: RuleId
) -> None:
    judged = judgement(difference)
    brk = opened(difference, judged, a_look(), NOW).brk
    assert judged.settling is not None
    rule = judged.settling.rule
    journal = resolution_journal(
        brk, rule.rule_id, judged.settling.shares, f"rule:{rule.name}", NOW
    )

    settled = settled_by(brk, judged.settling, journal, LATER)

    assert (settled.status, settled.standing) == (status, (journal.ledger_id,))
    assert settled.resolution == Resolution(
        BreakAction.RULE,
        brk.detail,
        f"rule:{rule_id}@1",
        LATER,
        LATER,
        ledger_id=journal.ledger_id,
        rule_id=rule_id,
        rule_version=1,
    )
    assert settled.booked == 1
    assert settled.left == ()


def test_journals_pile_up_and_a_mirror_takes_its_own_off() -> None:
    brk = a_break()
    first = resolution_journal(brk, "a", shares_of("unallocated", brk), "x", NOW)
    one = with_journals(brk, [first])
    second = resolution_journal(one, "b", shares_of("rounding", one), "x", NOW)
    both = with_journals(one, [second])
    undone = with_journals(both, [mirror_journal(both, second, "reopen", "x", NOW)])

    assert both.standing == (first.ledger_id, second.ledger_id)
    assert (undone.standing, undone.booked) == (one.standing, 3)


def test_only_the_newest_resolutions_are_remembered() -> None:
    many = tuple(replace(DONE, reason=str(number)) for number in range(PAST_MAX))
    brk = a_break(past=many, resolution=replace(DONE, reason="newest"))

    kept = remembered(brk)

    assert len(kept) == PAST_MAX
    assert (kept[0].reason, kept[-1].reason) == ("1", "newest")
    assert remembered(a_break()) == ()
