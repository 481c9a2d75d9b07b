from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.dispute import (
    DISPUTES_MAX,
    LOST_DISPUTES,
    OPEN_DISPUTES,
    WON_DISPUTES,
    Dispute,
    DisputeStage,
    DisputeStatus,
)
from countinghouse.domain.instants import DAY
from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import BOOKING_CHECK, deliver, share_of
from countinghouse.domain.order_disputes import (
    apply_dispute_fact,
    dispute_id_of,
    is_returned_twice,
)
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.psp import DisputeFact, SettlementKind
from tests.builders import (
    DISPUTES,
    NOW,
    RESERVE,
    a_delivered_order,
    a_dispute_fact,
    an_order,
    disputed,
    refunded,
    refunding,
)

S = OrderStatus
K = BookingKind
T = DisputeStage
D = DisputeStatus
V = Verdict
GIVING_BACK = DisputeRules(frozenset(), fee_given_back_when_lost=True)
OPENED = a_dispute_fact()
INQUIRY = a_dispute_fact(stage=T.PRE_DISPUTE)


def later(before: DisputeFact, **changes: Any) -> DisputeFact:
    """The next snapshot of the same dispute."""
    return replace(before, sequence=before.sequence + 1, **changes)


def ended(status: DisputeStatus, before: DisputeFact = OPENED) -> DisputeFact:
    """The dispute's end; what was withdrawn stays only where it is lost."""
    kept = before.withdrawn_minor if status in LOST_DISPUTES else 0
    return later(before, status=status, withdrawn_minor=kept)


def kinds(order: Order) -> list[BookingKind]:
    """What disputes booked."""
    return [b.kind for b in order.bookings if b.kind.startswith("dispute")]


def the(order: Order) -> Dispute:
    (dispute,) = order.disputes
    return dispute


def refused(order: Order, fact: DisputeFact) -> Verdict:
    """The verdict on a fact that changes nothing."""
    verdict, after = apply_dispute_fact(order, fact, NOW, DISPUTES)
    assert after is order
    return verdict


def test_a_chargeback_is_withdrawn_by_the_psp_and_held_from_the_seller() -> None:
    order = disputed(a_delivered_order())

    assert the(order) == Dispute(
        dispute_id=dispute_id_of("sandbox", "dp_1"),
        psp_reference="dp_1",
        stage=T.DISPUTE,
        status=D.OPENED,
        amount_minor=4_000,
        reason="fraudulent",
        sequence=1,
        opened_at=OPENED.occurred_at,
        updated_at=NOW,
        evidence_due_at=NOW + 7 * DAY,
        withdrawn_minor=4_000,
        fee_minor=1_500,
        hold=2,
    )
    subject = the(order).dispute_id
    at = OPENED.occurred_at
    assert order.bookings[1:] == (
        Booking(K.DISPUTE_WITHDRAWN, Split(seller=4_000), at, subject, charge_minor=1_500),
        Booking(K.DISPUTE_HELD, Split(seller=4_000), at, subject),
    )
    assert order.version == a_delivered_order().version + 1
    assert order.due_at == NOW + BOOKING_CHECK


def test_what_is_pending_is_held_first() -> None:
    undelivered, partly = an_order(S.CAPTURED), refunding(an_order(S.CAPTURED), 4_000)

    assert disputed(undelivered).bookings[-1].split == Split(pending=4_000)
    assert disputed(partly).bookings[-1].split == Split(pending=3_000, seller=1_000)


def test_an_inquiry_holds_and_nothing_is_withdrawn() -> None:
    order = disputed(a_delivered_order(), INQUIRY)

    assert kinds(order) == [K.DISPUTE_HELD]


def test_an_inquiry_that_escalates_keeps_its_hold() -> None:
    order = disputed(a_delivered_order(), INQUIRY, replace(OPENED, sequence=2))

    assert kinds(order) == [K.DISPUTE_HELD, K.DISPUTE_WITHDRAWN]
    assert (the(order).stage, the(order).hold) == (T.DISPUTE, 1)


@pytest.mark.parametrize("status", sorted(set(D) - OPEN_DISPUTES))
def test_an_inquiry_that_ends_gives_the_hold_back(status: DisputeStatus) -> None:
    order = disputed(a_delivered_order(), INQUIRY, ended(status, INQUIRY))

    assert kinds(order) == [K.DISPUTE_HELD, K.DISPUTE_RELEASED]
    assert order.bookings[-1].mirrors == 1
    assert the(order).hold is None


@pytest.mark.parametrize("status", sorted(LOST_DISPUTES))
def test_an_inquiry_that_ended_badly_may_become_a_chargeback(status: DisputeStatus) -> None:
    after_inquiry = disputed(a_delivered_order(), INQUIRY, ended(status, INQUIRY))

    order = disputed(after_inquiry, replace(OPENED, sequence=3))

    assert kinds(order)[2:] == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD]


