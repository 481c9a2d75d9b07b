"""What the roles of a stage grant, read from its synthesized templates.

A grant is an action and what it is allowed on, both as text: `dynamodb:Query PspEvent/index/due`,
`s3:ListBucket Documents?seals/*` (only what begins so), `kms:Decrypt DataKey via s3` (only when S3
asks for it). Resources have their construct ids, and those of which a stage has several for one
purpose have one name: the
queues of postings (`QueuesPostings`), the PSPs' secrets (`PspSecret`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Grants = Mapping[str, frozenset[str]]
"""By function."""
Resource = dict[str, Any]
_HASH = re.compile(r"[0-9A-F]{8}(?=[/?]|$)")
# What has no construct id of its own in an ARN, by how the ARN ends.
_NAMED = (
    (re.compile(r"^arn:.*:stateMachine:countinghouse-[a-z]+-(.+)$"), r"machine/\1"),
    (re.compile(r"^arn:.*:workgroup/.+$"), "Workgroup"),
    (re.compile(r"^arn:.*:catalog$"), "catalog"),
    (re.compile(r"^arn:.*:database/countinghouse_[a-z]+$"), "database"),
    (re.compile(r"^arn:.*:database/default$"), "database/default"),
    (re.compile(r"^arn:.*:table/countinghouse_[a-z]+/([a-z_]+)$"), r"table/\1"),
)
_FAMILIES = (
    (re.compile(r"^QueuesPostings\d+$"), "QueuesPostings"),
    (re.compile(r"^PspSecret[A-Za-z]*$"), "PspSecret"),
)


def name_of(target: str) -> str:
    """Return a resource's name here, from its logical id or its ARN.

    >>> name_of("PspEvent68C72B48/index/due"), name_of("QueuesPostings31AB2C3D4")
    ('PspEvent/index/due', 'QueuesPostings')
    """
    for form, name in _NAMED:
        target = form.sub(name, target)
    target = _HASH.sub("", target)
    for form, name in _FAMILIES:
        target = form.sub(name, target)
    return target


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a stage's stacks."""

    stacks: Sequence[Mapping[str, Any]]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Return the properties of the resources of a type, by logical id."""
        resources = [pair for one in self.stacks for pair in one["Resources"].items()]
        return {name: one.get("Properties", {}) for name, one in resources if one["Type"] == kind}

    def functions(self) -> dict[str, Resource]:
        """Return the functions' properties by the name of their folder."""
        found: dict[str, Resource] = {}
        for one in self.of_type("AWS::Lambda::Function").values():
            named = one.get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME")
            if named:
                found[named] = one
        return found

    def granted(self) -> dict[str, frozenset[str]]:
        """Return every function's grants: each action with each resource it is allowed on."""
        roles = self.of_type("AWS::IAM::Role")
        return {
            function: frozenset(self._grants(roles[self.target(found["Role"])]))
            for function, found in self.functions().items()
        }

    def _grants(self, role: Resource) -> Iterator[str]:
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                narrowed = _narrowed(statement)
                for action in as_list(statement["Action"]):
                    for resource in as_list(statement["Resource"]):
                        named = name_of(self.target(resource))
                        yield from (f"{action} {named}{only}" for only in narrowed)

    def target(self, value: object) -> str:
        """Return the logical id a Ref, GetAtt or import stands for; text stays as it is."""
        match value:
            case {"Ref": str(name)}:
                return name
            # A stream is named by its table, and called a stream where it matters.
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"{name}/stream" if attribute == "StreamArn" else name
            case {"Fn::ImportValue": str(export)}:
                return self.target(self._exports()[export])
            case {"Fn::Join": [str(glue), [*parts]]}:
                return glue.join(self.target(part) for part in parts)
            case str(text):
                return text
        raise ValueError(f"not a reference: {value}")

    def _exports(self) -> dict[str, Any]:
        outputs = [one for stack in self.stacks for one in stack.get("Outputs", {}).values()]
        return {one["Export"]["Name"]: one["Value"] for one in outputs if "Export" in one}


def read_templates(folder: Path) -> Templates:
    """Return what CDK wrote into that folder."""
    paths = sorted(folder.glob("*.template.json"))
    return Templates([json.loads(path.read_text(encoding="utf-8")) for path in paths])


def as_list(value: Any) -> list[Any]:
    """Return the value as IAM means it: one, or several."""
    return value if isinstance(value, list) else [value]


def _narrowed(statement: Mapping[str, Any]) -> list[str]:
    """Return what conditions leave: `?folder/*` of a listing, ` via s3` of a key; else a nothing.

    Raises ValueError for a condition that is unknown here, and so would be passed over.
    """
    match statement.get("Condition"):
        case None:
            return [""]
        case {"StringLike": {"s3:prefix": prefixes}}:
            return [f"?{prefix}" for prefix in as_list(prefixes)]
        case {"StringEquals": {"kms:ViaService": services}}:
            return [
                f" via {str(service).partition('.')[0]}"
                for service in map(_text, as_list(services))
            ]
        case other:
            raise ValueError(f"a condition nobody reads: {other}")


def _text(value: Any) -> str:
    """Return a text that may be put together from parts; the parts say nothing here."""
    return value if isinstance(value, str) else str(value["Fn::Join"][1][0])
