from countinghouse.domain.instants import DAY, MINUTE, rfc3339
from countinghouse.domain.payability import Payability, Withheld, WithheldReason
from countinghouse.domain.payout import PayoutStatus
from countinghouse.payout_views import (
    payability_view,
    payout_account_view,
    payout_item_view,
    payout_view,
)
from tests.builders import NOW
from tests.payouts import ADA, LINUS, a_payout, an_account, an_exchange, earned

S = PayoutStatus
AT = rfc3339(NOW)


def test_a_draft_shows_what_is_known_of_it() -> None:
    assert payout_view(a_payout()) == {
        "payout_id": "po_1",
        "seller_id": "s1",
        "amount": 5_000,
        "currency": "EUR",
        "status": "draft",
        "trigger": "request",
        "psp": "sandbox",
        "bank_account": "ba_1",
        "requested_by": ADA,
        "version": 1,
        "created_at": AT,
        "updated_at": AT,
    }


def test_what_was_learned_since_is_shown_as_well() -> None:
    view = payout_view(
        a_payout(
            S.RETURNED,
            approved_by=LINUS,
            recovered_minor=700,
            carried_over_minor=40,
            period="2026-11",
        )
    )

    assert view["approved_by"] == LINUS
    assert (view["available_before"], view["carried_over"]) == (8_000, 40)
    assert (view["debt_recovered"], view["psp_reference"]) == (700, "pt_1")
    assert (view["failure"], view["period"]) == ({"code": "returned_by_bank"}, "2026-11")


def test_no_view_shows_a_task_token() -> None:
    waiting = a_payout(S.IN_TRANSIT, task_token="very-secret", awaited=S.IN_TRANSIT)

    assert "very-secret" not in str(payout_view(waiting))


def test_an_item_is_its_journal_and_what_it_did() -> None:
    journal = earned(300, "sale")

    assert payout_item_view(journal, 300, "EUR") == {
        "ledger_id": journal.ledger_id,
        "kind": "movement",
        "reference": "sale",
        "amount": 300,
        "currency": "EUR",
        "event_at": AT,
    }


def test_a_bank_account_shows_its_end_and_its_history() -> None:
    plain = payout_account_view(an_account())
    changed = payout_account_view(an_account(previous="ba_0", open_payout="po_1"))

    assert (plain["last4"], plain["usable_from"]) == ("4242", AT)
    assert not plain.keys() & {"previous", "open_payout"}
    assert (changed["previous"], changed["open_payout"]) == ("ba_0", "po_1")


def test_payability_names_each_amount_its_reason_and_its_date() -> None:
    withheld = (
        Withheld(WithheldReason.RESERVE, 20, NOW + DAY),
        Withheld(WithheldReason.DEBT, 5),
    )

    assert payability_view("s1", [Payability("EUR", 100, 75, withheld)]) == {
        "seller_id": "s1",
        "currencies": {
            "EUR": {
                "balance": 100,
                "payable": 75,
                "withheld": [
                    {
                        "reason": "reserve",
                        "amount": 20,
                        "currency": "EUR",
                        "release_at": rfc3339(NOW + DAY),
                    },
                    {"reason": "debt", "amount": 5, "currency": "EUR"},
                ],
            }
        },
    }


def test_a_payout_in_another_currency_shows_both_amounts_and_the_rate() -> None:
    view = payout_view(a_payout(exchange=an_exchange()))

    assert (view["amount"], view["currency"]) == (5_000, "EUR")
    assert (view["payout_amount"], view["payout_currency"]) == (5_530, "USD")
    assert view["fx"] == {
        "quote_id": "fxq_1",
        "rate": "276507/250000",
        "rate_decimal": "1.10602800",
        "mid_rate": "2793/2500",
        "mid_rate_decimal": "1.11720000",
        "spread_basis_points": 100,
        "spread": 56,
        "source": "ecb",
        "as_of": AT[:10],
        "expires_at": rfc3339(NOW + 30 * MINUTE),
    }


def test_an_account_says_from_when_other_currencies_may_go_there() -> None:
    view = payout_account_view(an_account(foreign_from=NOW + DAY))

    assert view["usable_for_other_currencies_from"] == rfc3339(NOW + DAY)
    assert "usable_for_other_currencies_from" not in payout_account_view(an_account())
