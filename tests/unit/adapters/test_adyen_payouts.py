from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY, from_rfc3339
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse_aws.psp.adyen_payouts import AdyenPayouts
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.payouts import a_payout, an_exchange
from tests.unit.adapters.adyen_line import Line, reply
from tests.unit.adapters.adyen_proof import undecided

R = SettlementKind
AT = "2026-11-18T12:06:30+01:00"
PAYOUT = a_payout(PayoutStatus.SUBMITTED, first_sent_at=NOW, psp_reference=None)
NAMED = replace(PAYOUT, psp_reference="T1")
TRANSFER: dict[str, Any] = {
    "id": "T1",
    "status": "received",
    "reason": "approved",
    "reference": "po_1",
    "amount": {"value": 5_000, "currency": "EUR"},
}
BOOKED = {"status": "booked", "bookingDate": AT}
ERROR = {"status": 422, "errorCode": "30_031", "title": "no", "detail": "no"}
ACCOUNT: dict[str, Any] = {
    "id": "SE1",
    "bankAccount": {
        "accountIdentification": {"type": "iban", "iban": "NL62ABNA0000000123"},
        "countryCode": "NL",
    },
}


def asked(
    call: str, answer: Reply | Exception, payout: Payout = PAYOUT, after: int = 0
) -> tuple[PayoutFact, Line]:
    line = Line(answer)
    clock = FakeClock()
    clock.advance(after)
    fact: PayoutFact = getattr(AdyenPayouts(line.client(), clock), call)(payout)
    return fact, line


@pytest.mark.parametrize("call", ["pay_out", "find_payout"])
def test_a_payout_is_a_transfer_under_its_own_key(call: str) -> None:
    fact, line = asked(call, reply(202, TRANSFER))

    ((method, path, headers, body),) = line.asked
    assert fact == PayoutFact(R.PENDING, "po_1", "T1", 5_000, "EUR")
    assert (method, path.rpartition("/v4")[2]) == ("POST", "/transfers")
    assert headers["Idempotency-Key"] == PAYOUT.key
    assert body == {
        "amount": {"value": 5_000, "currency": "EUR"},
        "balanceAccountId": "BA1",
        "category": "bank",
        "counterparty": {"transferInstrumentId": "ba_1"},
        "priority": "regular",
        "reference": "po_1",
    }


@pytest.mark.parametrize(
    ("status", "kind", "failure", "returned"),
    [
        ("received", R.PENDING, None, False),
        ("authorised", R.PENDING, None, False),
        ("booked", R.SUCCEEDED, None, False),
        ("refused", R.FAILED, "not_enough_balance", False),
        ("failed", R.FAILED, "not_enough_balance", False),
        ("returned", R.FAILED, "not_enough_balance", True),
        ("something_new", R.UNKNOWN, None, False),
    ],
)
def test_every_status_has_its_kind(
    status: str, kind: SettlementKind, failure: str | None, returned: bool
) -> None:
    told = {**TRANSFER, "status": status, "reason": "notEnoughBalance"}
    fact, line = asked("find_payout", reply(200, told), NAMED)

    assert (fact.kind, fact.failure, fact.returned) == (kind, failure, returned)
    ((method, path, _, _),) = line.asked
    assert (method, path.rpartition("/v4")[2]) == ("GET", "/transfers/T1")


def test_one_that_failed_after_it_had_left_came_back() -> None:
    told = {**TRANSFER, "status": "failed", "events": [BOOKED]}

    fact = asked("find_payout", reply(200, told), NAMED)[0]

    assert (fact.kind, fact.returned) == (R.FAILED, True)
    assert fact.occurred_at == from_rfc3339(AT)


@pytest.mark.parametrize(
    ("answer", "sent", "found"),
    [
        *undecided(
            ERROR,
            reply(202, b"<html>"),
            reply(202, {**TRANSFER, "reference": "po_2"}),
            reply(202, {**TRANSFER, "amount": {"value": 1.5}}),
            reply(202, {**TRANSFER, "events": [1]}),
        ),
        (reply(422, ERROR), R.FAILED, R.FAILED),
    ],
    ids=range(13),
)
def test_what_an_answer_proves_of_a_payout(
    answer: Reply | Exception, sent: SettlementKind, found: SettlementKind
) -> None:
    assert asked("pay_out", answer)[0].kind is sent
    assert asked("find_payout", answer)[0].kind is found
    assert asked("find_payout", answer, NAMED)[0].kind is R.UNKNOWN


