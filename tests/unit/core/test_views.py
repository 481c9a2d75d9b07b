from dataclasses import replace

import pytest

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.fees import FeeTax, FrozenFee
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.psp import FactKind, SettlementKind
from countinghouse.domain.refund import RefundStatus
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.refund_views import amount_refunded, late_payment_view, refund_view
from countinghouse.views import (
    amount_disputed,
    dispute_view,
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
    a_delivered_order,
    a_dispute_fact,
    a_journal,
    a_late_order,
    a_line,
    a_payment,
    a_state,
    an_event,
    an_open_checkout,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
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
        "amount_disputed": 0,
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
            "psp": "sandbox",
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

    view = journal_view(replace(journal, code_version="3f2a91bc"))

    assert view["ledger_id"] == journal.ledger_id
    assert (view["code_version"], journal_view(journal)["code_version"]) == ("3f2a91bc", None)
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


def test_an_event_that_called_a_person_says_what_for() -> None:
    event = an_event(an_order(), FactKind.CAPTURED, alarm="contradiction_unconfirmed")

    assert psp_event_view(event)["alarm"] == "contradiction_unconfirmed"


def test_a_trial_balance_shows_its_total() -> None:
    balance = TrialBalance(NOW, {"EUR": {"bank:b": 5, "rounding": -5}}, wallets=3)

    assert trial_balance_view(balance) == {
        "as_of": AT,
        "currencies": {"EUR": {"total": 0, "accounts": {"bank:b": 5, "rounding": -5}}},
    }


def test_an_order_shows_what_came_after_its_capture() -> None:
    order = disputed(refunded(a_delivered_order()))

    view = order_view(order)

    (refund,), (dispute,) = order.refunds, order.disputes
    assert (view["amount_refunded"], view["amount_disputed"]) == (3_000, 4_000)
    assert view["delivered_at"] == AT
    assert view["refunds"] == [refund_view(order, refund)]
    assert view["disputes"] == [dispute_view(order, dispute)]
    assert not {"delivered_at", "refunds", "disputes"} & order_view(an_order(S.CAPTURED)).keys()


def test_a_refund_shows_where_it_stands() -> None:
    order = refunded(a_delivered_order(), SettlementKind.FAILED)

    assert refund_view(order, order.refunds[0]) == {
        "refund_id": "r1",
        "order_id": "o1",
        "amount": 3_000,
        "currency": "EUR",
        "status": "failed",
        "reason": "returned",
        "psp_reference": "re_r1",
        "created_at": AT,
        "updated_at": AT,
        "failure": {"code": "account_closed"},
    }


@pytest.mark.parametrize(
    ("order", "status", "amount"),
    [
        (refunding(a_delivered_order()), "processing", 0),
        (sent_refund(refunding(a_delivered_order())), "processing", 0),
        (refunded(a_delivered_order(), SettlementKind.UNKNOWN), "unknown", 0),
        (refunded(a_delivered_order()), "succeeded", 3_000),
        (refunded(a_delivered_order(), SettlementKind.FAILED), "failed", 0),
        (
            refunded(a_delivered_order(), SettlementKind.SUCCEEDED, SettlementKind.FAILED),
            "reversed",
            0,
        ),
    ],
)
def test_only_what_the_buyer_has_counts_as_refunded(order: Order, status: str, amount: int) -> None:
    assert refund_view(order, order.refunds[0])["status"] == status
    assert amount_refunded(order) == amount


@pytest.mark.parametrize("status", sorted(DisputeStatus))
def test_what_a_bank_has_or_wants_counts_as_disputed(status: DisputeStatus) -> None:
    is_back = status in (DisputeStatus.WON, DisputeStatus.CANCELLED)
    fact = a_dispute_fact(status=status, withdrawn_minor=0 if is_back else 4_000)
    order = disputed(a_delivered_order(), fact)

    view = dispute_view(order, order.disputes[0])

    assert amount_disputed(order) == (0 if is_back else 4_000)
    assert (view["status"], view["stage"], view["amount"]) == (status, "dispute", 4_000)
    assert (view["amount_withdrawn"], view["fee"]) == (0 if is_back else 4_000, 1_500)
    assert view["evidence_due_at"] == "2026-11-25T11:06:40.000Z"


def test_a_dispute_without_a_deadline_shows_none() -> None:
    order = disputed(a_delivered_order(), a_dispute_fact(evidence_due_at=None))

    assert "evidence_due_at" not in dispute_view(order, order.disputes[0])


def test_a_payment_adds_up_its_orders() -> None:
    orders = [refunded(a_delivered_order()), disputed(a_delivered_order("o2"))]

    view = payment_view(a_payment(a_line("o1"), a_line("o2")), orders)

    assert (view["amount_refunded"], view["amount_disputed"]) == (3_000, 4_000)


def test_an_order_shows_both_countries_even_when_they_are_not_known() -> None:
    known = order_view(an_order(country="JP", seller_country="FR"))
    unknown = order_view(an_order())
    waiting = a_payment(replace(a_line(), seller_country="FR"))

    assert (known["buyer_country"], known["seller_country"]) == ("JP", "FR")
    assert (unknown["buyer_country"], unknown["seller_country"]) == (None, None)
    shown = waiting_order_view(waiting, waiting.lines[0])
    assert (shown["buyer_country"], shown["seller_country"]) == ("DE", "FR")


def test_a_fee_shows_what_the_border_cost_and_its_tax_rule() -> None:
    tax = FeeTax("fr-v1", "FR", 0, reverse_charge=True)
    fee = FrozenFee("r", 880, 0, cross_border_minor=180, tax=tax)

    assert order_view(an_order(fee=fee))["fee"] == {
        "rule_id": "r",
        "amount": 880,
        "tax": 0,
        "currency": "EUR",
        "cross_border": 180,
        "tax_rule": {
            "rule_id": "fr-v1",
            "country": "FR",
            "basis_points": 0,
            "reverse_charge": True,
        },
    }


def test_late_money_is_shown_apart_from_what_was_paid() -> None:
    late = a_late_order()

    view = order_view(late)

    assert (view["status"], view["amount_captured"], view["amount_refunded"]) == ("expired", 0, 0)
    assert view["late_payment"] == late_payment_view(late, late.late_payment)  # type: ignore[arg-type]
    assert view["refunds"] == [refund_view(late, late.refunds[0])]
    assert "late_payment" not in order_view(an_order(S.EXPIRED))


def test_late_money_that_went_back_is_no_refund_of_a_sale() -> None:
    late = a_late_order()
    done = replace(late.refunds[0], status=RefundStatus.SUCCEEDED)

    assert amount_refunded(replace(late, refunds=(done,))) == 0
