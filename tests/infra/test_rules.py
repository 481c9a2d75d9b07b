"""cdk-nag on production: no finding without a reason, and the rules are proved to be awake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from infra.constructs import acknowledged
from tests.infra.templates import Synthesized


def _findings(report: dict[str, Any]) -> dict[str, list[str]]:
    return {
        violation["ruleName"]: [one["constructPath"] for one in violation["violatingConstructs"]]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
    }


def test_production_has_no_finding_without_a_reason(prod: Synthesized) -> None:
    assert [plugin["pluginName"] for plugin in prod.report["pluginReports"]] == [
        "AwsSolutions",
        "Serverless",
    ]
    assert _findings(dict(prod.report)) == {}


def test_every_reason_given_is_still_needed(prod: Synthesized) -> None:
    suppressed = {
        f"{plugin['pluginName']}::{violation['ruleName']}"
        for plugin in prod.report["pluginReports"]
        for violation in plugin["suppressedViolations"]
    }
    tables = [value for name, value in vars(acknowledged).items() if name.isupper()]
    given = {rule for table in tables if isinstance(table, dict) for rule in table}

    assert suppressed == given


def test_the_rules_see_a_planted_wildcard(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), analytics_reporting=False)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    role = iam.Role(Stack(app, "Planted"), "Role", assumed_by=iam.AccountRootPrincipal())
    role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:*"], resources=["*"]))

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()

    report = json.loads((tmp_path / "validation-report.json").read_text(encoding="utf-8"))
    assert "AwsSolutions-IAM5[Action::dynamodb:*]" in _findings(report)
