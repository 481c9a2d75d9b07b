"""Every queue: those that are consumed, and the last stops that only people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import (
    BATCH,
    CONSUMERS,
    LAKE_POISON,
    POSTINGS,
    RELAY_POISON,
    SCHEDULES_DLQ,
)
from infra.constructs import acknowledged
from infra.constructs.alarms import PERIOD, Alarms, Anchor
from infra.constructs.consumed_queue import ConsumedQueue, plain_queue
from infra.dashboards.money import POSTING_AGE_S
from infra.stage import Stage
from infra.timeouts import timeout_s

LAST_STOPS: Final[Mapping[str, tuple[str, Anchor]]] = {
    RELAY_POISON: ("RelayPoisoned", "relay-poison"),
    LAKE_POISON: ("LakePoisoned", "lake-poison"),
    SCHEDULES_DLQ: ("Missed", "schedule-missed"),
}


class Queues(Construct):
    """All of them, in a scope of their own: a queue and a function may both be called Orders."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, alarms: Alarms
    ) -> None:
        """Build the queues with their alarms."""
        super().__init__(scope, construct_id)
        self._stage = stage
        self.consumed = {
            family: [self._consumed(queue_id, family, alarms) for queue_id in self._ids(family)]
            for family in CONSUMERS
        }
        self.last_stops = {name: self._last_stop(name, alarms) for name in LAST_STOPS}

    def _ids(self, family: str) -> list[str]:
        """Return the queues of a family: `Postings` stands for all its numbered ones."""
        if family != POSTINGS:
            return [family]
        return [f"{POSTINGS}{number}" for number in range(self._stage.posting_queues)]

    def _consumed(self, queue_id: str, family: str, alarms: Alarms) -> ConsumedQueue:
        """Return one consumed queue; postings also alarm on age."""
        made = ConsumedQueue(
            self,
            queue_id,
            consumer_timeout_s=timeout_s(CONSUMERS[family], self._stage),
            alarms=alarms,
            tls_only=self._stage.tls_only,
            fifo=family == POSTINGS,
        )
        if family == POSTINGS:
            age = made.queue.metric_approximate_age_of_oldest_message(
                period=PERIOD, statistic="Maximum"
            )
            alarms.above(
                made,
                "Age",
                age,
                limit=POSTING_AGE_S,
                says=f"{queue_id}: a wallet's booking waits; others behind it wait too.",
                anchor="postings-behind",
            )
        return made

    def _last_stop(self, queue_id: str, alarms: Alarms) -> sqs.Queue:
        alarm_id, anchor = LAST_STOPS[queue_id]
        queue = plain_queue(self, queue_id, tls_only=self._stage.tls_only)
        acknowledged.acknowledge(queue, acknowledged.LAST_STOP)
        alarms.not_empty(queue, self, alarm_id, anchor)
        return queue

    def feed(self, functions: Mapping[str, lambda_.Function]) -> None:
        """Join every consumed queue to its one consumer."""
        for family, consumer in CONSUMERS.items():
            for queue in self.consumed[family]:
                queue.feed(
                    functions[consumer],
                    batch=BATCH,
                    max_concurrency=self._stage.max_concurrency[family],
                )

    def sent(self) -> dict[str, list[sqs.IQueue]]:
        """Return the queues one may send to, by family."""
        found: dict[str, list[sqs.IQueue]] = {
            family: [pair.queue for pair in pairs] for family, pairs in self.consumed.items()
        }
        return found | {name: [queue] for name, queue in self.last_stops.items()}

    def by_name(self) -> dict[str, sqs.IQueue]:
        """Return every queue by its construct id, dead-letter queues included."""
        found: dict[str, sqs.IQueue] = dict(self.last_stops)
        for family, pairs in self.consumed.items():
            for queue_id, pair in zip(self._ids(family), pairs, strict=True):
                found |= {queue_id: pair.queue, f"{queue_id}Dlq": pair.dead_letters}
        return found
