import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import FactKind
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.views import (
    journal_view,
    order_view,
    payment_view,
    psp_event_view,
    shown_status,
    trial_balance_view,
    waiting_order_view,
)
from tests.builders import (
    HARD,
    NOW,
    REDIRECT,
    a_journal,
    a_line,
    a_payment,
    a_state,
    an_event,
    an_open_checkout,
    an_order,
)

S = OrderStatus
AT = "2026-11-18T11:06:40.000Z"
SHOWN = {
    "created", "processing", "requires_action", "authorized", "captured", "partially_captured",
    "failed", "voided", "expired", "cancelled", "unknown", "conflicted",
}  # fmt: skip


def test_steps_on_the_way_are_processing_and_every_shown_word_is_in_the_contract() -> None:
    assert {shown_status(status) for status in OrderStatus} == SHOWN
    on_the_way = {s for s in OrderStatus if shown_status(s) == "processing"}
    assert on_the_way == {S.ROUTED, S.SENT, S.CAPTURE_PENDING, S.VOID_PENDING}


def test_a_payment_shows_what_it_knows_of_its_orders() -> None:
    payment = a_payment(
        a_line("o1"),
        a_line("o2", "s2", 500),
        states={"o2": a_state(S.FAILED, failure=HARD)},
    )

    assert payment_view(payment) == {
        "checkout_id": "c1",
        "status": "processing",
        "amount": 7_500,
        "currency": "EUR",
        "amount_captured": 0,
        "amount_refunded": 0,
        "is_payment_done": False,
        "is_ledger_updated": False,
        "is_wallet_updated": False,
        "orders": [
            {
                "order_id": "o1",
                "seller_id": "s1",
                "amount": 7_000,
                "currency": "EUR",
                "status": "created",
            },
            {
                "order_id": "o2",
                "seller_id": "s2",
                "amount": 500,
                "currency": "EUR",
                "status": "failed",
                "failure": {
                    "code": "stolen_card",
                    "message": "do not honour",
                    "decline_type": "hard",
                },
            },
        ],
        "version": 2,
        "created_at": AT,
        "updated_at": AT,
    }


def test_a_payment_shows_the_buyers_next_action() -> None:
    waiting = a_payment(states={"o1": a_state(S.REQUIRES_ACTION, action=REDIRECT)})

    assert payment_view(waiting)["next_action"] == {
        "type": "redirect",
        "url": "https://psp.example/pay/1",
        "expires_at": "2026-11-18T12:06:40.000Z",
    }
    assert "next_action" not in payment_view(a_payment())


@pytest.mark.parametrize("secret", ["tok_c1", "cs_1", "u1@example.org", "ffff"])
def test_a_payment_shows_no_token_secret_or_address(secret: str) -> None:
    assert secret not in str(payment_view(a_payment()))
    assert secret not in str(payment_view(an_open_checkout()))
    assert secret not in str(order_view(an_order(S.CAPTURED)))


def test_an_order_shows_its_attempts_and_fee() -> None:
    view = order_view(an_order(S.FAILED))

    assert view["attempts"] == [
        {
            "number": 1,
            "idempotency_key": "o1:charge:1",
            "sent_at": AT,
            "outcome": "declined_hard",
        }
    ]
    assert view["fee"] == {"rule_id": "default-v1", "amount": 700, "tax": 133, "currency": "EUR"}
    assert view["failure"] == {
        "code": "stolen_card",
        "message": "do not honour",
        "decline_type": "hard",
    }


def test_an_action_is_shown_while_it_is_wanted() -> None:
    assert "next_action" in order_view(an_order(S.REQUIRES_ACTION))
    assert "next_action" not in order_view(an_order(S.CAPTURED, action=REDIRECT))


def test_an_order_not_begun_is_created() -> None:
    view = waiting_order_view(a_payment(), a_line())

    assert (view["status"], view["attempts"], view["amount"]) == ("created", [], 7_000)


def test_a_journals_amounts_are_positive_and_the_side_says_the_direction() -> None:
    journal = a_journal()

    view = journal_view(journal)

    assert view["ledger_id"] == journal.ledger_id
    assert view["legs"] == [
        {
            "account": "psp_receivable:sandbox",
            "amount": 7_000,
            "currency": "EUR",
            "transact_type": "debit",
        },
        {
            "account": "seller_pending:s1",
            "amount": 7_000,
            "currency": "EUR",
            "transact_type": "credit",
        },
    ]


def test_an_event_shows_what_became_of_it() -> None:
    assert psp_event_view(an_event(an_order(), FactKind.CAPTURED)) == {
        "event_id": "sandbox#evt_1",
        "type": "charge.captured",
        "psp_reference": "ch_1",
        "status": "received",
        "received_at": AT,
    }


def test_a_trial_balance_shows_its_total() -> None:
    balance = TrialBalance(NOW, {"EUR": {"bank:b": 5, "rounding": -5}}, wallets=3)

    assert trial_balance_view(balance) == {
        "as_of": AT,
        "currencies": {"EUR": {"total": 0, "accounts": {"bank:b": 5, "rounding": -5}}},
    }
