"""Where dead letters are redriven: the system that runs here, or a stage on AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from countinghouse.domain.instants import Instant
from countinghouse_aws.dynamodb.table import Table
from tools.client import Client
from tools.local.failure import LocalFailure
from tools.redrive.agreement import KEYS, RedriveBook

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

TABLE = "Proposal"


@dataclass(frozen=True, slots=True)
class Site:
    """One stage's queues and proposals, and who asks: the caller that STS knows.

    `alone` is the stage's setting that lets one person redrive.
    """

    stage: str
    sqs: SQSClient
    queue_urls: Mapping[str, str]
    redrives: RedriveBook
    who: str
    alone: bool
    client: Client | None = None

    def now(self) -> Instant:
        """The time here."""
        return time.time_ns() // 1_000_000


def here() -> Site:
    """The system that runs on this machine. Raises LocalFailure when none does."""
    client = Client.of_running_system()
    found = client.endpoints
    site = _site("local", client.aws, found.queue_urls, found.table_names, found.redrive_alone)
    return replace(site, client=client)


def on_aws(stage: str) -> Site:
    """A deployed stage, by its service stack's outputs, with the credentials that boto3 finds.

    Raises LocalFailure when there is no such stack.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    name = f"countinghouse-{stage}-service"
    try:
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise LocalFailure(f"the stack {name} cannot be read: {error}") from error
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return _site(
        stage,
        cast("Callable[[str], Any]", boto3.client),
        json.loads(outputs["QueueUrls"]),
        json.loads(outputs["TableNames"]),
        outputs.get("RedriveAlone") == "yes",
    )


def _site(
    stage: str,
    aws: Callable[[str], Any],
    queue_urls: Mapping[str, str],
    table_names: Mapping[str, str],
    alone: bool,
) -> Site:
    who = str(aws("sts").get_caller_identity()["Arn"])
    book = RedriveBook(Table(aws("dynamodb"), table_names[TABLE], KEYS))
    return Site(stage, aws("sqs"), queue_urls, book, who, alone)
