import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.payouts import a_payout, an_exchange

K = SettlementKind
AT = "2026-11-18T11:06:30Z"
PAYOUT: dict[str, Any] = {
    "payout_reference": "pt_1",
    "reference": "po_1",
    "bank_account": "ba_1",
    "amount": 5_000,
    "currency": "EUR",
    "status": "in_transit",
    "idempotency_key": "po_1:payout:1",
    "failure": None,
    "arrives_at": AT,
    "created_at": AT,
    "updated_at": AT,
}
IN_TRANSIT = PayoutFact(K.PENDING, "po_1", "pt_1", 5_000, "EUR", from_rfc3339(AT))
ACCOUNT = {"bank_account": "ba_1", "holder": "Amber Ltd", "currency": "EUR", "last4": "4242"}
UNKNOWN = PayoutFact(K.UNKNOWN, "po_1")


@dataclass
class Line:
    """The transport: one scripted answer, and what was asked."""

    answer: Reply | Exception
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        self.asked.append((method, path, dict(headers), json.loads(body) if body else None))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def reply(status: int, body: object) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def refused(status: int, code: str) -> Reply:
    return reply(status, {"error": {"code": code, "message": "no"}})


def pay(answer: Reply | Exception) -> PayoutFact:
    return SandboxPayouts(Line(answer), "sk").pay_out(a_payout(PayoutStatus.SUBMITTED))


def find(answer: Reply | Exception) -> PayoutFact:
    return SandboxPayouts(Line(answer), "sk").find_payout(a_payout(PayoutStatus.UNKNOWN))


def test_a_payout_goes_out_under_its_own_key_and_reference() -> None:
    line = Line(reply(201, PAYOUT))

    fact = SandboxPayouts(line, "sk_test").pay_out(a_payout(PayoutStatus.SUBMITTED))

    assert fact == IN_TRANSIT
    ((method, path, headers, body),) = line.asked
    assert (method, path) == ("POST", "/v1/payouts")
    assert headers["Idempotency-Key"] == "po_1:payout:1"
    assert headers["Authorization"] == "Bearer sk_test"
    assert body == {
        "reference": "po_1",
        "bank_account": "ba_1",
        "amount": 5_000,
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("status", "kind", "returned"),
    [
        ("in_transit", K.PENDING, False),
        ("paid", K.SUCCEEDED, False),
        ("failed", K.FAILED, False),
        ("returned", K.FAILED, True),
    ],
)
def test_what_the_psp_shows_is_read_whether_it_answers_or_is_asked(
    status: str, kind: SettlementKind, returned: bool
) -> None:
    failure = {"code": "account_closed", "message": "no"} if kind is K.FAILED else None
    shown = {**PAYOUT, "status": status, "failure": failure}

    for fact in (pay(reply(200, shown)), find(reply(200, {"data": [shown]}))):
        assert (fact.kind, fact.returned) == (kind, returned)
        assert fact.failure == (failure["code"] if failure else None)


@pytest.mark.parametrize(
    "code", ["unknown_bank_account", "currency_mismatch", "amount_too_large", "invalid_request"]
)
def test_a_refusal_that_proves_nothing_moved_is_a_failure(code: str) -> None:
    assert pay(refused(422, code)) == PayoutFact(K.FAILED, "po_1", failure=f"psp_{code}")


@pytest.mark.parametrize(
    "answer",
    [
        refused(409, "reference_in_use"),
        refused(409, "idempotency_in_progress"),
        refused(422, "idempotency_key_reused"),
        refused(400, "something_new"),
        reply(400, b"not json"),
        reply(422, {"error": "text"}),
        reply(500, {}),
        reply(503, {}),
        reply(200, {}),
        reply(200, b""),
        reply(200, {**PAYOUT, "status": "exploded"}),
        reply(200, {**PAYOUT, "amount": 50.0}),
        reply(200, {**PAYOUT, "reference": "po_2"}),
        NoAnswer("read timed out"),
    ],
)
def test_an_answer_that_proves_nothing_is_unknown(answer: Reply | Exception) -> None:
    assert pay(answer) == UNKNOWN


@pytest.mark.parametrize(
    "answer", [NeverSent("refused"), reply(401, {}), reply(403, {}), reply(429, {})]
)
def test_what_was_not_looked_at_was_not_sent(answer: Reply | Exception) -> None:
    assert pay(answer) == PayoutFact(K.NOT_SENT, "po_1")


def test_it_is_asked_about_by_our_own_id() -> None:
    line = Line(reply(200, {"data": []}))

    fact = SandboxPayouts(line, "sk").find_payout(a_payout(PayoutStatus.UNKNOWN))

    assert fact == PayoutFact(K.NOT_FOUND, "po_1")
    assert line.asked[0][:2] == ("GET", "/v1/payouts?reference=po_1")


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, {"data": "none"}),
        reply(200, {"data": [{**PAYOUT, "reference": "po_2"}]}),
        reply(200, {"data": [None]}),
        reply(404, {}),
        reply(500, {}),
        NeverSent("refused"),
        NoAnswer("read timed out"),
    ],
)
def test_only_an_empty_list_says_that_there_is_none(answer: Reply | Exception) -> None:
    assert find(answer) == UNKNOWN


def test_a_bank_account_is_known_or_not() -> None:
    line = Line(reply(200, ACCOUNT))

    found = SandboxPayouts(line, "sk").find_bank_account("ba/1")

    assert found == BankAccount("ba_1", "EUR", "4242", "Amber Ltd")
    assert line.asked[0][:2] == ("GET", "/v1/bank_accounts/ba%2F1")
    assert SandboxPayouts(Line(reply(404, {})), "sk").find_bank_account("ba_9") is None


@pytest.mark.parametrize(
    "answer",
    [
        reply(500, {}),
        reply(401, {}),
        reply(200, {}),
        reply(200, b"x"),
        NeverSent("refused"),
        NoAnswer("timed out"),
    ],
)
def test_a_psp_that_does_not_say_is_not_taken_for_a_no(answer: Reply | Exception) -> None:
    with pytest.raises(Unavailable):
        SandboxPayouts(Line(answer), "sk").find_bank_account("ba_1")


def test_a_converted_payout_goes_out_in_the_currency_it_is_sent_in() -> None:
    line = Line(reply(201, PAYOUT))

    SandboxPayouts(line, "sk").pay_out(a_payout(PayoutStatus.SUBMITTED, exchange=an_exchange()))

    body = line.asked[0][3]
    assert (body["amount"], body["currency"]) == (5_530, "USD")
