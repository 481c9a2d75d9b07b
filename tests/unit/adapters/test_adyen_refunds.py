from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import DAY
from countinghouse.domain.order import Order
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse_aws.psp.adyen_refunds import AdyenRefunds
from countinghouse_aws.psp.transport import Reply
from tests.builders import a_delivered_order, refunding, sent_refund
from tests.fakes.clock import FakeClock
from tests.unit.adapters.adyen_line import Line, reply
from tests.unit.adapters.adyen_proof import undecided

R = SettlementKind
KEY = "o1:refund:1"
ORDER = sent_refund(refunding(a_delivered_order(), 3_000))
RECEIVED: dict[str, Any] = {
    "status": "received",
    "pspReference": "R1",
    "paymentPspReference": "ch_1",
    "amount": {"value": 3_000, "currency": "EUR"},
}
ERROR = {"status": 422, "errorCode": "167", "message": "no"}


def asked(call: str, answer: Reply | Exception, order: Order = ORDER) -> tuple[RefundFact, Line]:
    line = Line(answer)
    psp = AdyenRefunds(line.client(), FakeClock())
    fact: RefundFact = getattr(psp, call)(order, order.refunds[0])
    return fact, line


@pytest.mark.parametrize("call", ["refund", "find_refund"])
def test_a_refund_goes_out_under_its_own_key_and_is_received(call: str) -> None:
    fact, line = asked(call, reply(201, RECEIVED))

    ((method, path, headers, body),) = line.asked
    assert fact == RefundFact(R.PENDING, KEY, "R1", 3_000, "EUR")
    assert (method, path.rpartition("/v72")[2]) == ("POST", "/payments/ch_1/refunds")
    assert headers["Idempotency-Key"] == KEY
    assert body == {
        "merchantAccount": "ShopCOM",
        "amount": {"value": 3_000, "currency": "EUR"},
        "reference": KEY,
    }


@pytest.mark.parametrize(
    ("answer", "sent", "found"),
    [
        *undecided(
            ERROR,
            reply(422, b"<html>"),
            reply(201, b""),
            reply(201, {**RECEIVED, "status": "done"}),
            reply(201, {**RECEIVED, "pspReference": 7}),
            reply(201, {**RECEIVED, "amount": None}),
        ),
        (reply(422, ERROR), R.FAILED, R.FAILED),
        (reply(400, ERROR), R.FAILED, R.FAILED),
    ],
    ids=range(15),
)
def test_what_an_answer_proves_of_a_refund(
    answer: Reply | Exception, sent: SettlementKind, found: SettlementKind
) -> None:
    assert asked("refund", answer)[0].kind is sent
    assert asked("find_refund", answer)[0].kind is found


def test_a_refusal_names_adyens_code() -> None:
    assert asked("refund", reply(422, ERROR))[0] == RefundFact(R.FAILED, KEY, failure="psp_167")


def test_what_cannot_be_asked_is_not() -> None:
    unnamed, line = asked("refund", reply(201, RECEIVED), replace(ORDER, psp_reference=None))
    assert (unnamed.kind, line.asked) == (R.UNKNOWN, [])

    fact, line = asked("refund", reply(201, RECEIVED), replace(ORDER, currency="ZWG"))
    assert (fact.kind, fact.failure) == (R.FAILED, "psp_amount_not_expressible")
    assert line.asked == []


def test_a_refund_is_not_sent_again_once_its_key_may_be_forgotten() -> None:
    clock, line = FakeClock(), Line(reply(201, RECEIVED))
    psp = AdyenRefunds(line.client(), clock)
    clock.advance(6 * DAY)
    assert psp.find_refund(ORDER, ORDER.refunds[0]).kind is R.PENDING
    clock.advance(1)

    assert psp.find_refund(ORDER, ORDER.refunds[0]).kind is R.UNKNOWN
    unsent = replace(ORDER.refunds[0], first_sent_at=None)
    assert psp.find_refund(ORDER, unsent).kind is R.UNKNOWN
    assert len(line.asked) == 1


@given(st.integers(200, 599), st.binary(max_size=40))
def test_any_answer_is_a_fact(status: int, body: bytes) -> None:
    for call in ("refund", "find_refund"):
        assert asked(call, Reply(status, body))[0].key == KEY
