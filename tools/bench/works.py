"""What is measured warm: invocations of the journeys, parts of them, and their AWS calls alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.bench.exchanges import Exchange
from tools.bench.recording import Invocation, Recorded

INTAKE = "http POST /v1/payments/event"
SESSION = "http POST /v1/payments/sessions"
WEBHOOK = "http POST /v1/webhooks/{psp}"
DELIVERY = "http POST /v1/orders/{order_id}/deliveries"
REFUND = "http POST /v1/orders/{order_id}/refunds"
POSTINGS = "sqs postings.fifo"


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that is measured: where in which journey it is found; `kind` as in `child.py`."""

    name: str
    title: str
    journey: str
    function: str
    trigger: str
    records: int = 1
    kind: str = "invocation"


WORKS = (
    Work("intake", "a payment is taken in", "payment_1", "payments", INTAKE),
    Work("session", "a session is opened", "payment", "payments", SESSION),
    Work(
        "webhook_verify",
        "a webhook's signature is verified, its JSON parsed",
        "payment_1",
        "webhooks",
        WEBHOOK,
        kind="verification",
    ),
    Work(
        "webhook_read",
        "the same, and read as the event it states",
        "payment_1",
        "webhooks",
        WEBHOOK,
        kind="reading",
    ),
    Work("webhook", "a webhook, whole", "payment_1", "webhooks", WEBHOOK),
    Work("relay_20", "20 changes become messages", "payment", "relay", "stream payment_event", 20),
    Work("execute_1", "one order is charged", "payment_1", "order_execution", "sqs orders"),
    Work("execute_10", "ten orders are charged", "payment", "order_execution", "sqs orders", 10),
    Work("post_1", "one order is posted", "payment_1", "posting", POSTINGS),
    Work("post_10", "ten orders of five sellers are posted", "payment", "posting", POSTINGS, 10),
    Work(
        "commit_10",
        "ten postings of one seller are committed",
        "payment_10",
        "posting",
        POSTINGS,
        10,
        kind="commitment",
    ),
    Work("progress_1", "a payment is folded", "payment_1", "payment_progress", "sqs progress"),
    Work("progress_10", "ten payments are", "payment", "payment_progress", "sqs progress", 10),
    Work("psp_events_10", "ten events are applied", "payment", "psp_events", "sqs psp_events", 10),
    Work("lake_20", "20 changes are filed", "payment", "lake", "stream payment_order", 20),
    Work("delivery", "a delivery is told", "delivery", "fulfilment", DELIVERY),
    Work("refund", "a refund is asked for", "refund", "fulfilment", REFUND),
    Work("refund_10", "ten refunds are sent", "refund", "order_aftercare", "sqs aftercare", 10),
)
PEERS = ("intake", "webhook")
"""What the peer has something like: a request that is checked and written down."""
JOURNEYS = frozenset(work.journey for work in WORKS)


@dataclass(frozen=True, slots=True)
class Found:
    """A work and the invocation it is, or is a part of; `journey` is all that was ever answered."""

    work: Work
    invocation: Invocation
    journey: tuple[Exchange, ...]

    @property
    def psp_calls(self) -> int:
        """How often the PSP is asked."""
        whole = self.work.kind == "invocation"
        return sum(not one.is_aws for one in self.invocation.exchanges) if whole else 0

    @property
    def calls(self) -> tuple[Exchange, ...]:
        """The AWS calls of it that a warm process makes."""
        aws = (one for one in self.invocation.exchanges if one.is_aws)
        found = tuple(one for one in aws if one.service != "secrets-manager")
        if self.work.kind == "commitment":
            return tuple(one for one in found if one.operation == "TransactWriteItems")
        return found if self.work.kind == "invocation" else ()

    def spec(self, kind: str) -> dict[str, Any]:
        """What `child.py` is told of it: `kind` is the work's own, `bare` or `tuned`."""
        mine = kind not in ("bare", "tuned")
        return {
            "name": f"{self.work.name}.{kind}",
            "kind": kind,
            "answers": self.work.name,
            "function": self.work.function,
            "now_ms": self.invocation.now_ms,
            "event": self.invocation.event if mine else None,
            "answer": self.invocation.answer if mine else None,
            "calls": [] if mine else [_call(one) for one in self.calls],
        }


def found(recorded: Mapping[str, Recorded]) -> list[Found]:
    """Every work in what was recorded. Raises LookupError where the journey goes another way."""
    return [
        Found(
            work,
            recorded[work.journey].last(work.function, work.trigger, work.records),
            tuple(
                exchange
                for invocation in recorded[work.journey].invocations
                for exchange in invocation.exchanges
            ),
        )
        for work in WORKS
    ]


CLIENTS = {"eventbridge": "events", "sfn": "stepfunctions"}
"""Where boto3 calls a client otherwise than botocore its events."""


def _call(one: Exchange) -> tuple[str, str, dict[str, Any]]:
    method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one.operation).lower()
    return CLIENTS.get(one.service, one.service), method, one.parameters
