from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import HOUR, rfc3339
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse_aws.psp import stripe_answers
from countinghouse_aws.psp.stripe_payouts import StripePayouts
from countinghouse_aws.psp.transport import Reply
from tests.payouts import a_payout, an_exchange
from tests.unit.adapters.stripe_line import (
    NOT_LOOKED_AT,
    SILENCE,
    Answer,
    Line,
    error,
    line,
    reply,
)
from tests.unit.adapters.test_stripe_facts import PAYMENT

S = SettlementKind
UNKNOWN = PayoutFact(S.UNKNOWN, "po_1")
METHOD: dict[str, Any] = {
    "id": "gbba_1",
    "object": "v2.money_management.payout_method",
    "archived": False,
    "restricted": False,
    "type": "bank_account",
    "bank_account": {"last4": "4242", "supported_currencies": ["eur"], "country": "DE"},
    "usage_status": {"payments": "eligible", "transfers": "disabled"},
}


def payouts(psp: Line) -> StripePayouts:
    return StripePayouts(psp, "sk_test", "fa_1")


def sent(**changes: Any) -> Payout:
    return a_payout(PayoutStatus.SUBMITTED, bank_account="acct_1", **changes)


def pay(answer: Answer) -> PayoutFact:
    return payouts(line(answer)).pay_out(sent())


def find(*answers: Answer, **changes: Any) -> PayoutFact:
    return payouts(line(*answers)).find_payout(sent(**changes))


def page(*data: object, more: str | None = None) -> Reply:
    """A page of a list, as API v2 has it."""
    return reply({"data": list(data), "next_page_url": more, "previous_page_url": None})


def test_a_payout_goes_out_under_its_own_key() -> None:
    psp = line(reply({**PAYMENT, "status": "processing", "status_transitions": None}))

    fact = payouts(psp).pay_out(sent())

    (request,) = psp.asked
    assert (request.method, request.path) == ("POST", "/v2/money_management/outbound_payments")
    assert request.key == "po_1:payout:1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.params == {
        "from": {"financial_account": "fa_1", "currency": "eur"},
        "to": {"recipient": "acct_1", "currency": "eur"},
        "amount": {"value": 5_000, "currency": "eur"},
        "metadata": {"payout_id": "po_1"},
    }
    assert (fact.kind, fact.payout_id, fact.amount_minor) == (S.PENDING, "po_1", 5_000)


@pytest.mark.parametrize(("currency", "wire"), [("ISK", 500_000), ("HUF", 5_000)])
def test_amounts_travel_in_stripes_units(currency: str, wire: int) -> None:
    psp = line(reply(PAYMENT))

    payouts(psp).pay_out(sent(currency=currency))

    assert psp.asked[0].params["amount"] == {"value": wire, "currency": currency.lower()}


@pytest.mark.parametrize(("currency", "minor"), [("HUF", 5_050), ("KWD", 5_000)])
def test_what_stripe_cannot_pay_out_fails_before_any_call(currency: str, minor: int) -> None:
    psp = line(reply(PAYMENT))

    fact = payouts(psp).pay_out(sent(currency=currency, amount_minor=minor))

    assert fact == PayoutFact(S.FAILED, "po_1", failure="psp_amount_not_expressible")
    assert psp.asked == []


@pytest.mark.parametrize("name", SILENCE)
def test_an_answer_that_proves_nothing_is_unknown(name: str) -> None:
    assert pay(SILENCE[name]) == UNKNOWN


@pytest.mark.parametrize("name", NOT_LOOKED_AT)
def test_what_was_not_looked_at_was_not_sent(name: str) -> None:
    assert pay(NOT_LOOKED_AT[name]) == PayoutFact(S.NOT_SENT, "po_1")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(400, "invalid_payout_method", code="payout_method_closed"), "payout_method_closed"),
        (error(400, "insufficient_funds", code=None), "insufficient_funds"),
        (error(404, code="resource_missing"), "resource_missing"),
        (error(400, code="invalid_amount"), "invalid_amount"),
    ],
)
def test_a_refusal_that_proves_nothing_moved_is_a_failure(answer: Answer, failure: str) -> None:
    assert pay(answer) == PayoutFact(S.FAILED, "po_1", failure=f"psp_{failure}")


@pytest.mark.parametrize(
    "answer",
    [
        error(400, "something_new"),
        error(500, "insufficient_funds"),
        reply({**PAYMENT, "metadata": {"payout_id": "po_2"}}),
        reply({**PAYMENT, "metadata": {}}),
        reply({**PAYMENT, "status": "exploded"}),
        reply({**PAYMENT, "amount": {"value": 50.0, "currency": "eur"}}),
    ],
)
def test_somebody_elses_payout_or_none_proves_nothing(answer: Answer) -> None:
    assert pay(answer) == UNKNOWN


def test_our_own_key_with_another_body_is_said_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(stripe_answers, "count", counted.append)

    assert pay(error(400, "idempotency_error")) == UNKNOWN
    assert counted == ["PspKeyReused"]


