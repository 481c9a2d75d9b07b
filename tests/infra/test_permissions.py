"""One role per function, named actions on named resources, and a ledger nobody can rewrite."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from infra.grants import GRANTS
from tests.infra.templates import Synthesized, as_list, naming_table

FUNCTIONS = sorted(GRANTS)
# Actions IAM knows no resource for.
UNNAMEABLE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "dynamodb:ListStreams",
}
READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"} | {
    "dynamodb:ConditionCheckItem"
}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


def _promised(function: str) -> tuple[set[str], set[str], set[str]]:
    """Return the tables docs/naming.md lets the function read, write and scan."""
    (row,) = [r for r in naming_table("Functions") if r["function"] == f"`{function}`"]
    column = next(text for head, text in row.items() if head.startswith("tables"))
    read, written, scanned = set[str](), set[str](), set[str]()
    for part in filter(None, (piece.strip() for piece in column.split(";"))):
        found = re.match(r"([A-Za-z, ]+?) (rw|r|w)\b", part)
        if found is None:
            continue
        tables = {name.strip() for name in found[1].split(",")}
        read |= tables if "r" in found[2] else set()
        written |= tables if "w" in found[2] else set()
        scanned |= tables if "(scan)" in part else set()
    return read, written, scanned


def _on_tables(stage: Synthesized, function: str, actions: set[str]) -> set[str]:
    tables = stage.of_type("AWS::DynamoDB::GlobalTable")
    names = {re.sub(r"[0-9A-F]{8}$", "", logical) for logical in tables}
    return {target for action, target in stage.allowed(function) if action in actions} & names


def test_every_function_is_in_the_catalogue_and_has_a_role_of_its_own(
    any_stage: Synthesized,
) -> None:
    roles = Counter(any_stage.role_of(name) for name in any_stage.functions())

    assert sorted(any_stage.functions()) == FUNCTIONS
    assert set(roles.values()) == {1}


def test_functions_are_those_of_the_naming_page() -> None:
    assert sorted(r["function"].strip("`") for r in naming_table("Functions")) == FUNCTIONS


def test_no_policy_grows_outside_the_roles(any_stage: Synthesized) -> None:
    assert not any_stage.of_type("AWS::IAM::Policy")
    assert not any_stage.of_type("AWS::IAM::ManagedPolicy")
    for role in any_stage.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_wildcards(any_stage: Synthesized, function: str) -> None:
    for statement in any_stage.statements(function):
        actions = as_list(statement["Action"])
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions if "*" in action]
        if "*" in as_list(statement["Resource"]):
            assert set(actions) <= UNNAMEABLE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_tables_are_those_of_the_naming_page(any_stage: Synthesized, function: str) -> None:
    read, written, scanned = _promised(function)

    assert _on_tables(any_stage, function, READS) == read
    assert _on_tables(any_stage, function, WRITES) == written
    assert _on_tables(any_stage, function, {"dynamodb:Scan"}) == scanned


@pytest.mark.parametrize("function", FUNCTIONS)
def test_ledger_is_append_only(any_stage: Synthesized, function: str) -> None:
    on_ledger = {
        action for action, target in any_stage.allowed(function) if target.split("/")[0] == "Ledger"
    }

    assert on_ledger <= {
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:ConditionCheckItem",
        "dynamodb:Scan",
        # The relay reads the stream, which holds copies.
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_deletes_rows(any_stage: Synthesized, function: str) -> None:
    actions = {action for action, _ in any_stage.allowed(function)}

    assert not {action for action in actions if "Delete" in action} - {"sqs:DeleteMessage"}


def test_only_who_calls_a_psp_reads_its_secret(any_stage: Synthesized) -> None:
    readers = {
        name
        for name in FUNCTIONS
        for action, _ in any_stage.allowed(name)
        if action == "secretsmanager:GetSecretValue"
    }
    promised = {
        row["function"].strip("`") for row in naming_table("Functions") if "PSP env" in row["other"]
    }

    assert readers == promised


def test_senders_and_consumers_are_those_promised(prod: Synthesized) -> None:
    senders = {
        name
        for name in FUNCTIONS
        for action, target in prod.allowed(name)
        if action == "sqs:SendMessage" and target != "QueuesSchedulesDlq"
    }
    consumers = {
        target: name
        for name in FUNCTIONS
        for action, target in prod.allowed(name)
        if action == "sqs:ReceiveMessage"
    }

    assert senders == {"relay", "repair", "lake", "reconciliation_steps"}
    assert consumers == {
        "QueuesOrders": "order_execution",
        "QueuesProgress": "payment_progress",
        "QueuesPspEvents": "psp_events",
        "QueuesAftercare": "order_aftercare",
        "QueuesPayouts": "payout_events",
        **{f"QueuesPostings{number}": "posting" for number in range(4)},
    }


def test_a_reader_cannot_encrypt(prod: Synthesized) -> None:
    for name in FUNCTIONS:
        actions = {action for action, _ in prod.allowed(name)}
        if "kms:Encrypt" in actions:
            assert actions & WRITES
        if actions & (READS | WRITES):
            assert "kms:Decrypt" in actions


def test_nobody_updates_or_deletes_a_journal(any_stage: Synthesized) -> None:
    changers = {
        (name, action)
        for name in FUNCTIONS
        for action, target in any_stage.allowed(name)
        if target.split("/")[0] == "Ledger" and action in WRITES - {"dynamodb:PutItem"}
    }

    assert not changers


def test_the_public_door_reads_no_books(any_stage: Synthesized) -> None:
    tables = {
        target for action, target in any_stage.allowed("webhooks") if action.startswith("dynamodb:")
    }

    assert tables == {"PspEvent"}


def test_who_reads_strangers_files_writes_no_books(any_stage: Synthesized) -> None:
    assert not _on_tables(any_stage, "settlement_files", WRITES) & {"Ledger", "Wallet"}


def test_the_key_is_used_only_through_the_service_that_holds_the_data(prod: Synthesized) -> None:
    conditions = [
        statement.get("Condition", {})
        for name in FUNCTIONS
        for statement in prod.statements(name)
        if any(action.startswith("kms:") for action in as_list(statement["Action"]))
    ]

    assert conditions
    for condition in conditions:
        assert list(condition) == ["StringEquals"]
        service = condition["StringEquals"]["kms:ViaService"]
        assert re.fullmatch(r"(dynamodb|s3|secretsmanager)\.eu-west-1\.amazonaws\.com", service)


def test_only_writers_of_tables_may_have_rows_encrypted(prod: Synthesized) -> None:
    for name in FUNCTIONS:
        actions = {action for action, _ in prod.allowed(name)}
        assert ("kms:Encrypt" in actions) == bool(actions & WRITES)
