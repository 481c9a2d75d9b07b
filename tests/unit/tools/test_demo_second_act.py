"""What the second act would say if something were not as it has to be."""

from dataclasses import replace

import pytest

from tools.client import Client, Json
from tools.demo.aftermath import CHAPTERS, Sale
from tools.demo.comparing import compare_trial_balance
from tools.demo.payday import STORIES, PaidOut
from tools.demo.second_act import compare_payouts
from tools.local.endpoints import Endpoints
from tools.sandbox_psp.faults import KINDS

SALE = Sale(Client(Endpoints("http://api", "http://psp", "http://aws")), "run-pay1", "EUR")


def paid_out() -> PaidOut:
    """A payout that arrived, as all sides should see it."""
    payout: Json = {"payout_id": "po_1", "status": "paid", "amount": 6_167}
    return PaidOut(STORIES[0], SALE, payout, [{"status": "paid", "amount": 6_167}], {})


def test_a_payout_that_all_sides_agree_on_is_no_difference() -> None:
    assert compare_payouts([paid_out()]).differences == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"payout": {"status": "in_transit", "amount": 6_167}},
        {"at_psp": []},
        {"at_psp": [{"status": "paid", "amount": 6_168}]},
        {"at_psp": [{"status": "paid", "amount": 6_167}] * 2},
        {"wallet": {"available": 1}},
        {"problems": ("nobody answered",)},
    ],
)
def test_whatever_differs_is_said(wrong: dict[str, object]) -> None:
    assert compare_payouts([replace(paid_out(), **wrong)]).differences  # type: ignore[arg-type]


def balance(**accounts: int) -> Json:
    named = {name.replace("__", ":"): minor for name, minor in accounts.items()}
    return {"currencies": {"EUR": {"total": sum(named.values()), "accounts": named}}}


CHARGES: list[Json] = [{"currency": "EUR", "captured": 7_000, "refunded": 3_000}]
DISPUTES: list[Json] = [{"currency": "EUR", "withdrawn": 1_000, "fee": 1_500}]
PAYOUTS: list[Json] = [
    {"currency": "EUR", "amount": 400, "status": "paid"},
    {"currency": "EUR", "amount": 900, "status": "returned"},
]


def test_the_trial_balance_counts_refunds_disputes_and_payouts_as_the_psp_does() -> None:
    sound = balance(psp_receivable__sandbox=1_500, bank__sandbox=-400, rest=-1_100)

    assert compare_trial_balance(sound, CHARGES, DISPUTES, PAYOUTS).differences == ()


def test_a_currency_that_came_to_the_bank_is_the_reconciliations() -> None:
    """A PSP may settle an order in a currency in which nobody was charged."""
    accounts = {"psp_receivable__sandbox": 1_450, "bank__sandbox": -350, "rest": -1_100}

    assert (
        compare_trial_balance(
            balance(**accounts), CHARGES, DISPUTES, PAYOUTS, {"EUR": 50}
        ).differences
        == ()
    )
    assert compare_trial_balance(balance(**accounts), CHARGES, DISPUTES, PAYOUTS).differences


@pytest.mark.parametrize(
    "accounts",
    [
        {"psp_receivable__sandbox": 1_501, "bank__sandbox": -400, "rest": -1_101},
        {"psp_receivable__sandbox": 1_500, "bank__sandbox": -1_300, "rest": -200},
        {"psp_receivable__sandbox": 1_500, "bank__sandbox": -400, "rest": -1_000},
    ],
)
def test_a_book_that_is_off_by_anything_is_said(accounts: dict[str, int]) -> None:
    found = compare_trial_balance(balance(**accounts), CHARGES, DISPUTES, PAYOUTS)

    assert found.differences


def test_the_second_act_plays_every_fault_of_refunds_and_payouts() -> None:
    faults = {story.fault for story in STORIES} | {"refund_fails", "refund_reversed"}

    assert faults - {None} == {kind for kind in KINDS if kind.startswith(("refund_", "payout_"))}
    assert len({chapter.title for chapter in CHAPTERS}) == len(CHAPTERS)
