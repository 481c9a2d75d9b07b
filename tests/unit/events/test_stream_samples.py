"""Every stream sample, through the relay: the messages, the events, and what is set aside."""

from __future__ import annotations

import json

import pytest

from countinghouse.messages import Message, Published
from tests.unit.events.books import Books
from tests.unit.events.conftest import Run, load
from tests.unit.events.stream_cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_sample_leads_to_what_is_stated(case: Case, books: Books, run: Run) -> None:
    answer = run(case.path)

    assert answer == {"batchItemFailures": []}
    assert tuple(map(_message, books.outbox.sent)) == case.sent
    assert tuple(map(_event, books.published)) == case.published
    assert len(books.poison) == case.poison


def _message(message: Message) -> str:
    words = [str(message.queue), *message.body.values()]
    if message.group is not None:
        words.append(message.group)
    if message.delay_s:
        words.append(f"+{message.delay_s}s")
    return " ".join(words)


def _event(event: Published) -> str:
    code = event.data["code"] if event.name == "audit.raised" else None
    return f"{event.name} {code}" if code else event.name


def test_poison_says_where_the_record_is_and_nothing_that_stood_in_it(
    books: Books, run: Run
) -> None:
    run("relay/payment_order/malformed")

    (record,) = load("relay/payment_order/malformed")["Records"]
    assert json.loads(books.poison[0]) == {
        "table": "countinghouse-local-PaymentOrder",
        "sequence_number": record["dynamodb"]["SequenceNumber"],
        "keys": {"order_id": "ord_1001_a"},
        "error": "ValueError",
    }


def test_repeats_carry_the_same_event_id(books: Books, run: Run) -> None:
    first, second = load("relay/payment_order/duplicate")["Records"]

    run("relay/payment_order/duplicate")

    assert first["eventID"] == second["eventID"]
    one, other = books.published
    assert (one.subject, one.name, one.version) == (other.subject, other.name, other.version)
