"""What the lake is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from countinghouse.lake_rows import LakeLine, LakeTable
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb import images
from countinghouse_aws.messaging.firehose import FirehoseLake
from countinghouse_aws.system.clients import aws_client


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. `decoders` reads a stream record by its table's name."""

    decoders: Mapping[str, images.Decoder]
    put: Callable[[Sequence[LakeLine]], None]
    poison: Callable[[str], None]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    text = Assembly().environment.text
    streams = {
        LakeTable.POSTINGS: text("STREAM_POSTINGS"),
        LakeTable.ORDERS: text("STREAM_ORDERS"),
        LakeTable.PSP_EVENTS: text("STREAM_PSP_EVENTS"),
    }
    poison_url = text("QUEUE_LAKE_POISON_URL")
    return Deps(
        decoders={
            text("TABLE_PAYMENT_ORDER"): images.decoder(images.order_change),
            text("TABLE_PSP_EVENT"): images.decoder(images.psp_event_change),
            text("TABLE_LEDGER"): images.decoder(images.ledger_change),
        },
        put=FirehoseLake(aws_client("firehose"), streams).put,
        poison=lambda body: aws_client("sqs").send_message(QueueUrl=poison_url, MessageBody=body),
    )
