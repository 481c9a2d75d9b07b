"""What the packs for PCI DSS 3.2.1 and NIST 800-53 find that is meant to be so, and who owns it.

Prices are the list's of eu-west-1 in US dollars, for three zones and 730 hours a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from infra.catalogue import ANSWERS_HTTP, CONSUMERS, LISTENS, SCHEDULED
from infra.constructs.acknowledged import Reasons
from infra.stage import Stage

PCI: Final = "PCI.DSS.321"
NIST: Final = "NIST.800.53.R5"
SERVERLESS: Final = "Serverless"
_OWNER: Final = "Owner: platform team."


def _found(rule: str, reason: str, *packs: str) -> dict[str, str]:
    """Return the reason under the rule's name in each of the packs."""
    return {f"{pack}::{pack}-{rule}": f"{reason} {_OWNER}" for pack in packs}


ROLE: Final[Reasons] = _found(
    "IAMNoInlinePolicy",
    "A role here has one holder, and its policy stands whole beside it in the template; a managed "
    "policy could be attached to others, and change apart from its role. What functions' roles "
    "allow is held to what they use (docs/secure.md).",
    PCI,
    NIST,
)
_IN_THREE_ZONES: Final = (
    "S3 keeps it in three zones, and for 30 days at least what is overwritten or deleted. A copy "
    "in a second region would be its storage once more and 0.02 dollars a GB, for a region that "
    "nothing runs in (docs/runbook.md, The region is gone); "
)
DOCUMENTS: Final[Reasons] = _found(
    "S3BucketReplicationEnabled",
    _IN_THREE_ZONES
    + "lists, statements, reports and seals are drawn up from tables, which restore "
    "to any second of 35 days.",
    PCI,
    NIST,
)
LAKE: Final[Reasons] = _found(
    "S3BucketReplicationEnabled",
    _IN_THREE_ZONES + "its rows are copies of tables, which restore to any second of 35 days, and "
    "PSPs hand their files out again.",
    PCI,
    NIST,
)
ACCESS_LOGS: Final[Reasons] = {
    **_found(
        "S3BucketReplicationEnabled",
        _IN_THREE_ZONES + "it says who asked for what, and no money is in it.",
        PCI,
        NIST,
    ),
    **_found(
        "S3DefaultEncryptionKMS",
        "S3 delivers access logs only to a bucket under S3's own keys (AES-256). They hold roles, "
        "addresses and objects' names, no contents.",
        PCI,
        NIST,
    ),
}
PSP_SECRET: Final[Reasons] = _found(
    "SecretsManagerRotationEnabled",
    "The PSP issues the secret, so AWS cannot make a new one. An operator rotates it; both live "
    "versions are taken meanwhile, which `make drills` plays.",
    NIST,
)
_NETWORK: Final[Reasons] = _found(
    "LambdaInsideVPC",
    "It listens on no network: Lambda's API starts it, and IAM says for whom. It calls AWS and "
    "PSPs over TLS and nothing private, and bodies with card numbers are refused. A VPC would cost "
    "250 dollars a month before traffic: in each zone a NAT gateway, and endpoints of six "
    "services (SQS, Secrets Manager, Step Functions, EventBridge, Firehose, Athena).",
    PCI,
    NIST,
)


class CalledBy(Enum):
    """Who starts a function, which decides where its failures go and what bounds it."""

    EVENT = auto()
    QUEUE = auto()
    STREAM = auto()
    API = auto()
    MACHINE = auto()
    FIREHOSE = auto()


# The first that fits: who is also called by an event needs a place for failures nobody waits for.
_CALLED: Final[Mapping[CalledBy, frozenset[str]]] = {
    CalledBy.EVENT: frozenset({*SCHEDULED, *LISTENS}),
    CalledBy.QUEUE: frozenset(CONSUMERS.values()),
    CalledBy.STREAM: frozenset({"lake", "relay"}),
    CalledBy.API: ANSWERS_HTTP,
    CalledBy.MACHINE: frozenset(
        {
            "billing_pdf",
            "billing_steps",
            "payout_steps",
            "reconciliation_steps",
            "settlement_files",
        }
    ),
    CalledBy.FIREHOSE: frozenset({"lake_days"}),
}
_WAITED_FOR: Final = "A function's own DLQ serves asynchronous calls, and it is called by none: "
_FAILED: Final[Mapping[CalledBy, str]] = {
    CalledBy.EVENT: (
        "What fails goes to SchedulesDlq as the function's failure destination, with the reason. "
        "Lambda would send it to a DLQ besides, without."
    ),
    CalledBy.QUEUE: f"{_WAITED_FOR}what fails stays in its queue, and goes to that one's DLQ.",
    CalledBy.STREAM: f"{_WAITED_FOR}its mappings send what fails to a queue with an alarm.",
    CalledBy.API: f"{_WAITED_FOR}the caller sees the failure, and calls again with the same ids.",
    CalledBy.MACHINE: f"{_WAITED_FOR}the execution tries again, says that it failed, and alarms.",
    CalledBy.FIREHOSE: f"{_WAITED_FOR}Firehose lays what fails under errors/, with an alarm.",
}
_POOL: Final = " A reserve is taken from all other functions at all times."
_BOUNDED: Final[Mapping[CalledBy, str]] = {
    CalledBy.QUEUE: (
        "Its queues' mappings bound it (maximum concurrency). A reserve below that would throttle "
        "the poller, which uses messages' tries up."
    ),
    CalledBy.STREAM: (
        "Its mappings bound it: a batch a shard, times the parallelization factor." + _POOL
    ),
    CalledBy.API: (
        "The API's throttle bounds what comes in, and intake has a reserve of its own." + _POOL
    ),
    CalledBy.MACHINE: (
        "An execution runs one step at a time, but in maps, which are bounded (MaxConcurrency)."
        + _POOL
    ),
    CalledBy.FIREHOSE: (
        "Three delivery streams call it, with 3 MB or a minute of rows at a time. Rows that Lambda "
        "throttles would end under errors/." + _POOL
    ),
}


_TRACED: Final = (
    "It is traced when its caller asks for it. Active tracing takes a twentieth of invocations, a "
    "rate that nobody can set, for half a dollar a million payments: durations and errors are "
    "metrics, and a request's way is in the logs by its ids (docs/deploy.md)."
)
WEBHOOK_DOOR: Final[Reasons] = _found(
    "LambdaFunctionPublicAccessProhibited",
    "PSPs cannot sign with IAM. The function reads nothing of a call before the PSP's signature "
    "over its bytes fits, as at the API's open route (docs/decisions/0030-webhook-door.md); only "
    "calls by its URL are let in, and its reserve bounds them.",
    PCI,
    NIST,
)


def called_by(name: str) -> CalledBy:
    """Return who starts the function.

    Raises:
        LookupError: when nobody said so yet: where do its failures go, and what bounds it?
    """
    for caller, functions in _CALLED.items():
        if name in functions:
            return caller
    raise LookupError(f"nobody is known to call {name}: infra/constructs/assessed.py")


def of_function(name: str, stage: Stage) -> Reasons:
    """Return the reasons of one function; who has a reserve needs none about its bound."""
    caller = called_by(name)
    reasons = {**_NETWORK, **_found("LambdaDLQ", _FAILED[caller], NIST, SERVERLESS)}
    if stage.told.traces != "sampled":
        reasons |= _found("LambdaTracing", _TRACED, SERVERLESS)
    if name not in stage.reserved_concurrency and caller in _BOUNDED:
        reasons |= _found("LambdaConcurrency", _BOUNDED[caller], NIST)
    return reasons
