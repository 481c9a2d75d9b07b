from countinghouse.domain.breaks import BreakAction, BreakStatus, Resolution
from countinghouse.domain.difference import Sides
from countinghouse.domain.instants import DAY
from countinghouse.reconciliation_views import break_view
from tests.breaks import a_break, a_difference
from tests.builders import NOW

ASKED = Resolution(BreakAction.WRITE_OFF, "lost", "ada", NOW)
DONE = Resolution(
    BreakAction.RULE,
    "2 beyond the contract's fee",
    "rule:fee_variance@1",
    NOW,
    NOW,
    ledger_id="jrn_9",
    rule_id="fee_variance",
    rule_version=1,
)


def test_a_break_shows_both_sides_and_what_is_left() -> None:
    difference = a_difference(their_amount=6_500, fee=125, suggestion="jrn_7")

    assert break_view(a_break(difference=difference), NOW + 2 * DAY) == {
        "break_id": "brk_2132596bf9092e5edf49f5e4",
        "code": "SPLIT_MISMATCH",
        "status": "open",
        "psp": "sandbox",
        "run_id": "rec_sandbox_20261118",
        "day": "2026-11-18",
        "age_days": 2,
        "expected": {"amount": 7_000, "currency": "EUR", "fee": 123},
        "actual": {"amount": 6_500, "currency": "EUR", "fee": 125},
        "residuals": [{"amount": 502, "currency": "EUR"}],
        "left": [{"amount": 502, "currency": "EUR"}],
        "order_id": "o1",
        "psp_reference": "ch_1",
        "file": {"file_id": "f1", "line": 7},
        "suggestion": "jrn_7",
        "evidence": ["journal:jrn_1", "line:f1#7", "batch:41", "checkout:c1", "type:charge"],
        "detail": "the checkout's total is right, this part is not",
        "journals": [],
        "history": [],
        "version": 1,
        "opened_at": "2026-11-18T11:06:40.000Z",
        "updated_at": "2026-11-18T11:06:40.000Z",
    }


def test_a_side_that_says_nothing_is_null() -> None:
    ours = break_view(a_break(difference=a_difference(Sides.OURS)), NOW)
    theirs = break_view(a_break(difference=a_difference(Sides.THEIRS, order_id="")), NOW)

    assert (ours["expected"], ours["actual"]) == (
        {"amount": 7_000, "currency": "EUR", "fee": 0},
        None,
    )
    assert theirs["expected"] is None
    assert "file" not in ours
    assert "order_id" not in theirs


def test_what_a_rule_did_and_what_was_done_before_are_shown() -> None:
    view = break_view(
        a_break(BreakStatus.AUTO_RESOLVED, resolution=DONE, past=(ASKED,), standing=("jrn_9",)), NOW
    )

    assert view["resolution"] == {
        "action": "rule",
        "reason": "2 beyond the contract's fee",
        "requested_by": "rule:fee_variance@1",
        "requested_at": "2026-11-18T11:06:40.000Z",
        "resolved_at": "2026-11-18T11:06:40.000Z",
        "ledger_id": "jrn_9",
        "rule_id": "fee_variance",
        "rule_version": 1,
    }
    assert view["history"] == [
        {
            "action": "write_off",
            "reason": "lost",
            "requested_by": "ada",
            "requested_at": "2026-11-18T11:06:40.000Z",
        }
    ]
    assert view["journals"] == ["jrn_9"]
    assert view["left"] == []
