"""Rules of cdk-nag we do not follow, each with its reason, on the one construct it is about.

The rule test of stage prod fails on a finding that is not acknowledged here by its construct.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

Reasons = Mapping[str, str]

_RUNTIME: Final = (
    "Layers are built and tested for this version; raising it is a release of its own."
)
_NO_RESOURCE: Final = "X-Ray, and the listing of streams for the relay, know no resource to name."
FUNCTION: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-L1": _RUNTIME,
    "Serverless::Serverless-LambdaLatestVersion": _RUNTIME,
    "Serverless::Serverless-LambdaDLQ": (
        "A function's own DLQ serves asynchronous calls only. Queues and streams have theirs, and "
        "the scheduled functions send what fails to SchedulesDlq."
    ),
}
ROLE: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": _NO_RESOURCE,
    "Serverless::Serverless-LambdaStarPermissions": _NO_RESOURCE,
}
LAST_STOP: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-SQS3": "It is a last stop: an alarm watches it, people empty it.",
    "Serverless::Serverless-SQSRedrivePolicy": "A dead-letter queue has nowhere further to send.",
}
QUEUE_MAPPING: Final[Reasons] = {
    "Serverless::Serverless-LambdaEventSourceMappingDestination": (
        "For queues the redrive policy is the destination; the setting is for streams."
    ),
}
OPEN_ROUTE: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-APIG4": (
        "infra.routes names it open: PSPs sign the body instead, and health says only its version."
    ),
}
PSP_SECRET: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-SMG4": (
        "The PSP issues the secret, so AWS cannot rotate it alone; two live versions let an "
        "operator do so without a gap."
    ),
}


def acknowledge(construct: IConstruct, reasons: Reasons) -> None:
    """Record on the construct why these rules do not apply to it."""
    rules = [Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    Validations.of(construct).acknowledge(*rules)
