"""The relay: routes what was committed. All it knows stands in `countinghouse.routing`.

A record that cannot be routed goes to the poison queue by its keys and the stream moves on; a queue
that cannot be reached holds the stream, and nothing is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from countinghouse.audit_routing import of_window
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import LinkedJournal
from countinghouse.messages import Message, Output, Published
from countinghouse.routing import Change, JournalPosted, OrderChanged, route
from countinghouse_aws.edge.poison import set_aside
from countinghouse_aws.edge.queue import BatchAnswer, batch_answer
from countinghouse_aws.edge.stream import table_of
from countinghouse_aws.observability import count, logger, metrics
from functions.relay.wiring import Deps, deps

Record = Mapping[str, Any]


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of one shard, in order."""
    ports = deps()
    records = event["Records"]
    count("StreamRecords", len(records))
    window: list[LinkedJournal] = []
    outputs = [output for record in records for output in _routed(record, ports, window)]
    misfits = of_window(window)
    outputs += misfits
    # Raises when a queue or the bus cannot be reached: the whole batch comes back, and what was
    # sent is sent again, which is harmless.
    _send(outputs, ports)
    for name, events in Counter(one.name for one in outputs if isinstance(one, Published)).items():
        count(f"Event_{name}", events)
    if misfits:
        count("WindowUnbalanced", len(misfits))
    logger().debug("relayed", extra={"records": len(records), "outputs": len(outputs)})
    return batch_answer([])


def _routed(record: Record, ports: Deps, window: list[LinkedJournal]) -> list[Output]:
    try:
        change = ports.decoders[table_of(record)](record)
        if isinstance(change, JournalPosted):
            window.append(LinkedJournal(change.journal, change.links))
        _count_doubt(change)
        return route(change, ports.clock.now()) if change is not None else []
    except Exception as error:  # noqa: BLE001 - one unreadable record must not hold the others
        set_aside(record, error, ports.poison)
        return []


def _count_doubt(change: Change | None) -> None:
    """Count an order of which nobody knows what its PSP did, as it begins and as it ends."""
    if isinstance(change, OrderChanged):
        was = change.old is not None and change.old.status is OrderStatus.UNKNOWN
        now = change.new.status is OrderStatus.UNKNOWN
        if was is not now:
            count("DoubtBegun" if now else "DoubtEnded")


def _send(outputs: list[Output], ports: Deps) -> None:
    ports.outbox.send([output for output in outputs if isinstance(output, Message)])
    events = [output for output in outputs if isinstance(output, Published)]
    if events:
        ports.publish(events)
