from dataclasses import replace
from itertools import product

import pytest

from countinghouse.domain.dispute import (
    LOST_DISPUTES,
    OPEN_DISPUTES,
    WON_DISPUTES,
    Dispute,
    DisputeStage,
    DisputeStatus,
)
from tests.builders import NOW

T = DisputeStage
D = DisputeStatus
DISPUTE = Dispute("dsp_1", "dp_1", T.DISPUTE, D.OPENED, 4_000, "fraudulent", 1, NOW, NOW)


def at(stage: DisputeStage, status: DisputeStatus) -> Dispute:
    return replace(DISPUTE, stage=stage, status=status)


def test_every_status_is_open_won_or_lost() -> None:
    assert set(D) == OPEN_DISPUTES | WON_DISPUTES | LOST_DISPUTES
    assert len(OPEN_DISPUTES) + len(WON_DISPUTES) + len(LOST_DISPUTES) == len(D)


@pytest.mark.parametrize("status", D)
def test_a_refund_is_barred_unless_the_dispute_was_won(status: DisputeStatus) -> None:
    dispute = at(T.DISPUTE, status)

    assert dispute.blocks_refunds is (status not in {D.WON, D.CANCELLED})
    assert dispute.is_open is (status in {D.OPENED, D.CHALLENGED})


@pytest.mark.parametrize("status", D)
def test_an_inquiry_that_is_over_took_nothing_and_bars_no_refund(status: DisputeStatus) -> None:
    inquiry = at(T.PRE_DISPUTE, status)

    assert inquiry.blocks_refunds is inquiry.is_open


@pytest.mark.parametrize(("stage", "status"), list(product(T, D)))
def test_an_open_dispute_may_end_in_any_way_in_its_stage(
    stage: DisputeStage, status: DisputeStatus
) -> None:
    assert at(stage, D.OPENED).may_become(stage, status)
    assert at(stage, D.CHALLENGED).may_become(stage, status) is (status is not D.OPENED)


@pytest.mark.parametrize(("before", "after"), list(product(sorted(set(D) - OPEN_DISPUTES), D)))
def test_an_end_stands_in_its_stage(before: DisputeStatus, after: DisputeStatus) -> None:
    # The same end again is the PSP moving the money late.
    assert at(T.DISPUTE, before).may_become(T.DISPUTE, after) is (after is before)


@pytest.mark.parametrize(("status", "later"), list(product(D, D)))
def test_a_second_round_follows_everything_but_a_loss(
    status: DisputeStatus, later: DisputeStatus
) -> None:
    allowed = at(T.DISPUTE, status).may_become(T.PRE_ARBITRATION, later)

    assert allowed is (status not in LOST_DISPUTES)


@pytest.mark.parametrize(("status", "stage"), list(product(D, [T.DISPUTE, T.PRE_ARBITRATION])))
def test_an_inquiry_can_become_a_dispute_however_it_ended(
    status: DisputeStatus, stage: DisputeStage
) -> None:
    assert at(T.PRE_DISPUTE, status).may_become(stage, D.OPENED)


@pytest.mark.parametrize(("status", "later"), list(product(D, D)))
def test_no_stage_comes_back(status: DisputeStatus, later: DisputeStatus) -> None:
    assert not at(T.DISPUTE, status).may_become(T.PRE_DISPUTE, later)
    assert not at(T.PRE_ARBITRATION, status).may_become(T.DISPUTE, later)
