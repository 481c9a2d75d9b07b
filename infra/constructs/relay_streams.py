"""The streams of all tables into the relay: never blocked for good by one bad record.

The `repair` sweep heals whatever ends in the poison queue, so giving up on a record is safe;
blocking a shard until its records age out would not be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import PERIOD, Alarms
from infra.stage import Stage

MAX_RETRIES: Final = 10
# Under the stream's own 24 hours, so that a record is parked with its address before it is gone.
MAX_RECORD_AGE: Final = Duration.hours(20)
BEHIND_MS: Final = 60_000
# A wallet's change is only looked at, whether it sums to zero: no step of a payment waits for it.
WATCHED: Final = frozenset({"Wallet"})


class RelayStreams(Construct):
    """One mapping per table stream, and the alarm that says the relay falls behind."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        relay: lambda_.Function,
        tables: Mapping[str, ddb.TableV2],
        poison: sqs.Queue,
        alarms: Alarms,
    ) -> None:
        """Join each table's stream to the relay."""
        super().__init__(scope, construct_id)
        for name, table in tables.items():
            lambda_.EventSourceMapping(
                self,
                name,
                target=relay,
                event_source_arn=table.table_stream_arn,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=stage.stream_batch,
                parallelization_factor=stage.stream_parallelization,
                max_batching_window=_window(name, stage),
                bisect_batch_on_error=True,
                retry_attempts=MAX_RETRIES,
                max_record_age=MAX_RECORD_AGE,
                report_batch_item_failures=True,
                on_failure=sources.SqsDlq(poison),
            )
        alarms.above(
            self,
            "Behind",
            relay.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
            limit=BEHIND_MS,
            periods=5,
            says="The relay has been over a minute behind the tables for five minutes.",
            anchor="relay-behind",
        )


def _window(table: str, stage: Stage) -> Duration | None:
    """How long a table's changes are gathered; None is not at all."""
    window_s = stage.watch_window_s if table in WATCHED else 0
    return Duration.seconds(window_s) if window_s else None