def test_a_challenge_moves_no_money() -> None:
    order = disputed(a_delivered_order(), OPENED, later(OPENED, status=D.CHALLENGED))

    assert kinds(order) == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD]
    assert the(order).status is D.CHALLENGED


@pytest.mark.parametrize("status", sorted(WON_DISPUTES))
def test_a_dispute_that_was_won_is_undone(status: DisputeStatus) -> None:
    order = disputed(a_delivered_order(), OPENED, ended(status))

    assert kinds(order)[2:] == [K.DISPUTE_REINSTATED, K.DISPUTE_RELEASED]
    assert order.bookings[-1].mirrors == 2
    assert (the(order).hold, the(order).withdrawn_minor) == (None, 0)
    # The fee is not given back.
    assert the(order).fee_minor == 1_500


@pytest.mark.parametrize("status", sorted(LOST_DISPUTES))
def test_a_dispute_that_was_lost_costs_the_seller_what_was_held(status: DisputeStatus) -> None:
    order = disputed(a_delivered_order(), OPENED, ended(status))

    assert kinds(order)[2:] == [K.DISPUTE_LOST]
    assert order.bookings[-1].split == Split(seller=4_000)
    assert the(order).hold is None


def test_the_platform_bears_what_it_caused() -> None:
    caused = replace(OPENED, reason="not_received")

    order = disputed(a_delivered_order(), caused, ended(D.LOST, caused))

    assert kinds(order)[2:] == [K.DISPUTE_ABSORBED, K.DISPUTE_RELEASED]
    assert order.bookings[-1].mirrors == 2


def test_the_reason_at_the_end_decides() -> None:
    order = disputed(a_delivered_order(), OPENED, replace(ended(D.LOST), reason="not_received"))

    assert kinds(order)[2:] == [K.DISPUTE_ABSORBED, K.DISPUTE_RELEASED]


def test_the_fee_of_what_was_lost_is_given_back_where_that_is_the_rule() -> None:
    order = disputed(a_delivered_order(), OPENED, ended(D.LOST), rules=GIVING_BACK)

    assert kinds(order)[2:] == [K.DISPUTE_LOST, K.DISPUTE_FEE_GIVEN_BACK]
    assert order.bookings[-1].split == Split(fee=400, tax=76)
    assert share_of(order).fee == 300


def test_no_fee_is_given_back_that_was_never_taken() -> None:
    pending = disputed(an_order(S.CAPTURED), OPENED, ended(D.LOST), rules=GIVING_BACK)
    free = a_delivered_order(fee=replace(an_order().fee, fee_minor=0, tax_minor=0))

    assert kinds(pending)[2:] == [K.DISPUTE_LOST]
    assert kinds(disputed(free, OPENED, ended(D.LOST), rules=GIVING_BACK))[2:] == [K.DISPUTE_LOST]


def test_no_fee_is_given_back_of_what_was_held_before_it_was_released() -> None:
    held = disputed(an_order(S.CAPTURED))
    delivered = deliver(held, NOW, NOW, RESERVE)

    order = disputed(delivered, ended(D.LOST), rules=GIVING_BACK)

    assert kinds(order)[2:] == [K.DISPUTE_LOST]
    assert share_of(order).fee == 300


def test_a_second_round_is_held_and_withdrawn_anew() -> None:
    won = disputed(a_delivered_order(), OPENED, ended(D.WON))
    second = replace(OPENED, stage=T.PRE_ARBITRATION, sequence=3, fee_minor=3_000)

    order = disputed(won, second, later(second, status=D.LOST))

    assert kinds(order)[4:] == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD, K.DISPUTE_LOST]
    assert [b.charge_minor for b in order.bookings if b.charge_minor] == [1_500, 1_500]


def test_snapshots_that_were_missed_are_made_good_by_the_next() -> None:
    lost = disputed(a_delivered_order(), replace(ended(D.LOST), sequence=7))
    won = disputed(a_delivered_order(), replace(ended(D.WON), sequence=7))
    whole = disputed(
        a_delivered_order(), OPENED, later(OPENED, stage=T.PRE_ARBITRATION, status=D.CHALLENGED)
    )

    assert kinds(lost) == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD, K.DISPUTE_LOST]
    # Only the fee is left of it.
    assert kinds(won) == [K.DISPUTE_WITHDRAWN]
    assert (won.bookings[-1].split, won.bookings[-1].charge_minor) == (Split(), 1_500)
    assert kinds(whole) == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD]


