"""Rules of cdk-nag we do not follow, each with its reason, on the one construct it is about.

The rule test of stage prod fails on a finding that is not acknowledged by its construct, and on an
acknowledgement without a finding. What PCI DSS and NIST ask is in `infra.constructs.assessed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

from infra import catalogue
from infra.catalogue import (
    CLOSE_RESULTS,
    CLOSES,
    FX_RATES,
    RECONCILIATION_RESULTS,
    RECONCILIATIONS,
    RUN_LISTS,
    RUN_RESULTS,
    SEALS,
    STATEMENTS,
)
from infra.lake_tables import ERRORS, FED, QUERY_RESULTS

Reasons = Mapping[str, str]

_RUNTIME: Final = (
    "Layers are built and tested for this version; raising it is a release of its own."
)
_NO_RESOURCE: Final = "X-Ray, and the listing of streams for the relay, know no resource to name."
FUNCTION: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-L1": _RUNTIME,
    "Serverless::Serverless-LambdaLatestVersion": _RUNTIME,
}
ROLE: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": _NO_RESOURCE,
    "Serverless::Serverless-LambdaStarPermissions": _NO_RESOURCE,
}
LAST_STOP: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-SQS3": "It is a last stop: an alarm watches it, people empty it.",
}
READ_BY_PEOPLE: Final[Reasons] = {
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
MACHINE: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-SF1": (
        "Every step is in the execution's history for ninety days; a log of all of them would cost "
        "more than the steps. What fails is logged, without anybody's data."
    ),
}
MACHINE_ROLE: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": (
        "Step Functions sets up its own log delivery, and X-Ray is one place: no resource to name."
    ),
}
# As the rules spell production's bucket; the bucket's id is pinned, as the tables' are.
_DOCUMENTS_ARN: Final = "countinghouse-prod-data:ExportsOutputFnGetAttDocuments7E5B2978Arn159F38C5"


def folder_rule(folder: str) -> str:
    """Return the rule's finding about a folder's objects."""
    return f"AwsSolutions::AwsSolutions-IAM5[Resource::{_DOCUMENTS_ARN}/{folder}/*]"


# As they spell the lake's, which is pinned alike.
_LAKE_ARN: Final = "countinghouse-prod-lake:ExportsOutputFnGetAttLake5F1B88EAArn65E67816"


def _on_lake(function: str) -> frozenset[str]:
    """Return the folders of the lake's bucket that the function uses."""
    queried = catalogue.QUERIES_LAKE.get(function, ())
    results = (QUERY_RESULTS,) if queried else ()
    return frozenset({*queried, *results, *catalogue.LAKE_FILES.get(function, {})})


def _lake_rule(folder: str) -> str:
    return f"AwsSolutions::AwsSolutions-IAM5[Resource::{_LAKE_ARN}/{folder}/*]"


def _children_rule(machine: str) -> str:
    return (
        "AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:states:eu-west-1:<AWS::AccountId>:"
        f"execution:countinghouse-prod-{machine}:*]"
    )


_CHILDREN: Final = "The machine's own children, whose names Step Functions makes up."
FOLDERS: Final[Reasons] = {
    folder_rule(RUN_LISTS): (
        "A folder is named by its prefix: each run writes a list of its own there."
    ),
    folder_rule(STATEMENTS): "A folder is named by its prefix: sellers and months make the keys.",
    folder_rule(CLOSES): "A folder is named by its prefix: each month has its own below it.",
    folder_rule(RECONCILIATIONS): (
        "A folder is named by its prefix: PSPs, days and executions make the keys."
    ),
    folder_rule(FX_RATES): "A folder is named by its prefix: sources and days make the keys.",
    folder_rule(SEALS): "A folder is named by its prefix: each day has a seal of its own there.",
}
LAKE_USERS: Final = tuple(sorted({*catalogue.QUERIES_LAKE, *catalogue.LAKE_FILES}))
LAKE_FOLDERS: Final[Reasons] = {
    _lake_rule(folder): "A folder is named by its prefix: PSPs, days, files and queries make keys."
    for function in LAKE_USERS
    for folder in _on_lake(function)
}
RUN_ROLE: Final[Reasons] = {
    folder_rule(RUN_LISTS): FOLDERS[folder_rule(RUN_LISTS)],
    folder_rule(RUN_RESULTS): (
        "A folder is named by its prefix: each run writes what became of its items there."
    ),
    _children_rule("payout-run"): _CHILDREN,
}
RECONCILIATION_ROLE: Final[Reasons] = {
    folder_rule(RECONCILIATIONS): FOLDERS[folder_rule(RECONCILIATIONS)],
    folder_rule(RECONCILIATION_RESULTS): (
        "A folder is named by its prefix: each run writes what became of its portions there."
    ),
    _children_rule("reconciliation"): _CHILDREN,
}
CLOSE_ROLE: Final[Reasons] = {
    folder_rule(CLOSES): FOLDERS[folder_rule(CLOSES)],
    folder_rule(CLOSE_RESULTS): (
        "A folder is named by its prefix: each close writes what became of its sellers there."
    ),
    _children_rule("month-close"): _CHILDREN,
}


def _lake_rules(table: str) -> tuple[str, str]:
    """Return the rules' findings about a table's folder in the lake, and about its errors'."""
    lake = "AwsSolutions::AwsSolutions-IAM5[Resource::<Lake5F1B88EA.Arn>"
    return f"{lake}/{table}/*]", f"{lake}/{ERRORS}/{table}/*]"


DELIVERY: Final[Reasons] = {
    rule: "A folder is named by its prefix: days and Firehose make the keys below it."
    for table in FED
    for rule in _lake_rules(table)
}
PSP_SECRET: Final[Reasons] = {
    "AwsSolutions::AwsSolutions-SMG4": (
        "The PSP issues the secret, so AWS cannot rotate it alone; two live versions let an "
        "operator do so without a gap."
    ),
}


def delivery(table: str) -> Reasons:
    """Return the reasons of the role that delivers into a table of the lake."""
    return {rule: DELIVERY[rule] for rule in _lake_rules(table)}


def on_lake(function: str) -> Reasons:
    """Return the reasons of the role of a function that reads the lake or lays files there."""
    return {rule: LAKE_FOLDERS[rule] for rule in map(_lake_rule, sorted(_on_lake(function)))}


def acknowledge(construct: IConstruct, reasons: Reasons) -> None:
    """Record on the construct why these rules do not apply to it."""
    rules = [Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    Validations.of(construct).acknowledge(*rules)