def test_a_lost_payout_is_found_among_the_recipients_on_any_page() -> None:
    theirs = {**PAYMENT, "id": "obp_2", "metadata": None}
    more = "/v2/money_management/outbound_payments?page=x"
    psp = line(page(theirs, more=more), page(PAYMENT))
    payout = sent()

    fact = payouts(psp).find_payout(payout)

    assert (fact.kind, fact.psp_reference) == (S.SUCCEEDED, "obp_1")
    assert psp.asked[0].params == {
        "recipient": "acct_1",
        "created[gte]": rfc3339((payout.first_sent_at or payout.created_at) - HOUR),
        "limit": "100",
    }
    assert psp.asked[1].params == {"page": "x"}


def test_what_stands_on_no_page_is_not_found() -> None:
    assert find(page()) == PayoutFact(S.NOT_FOUND, "po_1")


def test_a_payout_whose_name_we_know_is_asked_for_by_it() -> None:
    psp = line(reply({**PAYMENT, "status": "returned", "status_transitions": None}))

    fact = payouts(psp).find_payout(sent(psp_reference="obp_1"))

    assert (fact.kind, fact.returned) == (S.FAILED, True)
    assert [one.path for one in psp.asked] == ["/v2/money_management/outbound_payments/obp_1"]


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values(), error(404)])
@pytest.mark.parametrize("known", [None, "obp_1"])
def test_a_question_without_an_answer_is_unknown(answer: Answer, known: str | None) -> None:
    assert find(answer, psp_reference=known) == UNKNOWN


ACCOUNT: dict[str, Any] = {
    "id": "acct_1",
    "object": "v2.core.account",
    "display_name": "Amber",
    "identity": None,
}


def account(*answers: Answer) -> BankAccount | None:
    return payouts(line(*answers)).find_bank_account("acct_1")


def test_a_recipients_bank_account_is_asked_for_on_its_behalf() -> None:
    psp = line(page(METHOD), reply(ACCOUNT))

    found = payouts(psp).find_bank_account("acct_1")

    assert found == BankAccount("acct_1", "EUR", "4242", "Amber")
    methods, holder = psp.asked
    assert methods.path == "/v2/money_management/payout_methods"
    assert methods.headers["Stripe-Context"] == "acct_1"
    assert (holder.path, holder.params) == ("/v2/core/accounts/acct_1", {"include[0]": "identity"})


@pytest.mark.parametrize(
    ("changes", "holder"),
    [
        ({"identity": {"business_details": {"registered_name": "Amber Ltd"}}}, "Amber Ltd"),
        ({"identity": {"individual": {"given_name": "Ann", "surname": "Amber"}}}, "Ann Amber"),
        ({"identity": {"individual": {"surname": "Amber"}, "business_details": None}}, "Amber"),
        ({"display_name": None}, None),
        ({"display_name": "x" * 201}, None),
        ({"display_name": 5}, None),
    ],
)
def test_whose_account_it_is_is_told_for_screening(
    changes: dict[str, Any], holder: str | None
) -> None:
    found = account(page(METHOD), reply({**ACCOUNT, **changes}))

    assert found is not None
    assert found.holder == holder


@pytest.mark.parametrize(
    "answer",
    [
        page(),
        page({**METHOD, "archived": True}),
        page({**METHOD, "restricted": True}),
        page({**METHOD, "usage_status": {"payments": "invalid"}}),
        page({**METHOD, "bank_account": None, "card": {"last4": "1"}}),
        page(METHOD, METHOD),
        page({**METHOD, "bank_account": {"last4": "1", "supported_currencies": ["eur", "usd"]}}),
        error(404, code="resource_missing"),
        error(403, code="account_invalid"),
    ],
)
def test_an_account_that_cannot_be_paid_is_not_known(answer: Answer) -> None:
    assert account(answer, reply(ACCOUNT)) is None


def test_an_archived_method_does_not_hide_the_one_in_use() -> None:
    assert account(page({**METHOD, "archived": True}, METHOD), reply(ACCOUNT)) is not None


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values()])
def test_an_account_nobody_speaks_of_is_unavailable(answer: Answer) -> None:
    with pytest.raises(Unavailable):
        account(answer)


@pytest.mark.parametrize("name", sorted({*SILENCE, *NOT_LOOKED_AT} - {"empty"}))
def test_nor_is_one_taken_whose_holder_nobody_tells(name: str) -> None:
    with pytest.raises(Unavailable):
        account(page(METHOD), {**SILENCE, **NOT_LOOKED_AT}[name])


def test_a_converted_payout_goes_out_in_the_currency_it_is_sent_in() -> None:
    psp = line(reply(PAYMENT))

    payouts(psp).pay_out(sent(exchange=an_exchange()))

    params = psp.asked[0].params
    assert params["amount"] == {"value": 5_530, "currency": "usd"}
    assert {params[end]["currency"] for end in ("from", "to")} == {"usd"}