def test_a_snapshot_that_was_overtaken_is_stale() -> None:
    order = disputed(a_delivered_order(), replace(OPENED, sequence=5))

    for sequence in (1, 4, 5):
        stale = replace(OPENED, sequence=sequence, status=D.WON, withdrawn_minor=0)
        assert refused(order, stale) is V.STALE


IMPOSSIBLE = {
    "another currency": replace(OPENED, currency="USD"),
    "nothing": replace(OPENED, amount_minor=0, withdrawn_minor=0),
    "more than was captured": replace(OPENED, amount_minor=7_001, withdrawn_minor=7_001),
    "a part withdrawn": replace(OPENED, withdrawn_minor=3_999),
    "more withdrawn": replace(OPENED, withdrawn_minor=4_001),
}


@pytest.mark.parametrize("fact", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_dispute_that_cannot_be_is_a_contradiction(fact: DisputeFact) -> None:
    assert refused(a_delivered_order(), fact) is V.CONTRADICTION


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - CAPTURED_STATUSES))
def test_money_that_was_not_captured_is_not_disputed(status: OrderStatus) -> None:
    assert refused(an_order(status), OPENED) is V.CONTRADICTION


UNLIKELY = {
    "another amount": later(OPENED, amount_minor=3_000, withdrawn_minor=3_000),
    "a fee given back": later(OPENED, fee_minor=1_499),
    "back to an inquiry": later(OPENED, stage=T.PRE_DISPUTE, withdrawn_minor=0),
}


@pytest.mark.parametrize("fact", UNLIKELY.values(), ids=UNLIKELY)
def test_a_snapshot_that_does_not_follow_is_a_contradiction(fact: DisputeFact) -> None:
    assert refused(disputed(a_delivered_order()), fact) is V.CONTRADICTION


def test_a_challenge_is_not_taken_back() -> None:
    challenged = later(OPENED, status=D.CHALLENGED)
    order = disputed(a_delivered_order(), OPENED, challenged)

    assert refused(order, later(challenged, status=D.OPENED)) is V.CONTRADICTION


@pytest.mark.parametrize("status", sorted(set(D) - OPEN_DISPUTES))
@pytest.mark.parametrize("other", sorted(D))
def test_an_end_is_not_undone(status: DisputeStatus, other: DisputeStatus) -> None:
    end = ended(status)
    order = disputed(a_delivered_order(), OPENED, end)

    verdict, after = apply_dispute_fact(order, later(end, status=other), NOW, DISPUTES)

    assert verdict is (V.APPLIED if other is status else V.CONTRADICTION)
    assert after.bookings == order.bookings, "the same end again moves no money"


def test_money_reinstated_after_the_end_is_booked_then() -> None:
    kept = later(OPENED, status=D.WON)
    order = disputed(a_delivered_order(), OPENED, kept)
    assert kinds(order)[2:] == [K.DISPUTE_RELEASED]

    order = disputed(order, later(kept, withdrawn_minor=0))

    assert kinds(order)[2:] == [K.DISPUTE_RELEASED, K.DISPUTE_REINSTATED]


def test_money_withdrawn_after_the_end_is_lost_then() -> None:
    challenged = replace(OPENED, status=D.CHALLENGED, withdrawn_minor=0, fee_minor=0)
    end = later(challenged, status=D.LOST)
    order = disputed(a_delivered_order(), challenged, end)
    assert kinds(order) == [K.DISPUTE_HELD, K.DISPUTE_RELEASED]

    order = disputed(order, later(end, withdrawn_minor=4_000, fee_minor=1_500))

    assert kinds(order)[2:] == [K.DISPUTE_WITHDRAWN, K.DISPUTE_HELD, K.DISPUTE_LOST]


def test_a_fee_charged_after_the_end_is_booked_alone() -> None:
    end = ended(D.LOST)
    order = disputed(a_delivered_order(), OPENED, end)

    order = disputed(order, later(end, fee_minor=2_000))

    assert kinds(order)[2:] == [K.DISPUTE_LOST, K.DISPUTE_WITHDRAWN]
    assert (order.bookings[-1].split, order.bookings[-1].charge_minor) == (Split(), 500)


def test_what_was_lost_does_not_come_back() -> None:
    end = ended(D.LOST)
    order = disputed(a_delivered_order(), OPENED, end)

    assert refused(order, later(end, withdrawn_minor=0)) is V.CONTRADICTION


def test_an_inquiry_that_took_the_money_is_not_taken_again() -> None:
    odd = replace(INQUIRY, status=D.LOST, withdrawn_minor=4_000)
    order = disputed(a_delivered_order(), odd)

    assert refused(order, replace(OPENED, sequence=2)) is V.CONTRADICTION


