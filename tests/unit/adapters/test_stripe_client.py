import json
import logging

import pytest

from countinghouse_aws.psp.stripe_client import LISTED_MAX, answer_to, connect, listed
from countinghouse_aws.psp.transport import NeverSent, NoAnswer
from tests.unit.adapters.stripe_line import INTENT, Answer, Line, error, line, listing, reply


def asked(*answers: Answer) -> Line:
    psp = line(*answers)
    intents = connect(psp, "sk_test").v1.payment_intents
    answer_to(lambda: intents.capture("pi_1", {"amount_to_capture": 5}, {"idempotency_key": "k"}))
    return psp


def test_the_library_words_the_request_and_our_transport_carries_it() -> None:
    (request,) = asked(reply(INTENT)).asked

    assert (request.method, request.path) == ("POST", "/v1/payment_intents/pi_1/capture")
    assert request.params == {"amount_to_capture": "5"}
    assert request.key == "k"
    assert request.headers["Authorization"] == "Bearer sk_test"
    assert request.headers["Stripe-Version"].startswith("2026-")
    about_us = json.loads(request.headers["X-Stripe-Client-User-Agent"])
    assert about_us.keys() & {"platform", "telemetry_id", "application"} == set()


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_nothing_is_sent_twice(status: int) -> None:
    assert len(asked(error(status)).asked) == 1


@pytest.mark.parametrize("failure", [NeverSent("refused"), NoAnswer("timed out")])
def test_the_transports_failures_pass_as_they_are(failure: Exception) -> None:
    with pytest.raises(type(failure)) as raised:
        asked(failure)

    assert raised.value is failure


def test_bodies_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        asked(reply(INTENT))

    assert "pi_1" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (reply({"id": "pi_1", "object": "payment_intent"}), 200, {"id": "pi_1"}),
        (error(402, "card_error", code="card_declined"), 402, {"error": {"type": "card_error"}}),
        (reply(b"<html>", 502), 502, {}),
        (reply([1], 400), 400, {}),
    ],
)
def test_an_error_is_an_answer_too(answer: Answer, status: int, body: dict[str, object]) -> None:
    intents = connect(line(answer), "sk").v1.payment_intents

    said = answer_to(lambda: intents.retrieve("pi_1"))

    assert said.status == status
    assert body.keys() == said.body.keys() - {"object"}


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"\xff\xfe", b"[" * 100_000, b"[1]", b"null", b"5", b'{"id": 1,}'],
)
def test_a_success_that_cannot_be_read_is_no_answer(body: bytes) -> None:
    intents = connect(line(reply(body)), "sk").v1.payment_intents

    with pytest.raises(NoAnswer):
        answer_to(lambda: intents.retrieve("pi_1"))


def test_a_list_is_read_page_by_page() -> None:
    psp = line(listing({"id": "a"}, {"id": "b"}, more=True), listing({"id": "c"}))
    intents = connect(psp, "sk").v1.payment_intents

    found = [one["id"] for one in listed(lambda: intents.list({"customer": "cus_1"}))]

    assert found == ["a", "b", "c"]
    assert [one.params.get("starting_after") for one in psp.asked] == [None, "b"]
    assert psp.asked[1].params["customer"] == "cus_1"


def test_a_list_that_breaks_off_is_no_list() -> None:
    psp = line(listing({"id": "a"}, more=True), error(500))
    intents = connect(psp, "sk").v1.payment_intents

    with pytest.raises(NoAnswer):
        list(listed(intents.list))


def test_a_list_without_an_end_is_given_up() -> None:
    page = [{"id": f"pi_{number}"} for number in range(1_000)]
    psp = line(listing(*page, more=True))
    intents = connect(psp, "sk").v1.payment_intents

    with pytest.raises(NoAnswer, match="no end"):
        list(listed(intents.list))

    assert len(psp.asked) == LISTED_MAX // 1_000 + 1
