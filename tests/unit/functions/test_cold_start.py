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
        ("payments", {"countinghouse.usecases.trace_payment", "countinghouse_aws.dynamodb.ledger"}),
        ("billing", {"reportlab", "PIL", "countinghouse.usecases.bill_seller"}),
        ("billing_steps", {"reportlab", "PIL"}),
        ("orders", {"countinghouse_aws.dynamodb.ledger", "countinghouse_aws.psp.sandbox"}),
    ],
)
def test_a_function_starts_without_what_it_does_not_need(function: str, needless: set[str]) -> None:
    assert loaded(function) & needless == set()
