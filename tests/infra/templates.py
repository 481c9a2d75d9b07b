"""Reads synthesized templates: resources by type, and references back to what they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Synthesized:
    """The three templates of a stage, and the policy report when one was asked for."""

    data: Mapping[str, Any]
    lake: Mapping[str, Any]
    service: Mapping[str, Any]
    report: Mapping[str, Any]
    # What is written down about each construct, by its path.
    metadata: Mapping[str, list[dict[str, Any]]]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Return the resources of a type, in all stacks, by logical id."""
        stacks = (self.data, self.lake, self.service)
        resources = [pair for stack in stacks for pair in stack["Resources"].items()]
        return {name: one for name, one in resources if one["Type"] == kind}

    def functions(self) -> dict[str, Resource]:
        """Return the functions by their service name."""
        found = self.of_type("AWS::Lambda::Function").values()
        named = {_environment(one).get("POWERTOOLS_SERVICE_NAME"): one for one in found}
        return {str(name): one for name, one in named.items() if name}

    def role_of(self, function: str) -> str:
        """Return the logical id of the function's role."""
        return self.target(self.functions()[function]["Properties"]["Role"])

    def statements(self, function: str) -> list[dict[str, Any]]:
        """Return every policy statement of the function's role."""
        role = self.of_type("AWS::IAM::Role")[self.role_of(function)]["Properties"]
        return [
            statement
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def allowed(self, function: str) -> Iterator[tuple[str, str]]:
        """Yield (action, what it is allowed on), tables and queues by construct id."""
        for statement in self.statements(function):
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, plain(self.target(resource))

    def dashboards(self) -> dict[str, dict[str, Any]]:
        """Return the dashboards' bodies by the end of their names, references as logical ids."""
        found = (one["Properties"] for one in self.of_type("AWS::CloudWatch::Dashboard").values())
        return {
            one["DashboardName"].rpartition("-")[2]: json.loads(self.target(one["DashboardBody"]))
            for one in found
        }

    def environment(self, function: str) -> dict[str, Any]:
        """Return the function's environment."""
        return _environment(self.functions()[function])

    def target(self, value: object) -> str:
        """Return the logical id a Ref, GetAtt or import stands for; text stays as it is."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return name
            case {"Fn::ImportValue": str(export)}:
                return self.target(self._exports()[export])
            case {"Fn::Join": [str(glue), [*parts]]}:
                return glue.join(self.target(part) for part in parts)
            case str(text):
                return text
        raise ValueError(f"not a reference: {value}")

    def _exports(self) -> dict[str, Any]:
        outputs = [*self.data["Outputs"].values(), *self.lake["Outputs"].values()]
        return {one["Export"]["Name"]: one["Value"] for one in outputs if "Export" in one}


def as_list(value: Any) -> list[Any]:
    """Return the value as IAM means it: one, or several."""
    return value if isinstance(value, list) else [value]


def plain(logical_id: str) -> str:
    """Return a logical id without CDK's hash: the construct id it was made of.

    >>> plain("LedgerB7379752"), plain("PspEvent68C72B48/index/due")
    ('Ledger', 'PspEvent/index/due')
    """
    return re.sub(r"[0-9A-F]{8}(?=/|$)", "", logical_id)


def naming_table(heading: str) -> list[dict[str, str]]:
    """Return the rows of one table of docs/naming.md, by column."""
    text = (ROOT / "docs" / "naming.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    header, _, *rows = cells
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_assembly(folder: Path) -> Synthesized:
    """Return what CDK wrote into that folder."""
    report = folder / "validation-report.json"
    return Synthesized(
        data=json.loads((folder / "Data.template.json").read_text(encoding="utf-8")),
        lake=json.loads((folder / "Lake.template.json").read_text(encoding="utf-8")),
        service=json.loads((folder / "Service.template.json").read_text(encoding="utf-8")),
        report=json.loads(report.read_text(encoding="utf-8")) if report.exists() else {},
        metadata={
            path: entries
            for one in sorted(folder.glob("*.metadata.json"))
            for path, entries in json.loads(one.read_text(encoding="utf-8")).items()
        },
    )


def _environment(function: Resource) -> dict[str, Any]:
    found: dict[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return found
