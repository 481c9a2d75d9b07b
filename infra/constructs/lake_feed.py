"""The streams of what the lake keeps, into the function `lake`.

Nothing sweeps the lake, so unlike the relay it never gives a record up while Firehose is out of
reach: it tries until the record is about to leave its stream. What it cannot read it sets aside by
itself; a batch that fails for another reason is halved until one record is left.
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
from infra.constructs.relay_streams import MAX_RECORD_AGE
from infra.lake_tables import FED_FROM
from infra.stage import Stage

BEHIND_MS: Final = 15 * 60_000


class LakeFeed(Construct):
    """One mapping per table stream, and the alarm that says the lake falls behind."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        lake: lambda_.Function,
        tables: Mapping[str, ddb.TableV2],
        poison: sqs.Queue,
        alarms: Alarms,
    ) -> None:
        """Join the streams to the function: the second and last reader of each."""
        super().__init__(scope, construct_id)
        for name in FED_FROM:
            lambda_.EventSourceMapping(
                self,
                name,
                target=lake,
                event_source_arn=tables[name].table_stream_arn,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=stage.lake.batch,
                max_batching_window=Duration.seconds(stage.lake.window_s),
                bisect_batch_on_error=True,
                max_record_age=MAX_RECORD_AGE,
                report_batch_item_failures=True,
                on_failure=sources.SqsDlq(poison),
            )
        alarms.above(
            self,
            "Behind",
            lake.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
            limit=BEHIND_MS,
            periods=5,
            says="The lake has been a quarter of an hour behind the tables for five minutes.",
            anchor="lake-behind",
        )
