from dataclasses import replace

import pytest

from countinghouse.domain.errors import CountinghouseError, IllegalTransition, InsufficientFunds
from countinghouse.domain.payout import PayoutStatus, PayoutTrigger
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.payout_requests import (
    SCHEDULE,
    OpenPayout,
    draft_payout,
    free_slot,
    monthly_payout,
    payout_id_of,
)
from tests.builders import NOW
from tests.payouts import ADA, RULES, a_payout, a_wish, an_account

S = PayoutStatus


def refusal(
    wanted: OpenPayout, account: PayoutAccount | None = None, net: int = 8_000
) -> CountinghouseError:
    with pytest.raises(CountinghouseError) as caught:
        draft_payout(wanted, account, net, RULES, NOW)
    return caught.value


def test_a_draft_takes_all_that_is_payable_and_its_sellers_place() -> None:
    payout, account = draft_payout(a_wish(), an_account(left_over_minor=40), 8_000, RULES, NOW)

    assert payout == a_payout(amount_minor=8_000, carried_over_minor=40)
    assert account == an_account(left_over_minor=40, open_payout="po_1", version=2)


def test_a_part_can_be_asked_for() -> None:
    payout, _ = draft_payout(a_wish(amount_minor=300), an_account(), 8_000, RULES, NOW)

    assert (payout.amount_minor, payout.requested_by) == (300, ADA)


@pytest.mark.parametrize(
    ("changes", "account", "net", "code"),
    [
        ({}, an_account(open_payout="po_0"), 0, "payout_in_progress"),
        ({"amount_minor": 8_001}, an_account(), 8_000, "insufficient_funds"),
        ({}, an_account(), 0, "insufficient_funds"),
        ({"amount_minor": 5}, an_account(), 0, "insufficient_funds"),
        ({"amount_minor": 500}, None, 0, "insufficient_funds"),
        ({"amount_minor": 99}, an_account(), 8_000, "below_minimum"),
        ({}, an_account(), 99, "below_minimum"),
        ({}, None, 99, "below_minimum"),
        ({}, None, 8_000, "no_bank_account"),
        ({}, an_account(usable_from=NOW + 1), 8_000, "bank_account_cooling_off"),
    ],
)
def test_what_forbids_a_payout_says_so_by_its_code(
    changes: dict[str, object], account: PayoutAccount | None, net: int, code: str
) -> None:
    assert refusal(a_wish(**changes), account, net).code == code


def test_the_kinds_of_refusal() -> None:
    assert isinstance(refusal(a_wish(), an_account(open_payout="x")), IllegalTransition)
    assert isinstance(refusal(a_wish(), an_account(), 0), InsufficientFunds)
    assert refusal(a_wish(amount_minor=1), an_account()).field == "amount"


def test_a_month_has_one_payout_a_seller_and_currency() -> None:
    wanted = monthly_payout("s1", "EUR", "2026-11")
    others = [
        monthly_payout("s2", "EUR", "2026-11"),
        monthly_payout("s1", "USD", "2026-11"),
        monthly_payout("s1", "EUR", "2026-12"),
    ]

    assert wanted == monthly_payout("s1", "EUR", "2026-11")
    assert (wanted.trigger, wanted.requested_by) == (PayoutTrigger.MONTHLY, SCHEDULE)
    assert (wanted.amount_minor, wanted.period) == (None, "2026-11")
    assert len({wanted.payout_id, *(other.payout_id for other in others)}) == 4


def test_an_id_follows_from_its_cause() -> None:
    assert payout_id_of("ada|POST /v1/payouts|k1") == payout_id_of("ada|POST /v1/payouts|k1")
    assert payout_id_of("ada|POST /v1/payouts|k1") != payout_id_of("ada|POST /v1/payouts|k2")
    assert payout_id_of("x").startswith("po_")
    assert len(payout_id_of("x")) == 27


def test_a_finished_payout_frees_its_place_and_leaves_what_was_left() -> None:
    taken = an_account(open_payout="po_1", left_over_minor=11)
    paid = a_payout(S.PAID, available_before_minor=8_000, recovered_minor=700)

    freed = free_slot(taken, paid)

    assert freed == an_account(left_over_minor=2_300, version=2)


def test_a_payout_that_reserved_nothing_leaves_what_was_left_before() -> None:
    taken = an_account(open_payout="po_1", left_over_minor=11)
    failed = a_payout(S.FAILED, available_before_minor=None, booked=())

    assert free_slot(taken, failed).left_over_minor == 11


def test_another_payouts_place_is_not_freed() -> None:
    taken = an_account(open_payout="po_2")

    assert free_slot(taken, a_payout(S.RETURNED)) is taken
    assert free_slot(replace(taken, open_payout=None), a_payout(S.RETURNED)).version == 1
