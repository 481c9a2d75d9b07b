"""What is repeated: invocations as they were played, and answers given again to the same calls."""

from __future__ import annotations

import json

import pytest

from tools.bench import works
from tools.bench.canned import Answers
from tools.bench.exchanges import Exchange, key_of
from tools.bench.recording import Recorded, record


@pytest.fixture(scope="module")
def recorded() -> dict[str, Recorded]:
    """A lone payment, played."""
    return record(["payment_1"])


def _found(recorded: dict[str, Recorded], name: str) -> works.Found:
    (work,) = [work for work in works.WORKS if work.name == name]
    invocation = recorded[work.journey].last(work.function, work.trigger, work.records)
    return works.Found(work, invocation, ())


def test_an_intake_is_one_call_and_its_answer(recorded: dict[str, Recorded]) -> None:
    intake = _found(recorded, "intake")

    assert [call.operation for call in intake.calls] == ["UpdateItem"]
    assert intake.invocation.answer["statusCode"] == 202
    ((service, method, given),) = intake.spec("bare")["calls"]
    assert (service, method) == ("dynamodb", "update_item")
    assert "ReturnConsumedCapacity" not in given


def test_what_the_psp_is_asked_is_told_apart(recorded: dict[str, Recorded]) -> None:
    executed = _found(recorded, "execute_1")

    called = [call.operation for call in executed.calls]
    assert called == ["GetItem", "PutItem", "BatchGetItem", "UpdateItem"]
    assert executed.psp_calls == 1


def test_a_signature_is_looked_at_without_a_call(recorded: dict[str, Recorded]) -> None:
    assert _found(recorded, "webhook_verify").calls == ()
    assert len(_found(recorded, "webhook").calls) == 1


def test_a_journey_that_went_another_way_is_said(recorded: dict[str, Recorded]) -> None:
    with pytest.raises(LookupError, match="no posting by sqs"):
        recorded["payment_1"].last("posting", "sqs postings.fifo", 7)


def test_the_same_call_gets_its_answers_in_turn_and_no_other_is_answered() -> None:
    def said(asked: dict[str, str], answer: str) -> Exchange:
        return Exchange("dynamodb", "GetItem", json.dumps(asked), 200, answer)

    own = [said({"Key": "a"}, "first"), said({"Key": "a"}, "second")]
    answers = Answers({"work": own}, {"work": [said({"Key": "b"}, "elsewhere")]})
    answers.choose("work")

    asked = json.dumps({"ClientRequestToken": "made up", "Key": "a"})
    got = [answers.to("GetItem", asked)[1] for _ in range(3)]
    assert got == ["first", "second", "first"]
    assert answers.to("GetItem", '{"Key": "b"}') == (200, "elsewhere")
    assert answers.missed == []
    assert answers.to("PutItem", '{"Key": "a"}')[0] == 400
    assert answers.missed == [key_of("PutItem", '{"Key": "a"}')]
