"""A queue somebody consumes: never without its dead-letter queue, its alarm and its limits."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import acknowledged
from infra.constructs.alarms import Alarms
from infra.queue_limits import (
    KEPT_DAYS,
    MAPPING_MAX,
    MAX_RECEIVES,
    POLLER_BATCHES,
    POLLERS_READY,
    VISIBILITY_FACTOR,
)


def plain_queue(
    scope: Construct, queue_id: str, *, tls_only: bool, fifo: bool = False
) -> sqs.Queue:
    """Return a queue kept for fourteen days that only people read."""
    queue = sqs.Queue(
        scope,
        queue_id,
        fifo=True if fifo else None,
        retention_period=Duration.days(KEPT_DAYS),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=tls_only,
        removal_policy=RemovalPolicy.DESTROY,
    )
    acknowledged.acknowledge(queue, acknowledged.READ_BY_PEOPLE)
    return queue


class ConsumedQueue(Construct):
    """Queue, dead-letter queue, alarm; `feed` joins the one consumer it was sized for."""

    def __init__(
        self,
        scope: Construct,
        queue_id: str,
        *,
        consumer_timeout_s: int,
        alarms: Alarms,
        tls_only: bool,
        fifo: bool = False,
    ) -> None:
        """Build the pair; a message is hidden six times as long as its consumer may run."""
        super().__init__(scope, queue_id)
        self._fifo = fifo
        self.dead_letters = plain_queue(self, f"{queue_id}Dlq", tls_only=tls_only, fifo=fifo)
        self.queue = sqs.Queue(
            self,
            queue_id,
            fifo=True if fifo else None,
            # Order is kept per wallet, so throughput is counted per wallet too.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=(sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None),
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * consumer_timeout_s),
            retention_period=Duration.days(KEPT_DAYS),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=tls_only,
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=MAX_RECEIVES, queue=self.dead_letters
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        alarms.not_empty(self.dead_letters, self, "DeadLetters", "dead-letters")

    def consume_statement(self) -> iam.PolicyStatement:
        """Return what Lambda's poller needs of the consumer's role."""
        return iam.PolicyStatement(
            actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources=[self.queue.queue_arn],
        )

    def feed(self, function: lambda_.Function, *, batch: int, max_concurrency: int) -> None:
        """Deliver to the function, which answers for each message of a batch by itself.

        More at once than a mapping may be bound to is bound by pollers of its own.
        """
        pollers = -(-max_concurrency // POLLER_BATCHES)
        provisioned = max_concurrency > MAPPING_MAX
        mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=self.queue.queue_arn,
            batch_size=batch,
            max_concurrency=None if provisioned else max_concurrency,
            provisioned_poller_config=(
                lambda_.ProvisionedPollerConfig(
                    minimum_pollers=min(POLLERS_READY, pollers), maximum_pollers=pollers
                )
                if provisioned
                else None
            ),
            report_batch_item_failures=True,
        )
        acknowledged.acknowledge(mapping, acknowledged.QUEUE_MAPPING)
