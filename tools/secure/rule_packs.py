"""cdk-nag's rule packs: which are run, what their report says, and what their rules read at all."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aws_cdk import App

PACKS: Final = ("AwsSolutions", "Serverless", "PCI.DSS.321", "NIST.800.53.R5")
_SOURCES: Final[Mapping[str, str]] = {
    "AwsSolutions": "aws-solutions",
    "Serverless": "serverless",
    "PCI.DSS.321": "pci-dss-321",
    "NIST.800.53.R5": "nist-800-53-r5",
}


def add_packs(app: App) -> None:
    """Have the packs look at all of the app when it is synthesized."""
    # These start a Node process.
    from aws_cdk import Validations
    from cdk_nag import (
        AwsSolutionsChecks,
        NIST80053R5Checks,
        PCIDSS321Checks,
        ServerlessChecks,
    )

    packs = (AwsSolutionsChecks, ServerlessChecks, PCIDSS321Checks, NIST80053R5Checks)
    Validations.of(app).add_plugins(*(pack(app) for pack in packs))


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a construct does not follow; with a reason, where one was given and as what."""

    pack: str
    rule: str
    found_at: str
    reason: str = ""
    given_at: str = ""
    given_as: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the packs found."""

    packs: tuple[str, ...]
    unexplained: tuple[Finding, ...]
    acknowledged: tuple[Finding, ...]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Report:
        """Read a report as CDK writes it."""
        plugins = report["pluginReports"]
        return cls(
            packs=tuple(plugin["pluginName"] for plugin in plugins),
            unexplained=tuple(_findings(plugins, "violations")),
            acknowledged=tuple(_findings(plugins, "suppressedViolations")),
        )


def read_report(folder: Path) -> Report:
    """Return the report of what was synthesized into that folder."""
    text = (folder / "validation-report.json").read_text(encoding="utf-8")
    return Report.of(json.loads(text))


def _findings(plugins: list[dict[str, Any]], kind: str) -> Iterator[Finding]:
    for plugin in plugins:
        for one in plugin.get(kind, ()):
            for construct in one["violatingConstructs"]:
                yield Finding(
                    plugin["pluginName"],
                    one["ruleName"],
                    construct["constructPath"],
                    one.get("reason", ""),
                    one.get("acknowledgedAt", ""),
                    one.get("acknowledgedId", ""),
                )


def given(metadata: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return every acknowledgement of the constructs, as (path, rule)."""
    return {
        (path.removeprefix("/"), rule.removeprefix("Annotation::"))
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule in entry["data"]
    }


@dataclass(frozen=True, slots=True)
class Reads:
    """How many rules a pack has, and which types of resource they name."""

    rules: int
    types: frozenset[str]

    def reads(self, kind: str) -> bool:
        """Whether a rule names that type, as CloudFormation spells it.

        >>> Reads(1, frozenset({"aws_s3.CfnBucket"})).reads("AWS::S3::Bucket")
        True
        """
        _, service, name = kind.split("::")
        return f"aws_{service.lower()}.Cfn{name}" in self.types


def what_they_read() -> dict[str, Reads]:
    """Return for each pack what its rules read, from the sources inside of its wheel.

    A rule passes by what it does not name, and the report does not say so: a type that no rule
    names has no findings because nobody looked.
    """
    packed = next(one for one in files("cdk_nag._jsii").iterdir() if one.name.endswith(".tgz"))
    with as_file(packed) as path, tarfile.open(path) as sources:
        texts = {
            member.name: sources.extractfile(member).read().decode()  # type: ignore[union-attr]
            for member in sources
            if member.name.startswith("package/lib/") and member.name.endswith(".js")
        }
    found = {}
    for pack, source in _SOURCES.items():
        text = texts[f"package/lib/packs/{source}.js"]
        rules = set(re.findall(r"rule: (\w+)_1\.(\w+),", text))
        types = {
            f"{module}.{name}"
            for group, rule in rules
            for module, name in re.findall(
                r"(aws_\w+)_1\.(Cfn\w+)", texts[f"package/lib/rules/{group}/{rule}.js"]
            )
        }
        found[pack] = Reads(len(rules), frozenset(types))
    return found
