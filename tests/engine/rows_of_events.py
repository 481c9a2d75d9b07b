"""EventBridge: what others may know reaches them."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.engines import Engine
from tests.engine.row import SERVER, row
from tests.engine.things import arn_of, make_queue, receive

SOURCE = "countinghouse"
MATCHED = "payment.completed"


def bus(engine: Engine) -> str:
    """A bus of its own."""
    events, name = engine.client("events"), engine.fresh("bus")
    events.create_event_bus(Name=name)
    engine.removed_by(events.delete_event_bus, Name=name)
    return name


def tell(engine: Engine, name: str, kind: str, detail: str) -> Any:
    entry = {"EventBusName": name, "Source": SOURCE, "DetailType": kind, "Detail": detail}
    return engine.client("events").put_events(Entries=[entry])


def allow(engine: Engine, url: str) -> None:
    """Let EventBridge send to a queue."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn_of(engine, url),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    engine.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def to(engine: Engine, name: str, target: dict[str, Any]) -> None:
    """Make a rule that sends what matches to the target."""
    events = engine.client("events")
    of = {"Name": engine.fresh("rule"), "EventBusName": name}
    events.put_rule(**of, EventPattern=json.dumps({"detail-type": [MATCHED]}))
    engine.removed_by(events.delete_rule, **of)
    at = {"Rule": of["Name"], "EventBusName": name}
    events.put_targets(**at, Targets=[{"Id": "one", **target}])
    engine.removed_by(events.remove_targets, **at, Ids=["one"])


@row(
    "event.rule",
    "A rule sends the events that match it to its queue, and no others",
    aws=[["o2"]],
    because="alarms of the audit, and whoever subscribes",
    engines=SERVER,
)
def rule(engine: Engine) -> object:
    name, url = bus(engine), make_queue(engine)
    allow(engine, url)
    to(engine, name, {"Arn": arn_of(engine, url)})
    tell(engine, name, "payment.opened", '{"subject": "o1"}')
    tell(engine, name, MATCHED, '{"subject": "o2"}')
    found = engine.eventually(lambda: receive(engine, url))
    return [[json.loads(one["Body"])["detail"]["subject"] for one in found]]


@row(
    "event.malformed",
    "An event whose detail is no JSON is refused, in an answer that is a success",
    aws=[1, "MalformedDetail"],
    because="`EventBus` counts what was refused; its details are JSON by construction",
    engines=SERVER,
)
def malformed(engine: Engine) -> object:
    answer = tell(engine, bus(engine), MATCHED, "{")
    return [answer["FailedEntryCount"], answer["Entries"][0].get("ErrorCode")]


@row(
    "event.undelivered",
    "An event whose target is gone ends in the target's dead-letter queue",
    aws=1,
    because="schedules and alarms that could not be delivered are kept, with an alarm",
    engines=SERVER,
)
def undelivered(engine: Engine) -> object:
    name, gone, kept = bus(engine), make_queue(engine), make_queue(engine)
    for url in (gone, kept):
        allow(engine, url)
    target = {"Arn": arn_of(engine, gone), "DeadLetterConfig": {"Arn": arn_of(engine, kept)}}
    to(engine, name, target)
    engine.client("sqs").delete_queue(QueueUrl=gone)
    tell(engine, name, MATCHED, "{}")
    return len(engine.eventually(lambda: receive(engine, kept), at_most_s=3))