def test_two_disputes_of_one_order_have_a_hold_each() -> None:
    other = replace(OPENED, psp_reference="dp_2", amount_minor=3_000, withdrawn_minor=3_000)
    order = disputed(a_delivered_order(), OPENED, other)

    won = disputed(order, ended(D.WON))

    assert [dispute.hold for dispute in order.disputes] == [2, 4]
    assert {dispute.psp_reference: dispute.hold for dispute in won.disputes} == {
        "dp_1": None,
        "dp_2": 4,
    }
    assert won.bookings[-1].mirrors == 2


def test_an_order_has_only_so_many_disputes() -> None:
    order = a_delivered_order()
    for number in range(DISPUTES_MAX):
        fact = replace(OPENED, psp_reference=f"dp_{number}", amount_minor=1, withdrawn_minor=1)
        order = disputed(order, fact)

    assert refused(order, replace(OPENED, psp_reference="one more")) is V.CONTRADICTION


def test_disputed_money_is_not_released_and_comes_out_when_it_is_won() -> None:
    order = deliver(disputed(an_order(S.CAPTURED)), NOW, NOW, RESERVE)
    assert order.bookings[-1].split.released == 3_000

    won = disputed(order, ended(D.WON))

    assert kinds(won)[-2:] == [K.DISPUTE_REINSTATED, K.DISPUTE_RELEASED]
    assert (won.bookings[-1].kind, won.bookings[-1].split.released) == (K.RELEASE, 4_000)
    assert share_of(won) == share_of(a_delivered_order())


def test_disputed_money_that_was_lost_is_never_released() -> None:
    order = deliver(disputed(an_order(S.CAPTURED), OPENED, ended(D.LOST)), NOW, NOW, RESERVE)

    assert share_of(order).total == 3_000
    assert order.bookings[-1].split.released == 3_000


def test_refund_and_dispute_on_the_same_money_are_noticed() -> None:
    order = refunded(a_delivered_order())

    assert not is_returned_twice(disputed(order))
    whole = replace(OPENED, amount_minor=7_000, withdrawn_minor=7_000)
    assert is_returned_twice(disputed(order, whole))
    assert not is_returned_twice(disputed(order, whole, ended(D.WON, whole)))
    assert not is_returned_twice(
        disputed(refunded(a_delivered_order(), SettlementKind.FAILED), whole)
    )
    assert not is_returned_twice(
        disputed(order, replace(whole, stage=T.PRE_DISPUTE, withdrawn_minor=0))
    )


def test_a_disputes_id_is_its_psps() -> None:
    assert dispute_id_of("sandbox", "dp_1") == dispute_id_of("sandbox", "dp_1")
    ids = {dispute_id_of(*pair) for pair in [("a", "1"), ("a", "2"), ("b", "1"), ("a|1", "")]}
    assert len(ids) == 4


@st.composite
def snapshots(draw: st.DrawFn) -> list[DisputeFact]:
    """Snapshots of one dispute, of which any may be untrue, late or twice there."""
    return [
        a_dispute_fact(
            stage=draw(st.sampled_from(T)),
            status=draw(st.sampled_from(D)),
            sequence=draw(st.integers(1, 6)),
            amount_minor=4_000,
            withdrawn_minor=draw(st.sampled_from([0, 4_000])),
            fee_minor=draw(st.sampled_from([0, 1_500])),
        )
        for _ in range(draw(st.integers(0, 8)))
    ]


@given(snapshots(), st.booleans(), st.booleans())
def test_whatever_the_psp_says_the_money_follows_it(
    facts: list[DisputeFact], is_delivered: bool, gives_back: bool
) -> None:
    order = a_delivered_order() if is_delivered else an_order(S.CAPTURED)
    rules = GIVING_BACK if gives_back else DISPUTES
    for fact in facts:
        verdict, after = apply_dispute_fact(order, fact, NOW, rules)
        assert (after is order) is (verdict is not V.APPLIED)
        order = after

    if not order.disputes:
        assert kinds(order) == []
        return
    dispute, found = the(order), kinds(order)
    withdrawn = sum(b.split.total for b in order.bookings if b.kind is K.DISPUTE_WITHDRAWN)
    reinstated = sum(b.split.total for b in order.bookings if b.kind is K.DISPUTE_REINSTATED)
    assert withdrawn - reinstated == dispute.withdrawn_minor
    assert sum(b.charge_minor for b in order.bookings) == dispute.fee_minor
    held = found.count(K.DISPUTE_HELD) - found.count(K.DISPUTE_RELEASED)
    lost = found.count(K.DISPUTE_LOST)
    assert held - lost == (dispute.hold is not None) == dispute.is_open
    assert lost == dispute.has_taken
    share = share_of(order)
    assert min(share.pending, share.fee, share.tax, share.reserve, share.seller) >= 0
    assert share.total <= order.captured_minor
