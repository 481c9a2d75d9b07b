from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.psp import (
    EventStatus,
    Fact,
    FactKind,
    PayoutFact,
    RefundFact,
    SettlementKind,
)
from countinghouse.usecases.receive_psp_event import (
    FIRST_LOOK,
    SAME_ID_OTHER_BODY,
    receive_psp_event,
)
from tests.builders import a_dispute_fact, an_event, an_order
from tests.fakes.books import FakePspEventBook

EVENT = an_event(an_order(), FactKind.CAPTURED)
FORGED = replace(EVENT, body_sha256="b" * 64)


def test_a_new_event_is_stored() -> None:
    book = FakePspEventBook()

    assert receive_psp_event(EVENT, book)
    assert book[EVENT.event_key] is EVENT


@pytest.mark.parametrize(
    ("fact", "is_due"),
    [
        (EVENT.fact, False),
        (RefundFact(SettlementKind.SUCCEEDED, "o1:refund:1"), False),
        (RefundFact(SettlementKind.FAILED, "o1:refund:1"), True),
        (PayoutFact(SettlementKind.PENDING, "po1"), False),
        (PayoutFact(SettlementKind.FAILED, "po1", returned=True), True),
        (a_dispute_fact(), True),
    ],
)
def test_what_nobody_would_ask_the_psp_about_is_due_until_it_is_applied(
    fact: Fact, is_due: bool
) -> None:
    book = FakePspEventBook()

    receive_psp_event(replace(EVENT, fact=fact), book)

    due_at = EVENT.received_at + FIRST_LOOK if is_due else None
    assert book[EVENT.event_key].due_at == due_at


def test_an_event_that_its_adapter_makes_due_stays_due_then() -> None:
    book = FakePspEventBook()

    receive_psp_event(replace(EVENT, due_at=EVENT.received_at + 7), book)

    assert book[EVENT.event_key].due_at == EVENT.received_at + 7


def test_a_duplicate_changes_nothing() -> None:
    book = FakePspEventBook().put(EVENT)
    later = replace(EVENT, received_at=EVENT.received_at + 9)

    assert not receive_psp_event(later, book)
    assert book[EVENT.event_key] is EVENT


def test_a_known_id_with_other_bytes_is_not_applied_and_raises_an_alarm() -> None:
    book = FakePspEventBook().put(EVENT)

    assert not receive_psp_event(FORGED, book)

    marked = book[EVENT.event_key]
    assert (marked.alarm, marked.version) == (SAME_ID_OTHER_BODY, 2)
    assert (marked.fact, marked.body_sha256) == (EVENT.fact, EVENT.body_sha256)


def test_the_alarm_is_raised_once() -> None:
    book = FakePspEventBook().put(EVENT)
    receive_psp_event(FORGED, book)

    receive_psp_event(FORGED, book)

    assert len(book.log) == 1


def test_the_alarm_is_not_lost_to_a_race() -> None:
    book = FakePspEventBook().put(EVENT)
    applied = replace(EVENT, status=EventStatus.APPLIED, version=2)
    book.interfere += [lambda: None, lambda: book.put(applied)]

    receive_psp_event(FORGED, book)

    marked = book[EVENT.event_key]
    assert (marked.status, marked.alarm) == (EventStatus.APPLIED, SAME_ID_OTHER_BODY)


def test_an_event_that_keeps_changing_is_not_acknowledged() -> None:
    book = FakePspEventBook().put(EVENT)
    book.interfere += [
        lambda v=version: book.put(replace(EVENT, version=v))  # type: ignore[misc]
        for version in range(1, 50)
    ]

    with pytest.raises(Conflict):
        receive_psp_event(FORGED, book)
