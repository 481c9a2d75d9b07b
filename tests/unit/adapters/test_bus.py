import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse.messages import Published
from countinghouse_aws.messaging.bus import EventBus, envelope
from tests.builders import NOW

EVENT = Published("payment.succeeded", "c1", 7, {"checkout_id": "c1"})


class Events:
    """Takes every batch; or fails as told."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.batches: list[list[dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        self.batches.append(Entries)
        answer = self.answers.pop(0) if self.answers else {"FailedEntryCount": 0}
        if isinstance(answer, Exception):
            raise answer
        return answer


def bus(events: Events) -> EventBus:
    return EventBus(cast(Any, events), "countinghouse-test")


def test_an_event_goes_in_its_envelope() -> None:
    events = Events()

    bus(events).publish([EVENT], NOW)

    (((entry,),)) = events.batches
    assert (entry["EventBusName"], entry["Source"]) == ("countinghouse-test", "countinghouse")
    assert entry["DetailType"] == "payment.succeeded"
    assert json.loads(entry["Detail"]) == {
        "specversion": "1.0",
        "id": "c1:payment.succeeded:7",
        "source": "countinghouse",
        "type": "payment.succeeded",
        "subject": "c1",
        "time": "2026-11-18T11:06:40.000Z",
        "version": 7,
        "data": {"checkout_id": "c1"},
    }


def test_a_repeat_has_the_same_id_and_a_later_version_has_not() -> None:
    again = envelope(EVENT, NOW + 60_000)
    later = envelope(Published("payment.succeeded", "c1", 8, {}), NOW)

    assert again["id"] == envelope(EVENT, NOW)["id"] != later["id"]


def test_events_go_in_batches_of_ten() -> None:
    events = Events()

    bus(events).publish([EVENT] * 23, NOW)

    assert [len(batch) for batch in events.batches] == [10, 10, 3]


@pytest.mark.parametrize(
    "answer",
    [
        {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]},
        ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "PutEvents"),
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_an_event_that_was_not_taken_is_not_published(answer: object) -> None:
    with pytest.raises(Unavailable):
        bus(Events(answer)).publish([EVENT], NOW)
