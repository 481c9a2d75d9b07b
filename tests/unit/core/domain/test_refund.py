from dataclasses import replace

import pytest

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.refund import (
    OPEN_REFUNDS,
    REFUND_TRANSITIONS,
    UNDONE_REFUNDS,
    Refund,
    RefundStatus,
)
from tests.builders import NOW

R = RefundStatus
STEPS = [(start, end) for start in R for end in R]
REFUND = Refund("r1", 3_000, "returned", "o1:refund:1", "f", 1, NOW, NOW)


def test_the_table_is_the_one_of_the_rules() -> None:
    assert {(start, end) for start, end in STEPS if end in REFUND_TRANSITIONS[start]} == {
        (R.REQUESTED, R.SENT),
        # Never called, so that it fails at once.
        (R.REQUESTED, R.FAILED),
        (R.SENT, R.SUCCEEDED),
        (R.SENT, R.FAILED),
        (R.SENT, R.UNKNOWN),
        (R.UNKNOWN, R.SENT),
        (R.UNKNOWN, R.SUCCEEDED),
        (R.UNKNOWN, R.FAILED),
        (R.SUCCEEDED, R.REVERSED),
    }


@pytest.mark.parametrize(("start", "end"), STEPS)
def test_a_refund_takes_the_steps_of_the_table_and_no_other(
    start: RefundStatus, end: RefundStatus
) -> None:
    refund = replace(REFUND, status=start)
    if end is start or end in REFUND_TRANSITIONS[start]:
        moved = refund.moved(end, NOW + 5, psp_reference="re_1")
        assert (moved.status, moved.updated_at, moved.psp_reference) == (end, NOW + 5, "re_1")
        return
    with pytest.raises(IllegalTransition):
        refund.moved(end, NOW)


@pytest.mark.parametrize("status", R)
def test_a_refund_is_open_until_the_psp_settled_it(status: RefundStatus) -> None:
    assert replace(REFUND, status=status).is_open is (status in OPEN_REFUNDS)
    assert OPEN_REFUNDS | UNDONE_REFUNDS | {R.SUCCEEDED} == set(R)
    assert not OPEN_REFUNDS & UNDONE_REFUNDS
