import pytest

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    FINAL_STATUSES,
    RESTING_STATUSES,
    TRANSITIONS,
    UNPAID_STATUSES,
    OrderStatus,
)
from countinghouse.domain.wallet import WalletAddress
from tests.builders import NOW, an_order

S = OrderStatus
EVERY = sorted(OrderStatus)
NOT_AT_A_PSP = (S.CREATED, S.ROUTED, S.CANCELLED)


def reachable(start: OrderStatus) -> set[OrderStatus]:
    """Every status that some path leads to."""
    found, open_ = {start}, [start]
    while open_:
        new = TRANSITIONS[open_.pop()] - found
        found |= new
        open_ += new
    return found


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)


def test_every_status_is_reached_from_created() -> None:
    assert reachable(S.CREATED) == set(OrderStatus)


@pytest.mark.parametrize("status", EVERY)
def test_from_every_status_an_end_is_reached(status: OrderStatus) -> None:
    assert reachable(status) & FINAL_STATUSES or status is S.CONFLICTED


@pytest.mark.parametrize("status", EVERY)
def test_exactly_the_resting_statuses_are_dead_ends(status: OrderStatus) -> None:
    assert (not TRANSITIONS[status]) == (status in RESTING_STATUSES)
    assert an_order(status).is_resting == (status in RESTING_STATUSES)


@pytest.mark.parametrize("old", EVERY)
@pytest.mark.parametrize("new", EVERY)
def test_a_step_outside_the_table_is_illegal(old: OrderStatus, new: OrderStatus) -> None:
    order = an_order(old)

    if new is old or new in TRANSITIONS[old]:
        moved = order.moved(new, NOW + 1)
        assert (moved.status, moved.version, moved.updated_at) == (new, order.version + 1, NOW + 1)
    else:
        with pytest.raises(IllegalTransition):
            order.moved(new, NOW + 1)


def test_money_was_taken_or_not_never_both() -> None:
    assert not CAPTURED_STATUSES & UNPAID_STATUSES
    assert CAPTURED_STATUSES | UNPAID_STATUSES == FINAL_STATUSES
    assert {S.CONFLICTED} == RESTING_STATUSES - FINAL_STATUSES


def test_only_a_charge_that_nobody_may_have_seen_is_followed_by_a_new_one() -> None:
    assert S.SENT not in TRANSITIONS[S.UNKNOWN]
    assert S.SENT not in TRANSITIONS[S.REQUIRES_ACTION]
    assert {s for s in OrderStatus if S.SENT in TRANSITIONS[s]} == {S.CREATED, S.ROUTED}


def test_an_orders_money_goes_to_its_sellers_shard() -> None:
    order = an_order(seller_id="s9", currency="JPY", wallet_shard=2)

    assert order.wallet == WalletAddress("seller:s9", "JPY", 2)