def test_a_refusal_names_adyens_code() -> None:
    assert asked("pay_out", reply(422, ERROR))[0].failure == "psp_30_031"


def test_what_adyen_cannot_pay_out_is_refused_before_any_call() -> None:
    fact, line = asked("pay_out", reply(202, TRANSFER), replace(PAYOUT, currency="KWD"))

    assert (fact.kind, fact.failure) == (R.FAILED, "psp_amount_not_expressible")
    assert line.asked == []


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        ([], R.NOT_FOUND),
        ([{**TRANSFER, "reference": "po_10"}], R.NOT_FOUND),
        ([TRANSFER], R.PENDING),
        (None, R.UNKNOWN),
        ([1], R.UNKNOWN),
    ],
)
def test_once_the_key_may_be_forgotten_it_is_looked_for_and_not_sent(
    listed: object, kind: SettlementKind
) -> None:
    fact, line = asked("find_payout", reply(200, {"data": listed}), after=6 * DAY + 1)

    assert fact.kind is kind
    ((method, path, _, _),) = line.asked
    assert method == "GET"
    assert "reference=po_1&createdSince=2026-11-17T" in path


def test_what_was_never_sent_is_not_sent_by_a_question() -> None:
    fact, line = asked("find_payout", reply(202, TRANSFER), replace(PAYOUT, first_sent_at=None))

    assert (fact.kind, line.asked) == (R.UNKNOWN, [])


@given(st.integers(200, 599), st.binary(max_size=40))
def test_any_answer_is_a_fact(status: int, body: bytes) -> None:
    for payout in (PAYOUT, NAMED):
        for call in ("pay_out", "find_payout"):
            assert asked(call, Reply(status, body), payout)[0].payout_id == "po_1"


def found(answer: Reply | Exception) -> BankAccount | None:
    return AdyenPayouts(Line(answer).client(), FakeClock()).find_bank_account("SE1")


@pytest.mark.parametrize(
    ("country", "number", "expected"),
    [
        ("NL", {"iban": "NL62ABNA0000000123"}, ("EUR", "0123")),
        ("GB", {"accountNumber": "00004242", "sortCode": "090102"}, ("GBP", "4242")),
        ("US", {"accountNumber": "000004243"}, ("USD", "4243")),
        ("BG", {"iban": "BG80BNBG96611020345678"}, ("EUR", "5678")),
        ("JP", {"accountNumber": "0004244"}, None),
    ],
)
def test_an_accounts_country_tells_its_currency(
    country: str, number: dict[str, str], expected: tuple[str, str] | None
) -> None:
    account = {"accountIdentification": number, "countryCode": country}

    bank = found(reply(200, {"id": "SE1", "bankAccount": account}))

    assert (bank and (bank.currency, bank.last4)) == expected


def test_an_account_adyen_does_not_know_is_none() -> None:
    assert found(reply(404, {"errorCode": "000"})) is None


@pytest.mark.parametrize(
    "answer",
    [
        NeverSent("x"),
        NoAnswer("x"),
        reply(401, ERROR),
        reply(500, ERROR),
        reply(200, b""),
        reply(200, {**ACCOUNT, "bankAccount": None}),
        reply(200, {**ACCOUNT, "id": 5}),
    ],
    ids=range(7),
)
def test_an_account_that_cannot_be_asked_about_is_unavailable(answer: Reply | Exception) -> None:
    with pytest.raises(Unavailable):
        found(answer)


def test_a_converted_payout_goes_out_in_the_currency_it_is_sent_in() -> None:
    _, line = asked("pay_out", reply(202, TRANSFER), replace(PAYOUT, exchange=an_exchange()))

    assert line.asked[0][3]["amount"] == {"value": 5_530, "currency": "USD"}
