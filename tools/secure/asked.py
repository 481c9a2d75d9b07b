"""What the emulator asked of the roles while the system ran: the lines of tools/local/enforcement.

ARNs are told apart by CloudFormation's own list of what it made, physical name to logical id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.secure.granted import name_of

_CALLER = "countinghouse-local-"


@dataclass(frozen=True, slots=True)
class Asked:
    """By function: what it did, what it was refused, the lake's tables its queries read."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    queried: dict[str, set[str]] = field(default_factory=dict)


def read_asked(lines: Iterable[str], logical: Mapping[str, str]) -> Asked:
    """Return what the lines say; `logical` are the logical ids by physical name."""
    found = Asked()
    for line in lines:
        said = json.loads(line)
        name = said["caller"].removeprefix(_CALLER).replace("-", "_")
        grant = _grant(said, logical)
        (found.seen if said["allowed"] else found.refused).setdefault(name, set()).add(grant)
        if said["action"] == "athena:StartQueryExecution":
            found.queried.setdefault(name, set()).update(said["keys"])
    return found


def _grant(said: Mapping[str, Any], logical: Mapping[str, str]) -> str:
    prefix = f"?{said['keys'][0]}/*" if said["action"] == "s3:ListBucket" and said["keys"] else ""
    return f"{said['action']} {name_of(_logical(said['resource'], logical))}{prefix}"


def _logical(arn: str, logical: Mapping[str, str]) -> str:
    """Return the logical id the ARN's resource has, with what follows it; else the ARN.

    The longest physical name counts: a table's name may begin another's.
    """
    *_, named = arn.split(":", 5) if arn.startswith("arn:") else [arn]
    for kind in ("table/", "secret:", "event-bus/", "deliverystream/", ""):
        if kind and not named.startswith(kind):
            continue
        name = named.removeprefix(kind)
        first, _, rest = name.partition("/")
        known = first if first in logical else _of_secret(first, logical, kind)
        if known:
            return f"{logical[known]}/{rest}" if rest else logical[known]
    return arn


def _of_secret(name: str, logical: Mapping[str, str], kind: str) -> str:
    """A secret's ARN has six characters more than its name."""
    stem, _, _ = name.rpartition("-")
    return stem if kind == "secret:" and stem in logical else ""


def logical_ids(resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return logical ids by physical name, from the summaries that CloudFormation lists.

    A queue's physical id is its URL; a function's is its name, which no ARN here ends with.
    """
    kinds = {
        "AWS::DynamoDB::GlobalTable",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
        "AWS::SQS::Queue",
        "AWS::Events::EventBus",
        "AWS::KinesisFirehose::DeliveryStream",
    }
    return {
        one["PhysicalResourceId"].rpartition("/")[2].rpartition(":")[2]: one["LogicalResourceId"]
        for one in resources
        if one["ResourceType"] in kinds
    }
