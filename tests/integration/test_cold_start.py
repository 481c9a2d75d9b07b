"""What a function must not load as it starts: what it does not need, every cold start would pay."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tools.bench.surroundings import variables
from tools.local.places import ROOT
from tools.source_path import LAYERS

IMPORTED = """\
import functions.{function}.handler, json, sys
print(json.dumps([*sys.modules]))"""


def loaded(function: str) -> set[str]:
    """Every module that importing the function's handler brings in."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.format(function=function)],
        env=variables("http://localhost", [*LAYERS, ROOT]),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("function", "needless"),
    [
        ("health", {"boto3", "pydantic"}),  # touches nothing, reads nothing
        ("webhooks", {"pydantic"}),  # a PSP's words are read by its adapter
        (
            "payments",
            {
                "countinghouse.domain.emvco",
                "countinghouse.usecases.trace_payment",
                "countinghouse_aws.dynamodb.ledger",
                "segno",
            },
        ),
        ("order_execution", {"countinghouse.domain.emvco"}),  # most orders have no code to check
        ("billing", {"reportlab", "PIL", "countinghouse.usecases.bill_seller"}),
        ("billing_steps", {"reportlab", "PIL"}),
        ("analytics", {"countinghouse_aws.dynamodb.table", "countinghouse_aws.lakehouse.athena"}),
        ("payouts", {"countinghouse.domain.seal", "countinghouse_aws.dynamodb.findings"}),
        (
            "reconciliation",
            {
                "countinghouse.run_carrier",
                "countinghouse.usecases.judge_differences",
                "countinghouse_aws.lakehouse",
                "countinghouse_aws.rendering",
                "countinghouse_aws.settlement",
            },
        ),
        ("settlement_files", {"countinghouse.run_carrier", "countinghouse_aws.lakehouse"}),
        ("reconciliation_steps", {"countinghouse_aws.settlement", "reportlab", "PIL"}),
        ("orders", {"countinghouse_aws.dynamodb.ledger", "countinghouse_aws.psp.sandbox"}),
    ],
)
def test_a_function_starts_without_what_it_does_not_need(function: str, needless: set[str]) -> None:
    assert loaded(function) & needless == set()
