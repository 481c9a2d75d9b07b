from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.order import Order
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse_aws.psp import stripe_answers
from countinghouse_aws.psp.stripe_refunds import StripeRefunds
from tests.builders import a_delivered_order, a_refund, refunding, sent_refund
from tests.unit.adapters.stripe_line import (
    NOT_LOOKED_AT,
    SILENCE,
    Answer,
    error,
    line,
    listing,
    reply,
)
from tests.unit.adapters.test_stripe_facts import REFUND

S = SettlementKind
KEY = "o1:refund:1"
UNKNOWN = RefundFact(S.UNKNOWN, KEY)


def refunded_order(**changes: Any) -> tuple[Order, Refund]:
    order = sent_refund(refunding(a_delivered_order(psp_reference="pi_1", **changes)))
    return order, a_refund(order)


def refund(answer: Answer) -> RefundFact:
    return StripeRefunds(line(answer), "sk").refund(*refunded_order())


def find(*answers: Answer) -> RefundFact:
    return StripeRefunds(line(*answers), "sk").find_refund(*refunded_order())


def test_a_refund_goes_out_under_its_own_key() -> None:
    psp = line(reply(REFUND))
    order, wanted = refunded_order()

    fact = StripeRefunds(psp, "sk_test").refund(order, wanted)

    (request,) = psp.asked
    assert (request.method, request.path, request.key) == ("POST", "/v1/refunds", KEY)
    assert request.headers["Authorization"] == "Bearer sk_test"
    assert request.params == {
        "payment_intent": "pi_1",
        "amount": str(wanted.amount_minor),
        "metadata[order_id]": "o1",
        "metadata[key]": KEY,
    }
    assert fact == RefundFact(S.SUCCEEDED, KEY, "re_1", 2_000, "EUR")


def test_amounts_travel_in_stripes_units() -> None:
    psp = line(reply(REFUND))
    order, wanted = refunded_order(currency="ISK")

    StripeRefunds(psp, "sk").refund(order, wanted)

    assert psp.asked[0].params["amount"] == str(wanted.amount_minor * 100)


def test_what_stripe_cannot_give_back_is_refused_before_any_call() -> None:
    psp = line(reply(REFUND))
    order, wanted = refunded_order(currency="CUP")

    fact = StripeRefunds(psp, "sk").refund(order, wanted)

    assert fact == RefundFact(S.FAILED, KEY, failure="psp_amount_not_expressible")
    assert psp.asked == []


@pytest.mark.parametrize("name", SILENCE)
def test_an_answer_that_proves_nothing_is_unknown(name: str) -> None:
    assert refund(SILENCE[name]) == UNKNOWN


@pytest.mark.parametrize("name", NOT_LOOKED_AT)
def test_what_was_not_looked_at_was_not_sent(name: str) -> None:
    assert refund(NOT_LOOKED_AT[name]) == RefundFact(S.NOT_SENT, KEY)


@pytest.mark.parametrize("code", ["charge_already_refunded", "charge_disputed"])
def test_a_refusal_is_a_failure(code: str) -> None:
    assert refund(error(400, code=code)) == RefundFact(S.FAILED, KEY, failure=f"psp_{code}")


def test_our_own_key_with_another_body_is_said_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(stripe_answers, "count", counted.append)

    assert refund(error(400, "idempotency_error")) == UNKNOWN
    assert counted == ["PspKeyReused"]


def test_a_lost_refund_is_found_by_our_key_on_any_page() -> None:
    theirs = {**REFUND, "id": "re_2", "metadata": None}
    psp = line(listing(theirs, more=True), listing(REFUND))

    fact = StripeRefunds(psp, "sk").find_refund(*refunded_order())

    assert (fact.kind, fact.psp_reference) == (S.SUCCEEDED, "re_1")
    assert psp.asked[0].params == {"payment_intent": "pi_1", "limit": "100"}
    assert psp.asked[1].params["starting_after"] == "re_2"


def test_what_stands_on_no_page_is_not_found() -> None:
    assert find(listing()) == RefundFact(S.NOT_FOUND, KEY)


def test_a_refund_whose_name_we_know_is_asked_for_by_it() -> None:
    order = sent_refund(refunding(a_delivered_order(psp_reference="pi_1")))
    psp = line(reply({**REFUND, "status": "failed"}))
    known = replace(a_refund(order), psp_reference="re_1")

    fact = StripeRefunds(psp, "sk").find_refund(order, known)

    assert fact.kind is S.FAILED
    assert [one.path for one in psp.asked] == ["/v1/refunds/re_1"]


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values(), error(404)])
def test_a_question_without_an_answer_is_unknown(answer: Answer) -> None:
    assert find(answer) == UNKNOWN
    assert find(listing({**REFUND, "metadata": {}}, more=True), answer) == UNKNOWN
