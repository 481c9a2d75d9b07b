"""The lake: tables as the code writes them, filed by day, kept closed, nothing lost unnoticed."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

import pytest

from countinghouse.domain.posting import plan_posting
from countinghouse.domain.psp import FactKind
from countinghouse.domain.settlement import BankLine, SettlementLine
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.lake_rows import LakeTable, rows_of
from countinghouse.routing import Change, JournalPosted, OrderChanged, PspEventChanged
from infra.config import stage
from infra.constructs.delivery_stream import DAYS_BUFFER_S
from infra.lake_tables import STREAM_ENV, TABLES
from tests.builders import a_journal, an_event, an_order
from tests.infra.templates import ROOT, Synthesized, as_list, plain

# A changed id is a new, empty lake.
PINNED = "Lake5F1B88EA"
S1 = WalletAddress("seller:s1", "EUR")
FED = sorted(STREAM_ENV)


def _tables(any_stage: Synthesized) -> dict[str, dict[str, Any]]:
    found = any_stage.of_type("AWS::Glue::Table").values()
    return {
        one["Properties"]["TableInput"]["Name"]: one["Properties"]["TableInput"] for one in found
    }


def _columns(table: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}


def _streams(any_stage: Synthesized) -> dict[str, dict[str, Any]]:
    """Each delivery stream's destination, by its table."""
    found = any_stage.of_type("AWS::KinesisFirehose::DeliveryStream").values()
    destinations = [one["Properties"]["ExtendedS3DestinationConfiguration"] for one in found]
    return {
        one["DataFormatConversionConfiguration"]["SchemaConfiguration"]["TableName"]: one
        for one in destinations
    }


def _bucket(any_stage: Synthesized) -> dict[str, Any]:
    return any_stage.of_type("AWS::S3::Bucket")[PINNED]


def _text(any_stage: Synthesized, value: object) -> str:
    return any_stage.target(value)


def _promised(table: str) -> list[str]:
    """The columns that docs/reconciliation.md names for a table fed by streams."""
    text = (ROOT / "docs" / "reconciliation.md").read_text(encoding="utf-8")
    section = text.split(f"### {table}\n", 1)[1]
    return re.findall(r"[a-z_]+", section.split("`", 2)[1])


def _written() -> dict[str, dict[str, object]]:
    """One row of each table as the code writes it."""
    linked = plan_posting([a_journal()], {S1: Wallet(S1)}).posting.journals[0]
    changes: list[Change] = [
        JournalPosted(linked.journal, linked.links),
        OrderChanged(None, an_order()),
        PspEventChanged(None, an_event(an_order(), FactKind.CAPTURED)),
    ]
    return {str(row.table): dict(row.columns) for change in changes for row in rows_of(change)}


@pytest.mark.parametrize("table", FED)
def test_columns_are_those_the_code_writes_and_the_page_promises(
    any_stage: Synthesized, table: str
) -> None:
    columns = _columns(_tables(any_stage)[table])

    assert list(columns) == list(_written()[table]) == _promised(table)
    for name, value in _written()[table].items():
        if value is not None:
            assert isinstance(value, int) == (columns[name] in {"int", "bigint"}), name


@pytest.mark.parametrize(
    ("table", "line", "folders"),
    [
        ("settlement_lines", SettlementLine, {"psp": "psp", "settlement_day": "day"}),
        ("bank_lines", BankLine, {"account": "account", "value_day": "day"}),
    ],
)
def test_lines_have_the_columns_of_their_class_without_what_the_folder_says(
    any_stage: Synthesized,
    table: str,
    line: type[SettlementLine | BankLine],
    folders: dict[str, str],
) -> None:
    found = _tables(any_stage)[table]
    own = {one.name: one.type for one in fields(line) if one.name not in folders}

    assert list(_columns(found)) == list(own)
    assert [key["Name"] for key in found["PartitionKeys"]] == list(folders.values())
    for name, kind in _columns(found).items():
        assert (own[name] in {"int", "Instant"}) == (kind in {"int", "bigint"}), name


def test_the_tables_are_those_of_the_page_and_the_code(any_stage: Synthesized) -> None:
    assert set(_tables(any_stage)) == set(TABLES)
    assert set(STREAM_ENV) == {str(table) for table in LakeTable} == set(_streams(any_stage))


def test_text_tables_are_tabs_with_one_line_of_names(any_stage: Synthesized) -> None:
    for name in ("settlement_lines", "bank_lines"):
        table = _tables(any_stage)[name]
        serde = table["StorageDescriptor"]["SerdeInfo"]
        assert serde["SerializationLibrary"].endswith("LazySimpleSerDe")
        assert serde["Parameters"]["field.delim"] == "\t"
        assert table["Parameters"]["skip.header.line.count"] == "1"


def test_every_partition_is_projected_and_lies_where_the_files_do(any_stage: Synthesized) -> None:
    for name, table in _tables(any_stage).items():
        parameters, keys = table["Parameters"], [key["Name"] for key in table["PartitionKeys"]]
        location = _text(any_stage, table["StorageDescriptor"]["Location"])
        template = _text(any_stage, parameters["storage.location.template"])
        folders = "/".join(f"{key}=${{{key}}}" for key in keys)
        assert keys[-1] == "day"
        assert location == f"s3://{PINNED}/{name}/"
        assert template == f"{location}{folders}/"
        assert parameters["projection.enabled"] == "true"
        assert parameters["projection.day.format"] == "yyyy-MM-dd"
        # An unlisted PSP would be hidden; an unnamed one is refused.
        others = {parameters[f"projection.{key}.type"] for key in keys[:-1]}
        assert others <= {"injected"}


@pytest.mark.parametrize("table", FED)
def test_rows_are_filed_by_their_own_day_as_parquet(any_stage: Synthesized, table: str) -> None:
    destination = _streams(any_stage)[table]
    conversion = destination["DataFormatConversionConfiguration"]
    location = _text(any_stage, _tables(any_stage)[table]["StorageDescriptor"]["Location"])

    assert _text(any_stage, destination["BucketARN"]) == PINNED
    assert destination["Prefix"] == f"{table}/day=!{{partitionKeyFromLambda:day}}/"
    assert location.endswith(f"/{table}/")
    assert destination["DynamicPartitioningConfiguration"]["Enabled"] is True
    # Athena bills what it reads, packed: ids of random letters are a third less with gzip.
    serializer = conversion["OutputFormatConfiguration"]["Serializer"]
    assert serializer == {"ParquetSerDe": {"Compression": "GZIP"}}
    assert conversion["SchemaConfiguration"]["DatabaseName"].startswith("countinghouse_")
    assert "timestamp" not in destination["Prefix"], "that would be the day it came"


@pytest.mark.parametrize("table", FED)
def test_a_record_that_fails_is_kept_apart_from_the_tables(
    any_stage: Synthesized, table: str
) -> None:
    prefix = _streams(any_stage)[table]["ErrorOutputPrefix"]

    assert prefix.startswith(f"errors/{table}/")
    assert "!{firehose:error-output-type}" in prefix


@pytest.mark.parametrize("table", FED)
def test_buffers_are_what_aws_allows(any_stage: Synthesized, table: str) -> None:
    destination = _streams(any_stage)[table]
    hints = destination["BufferingHints"]
    (processor,) = destination["ProcessingConfiguration"]["Processors"]
    given = {p["ParameterName"]: p["ParameterValue"] for p in processor["Parameters"]}

    assert 64 <= hints["SizeInMBs"] <= 128, "at least 64 where the format is converted"
    assert 60 <= hints["IntervalInSeconds"] <= 900, "at least 60 where records are partitioned"
    assert 0.2 <= float(given["BufferSizeInMBs"]) <= 3
    assert 0 <= int(given["BufferIntervalInSeconds"]) <= 900
    assert plain(_text(any_stage, given["LambdaArn"])).endswith("LakeDaysFunctionArn") or (
        plain(_text(any_stage, given["LambdaArn"])) == "LakeDaysFunction"
    )


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_what_was_committed_can_be_queried_within_five_minutes(name: str) -> None:
    lake = stage(name).lake

    assert lake.window_s + DAYS_BUFFER_S + lake.buffer_s <= 300


def _role_of(any_stage: Synthesized, table: str) -> dict[str, Any]:
    role = any_stage.target(_streams(any_stage)[table]["RoleARN"])
    found: dict[str, Any] = any_stage.of_type("AWS::IAM::Role")[role]["Properties"]
    return found


@pytest.mark.parametrize("table", FED)
def test_a_stream_may_only_write_its_own_folders_and_read_its_own_table(
    prod: Synthesized, table: str
) -> None:
    statements = [
        statement
        for policy in _role_of(prod, table)["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    allowed = {
        (action, re.sub(r"^.*?(?=/)|^.*:(?=catalog)", "", _text(prod, resource)))
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if action.startswith(("s3:Put", "s3:Get", "glue:")) and action != "s3:GetBucketLocation"
    }

    folders = {f"/{table}/*", f"/errors/{table}/*"}
    assert {path for action, path in allowed if action == "s3:PutObject"} == folders
    assert {path for action, path in allowed if action == "glue:GetTable"} == {
        "catalog",
        "/countinghouse_prod",
        f"/countinghouse_prod/{table}",
    }
    assert not [
        action
        for statement in statements
        for action in as_list(statement["Action"])
        if "*" in action or "Delete" in action
    ]


def test_each_stream_has_a_role_of_its_own(any_stage: Synthesized) -> None:
    roles = {any_stage.target(one["RoleARN"]) for one in _streams(any_stage).values()}

    assert len(roles) == len(FED)


def test_only_the_lake_puts_rows_and_only_on_these_streams(any_stage: Synthesized) -> None:
    put = {
        (function, plain(target))
        for function in any_stage.functions()
        for action, target in any_stage.allowed(function)
        if action.startswith("firehose:")
    }

    assert put == {("lake", f"{name}Stream") for name in ("Postings", "Orders", "PspEvents")}
    named = {
        variable: plain(any_stage.target(any_stage.environment("lake")[variable]))
        for variable in STREAM_ENV.values()
    }
    assert named == {
        "STREAM_POSTINGS": "PostingsStream",
        "STREAM_ORDERS": "OrdersStream",
        "STREAM_PSP_EVENTS": "PspEventsStream",
    }


def test_the_function_that_tells_days_may_do_nothing(any_stage: Synthesized) -> None:
    actions = {action for action, _ in any_stage.allowed("lake_days")}

    assert {action for action in actions if not action.startswith(("logs:", "xray:"))} == set()


def test_production_keeps_it_under_its_own_key_and_refuses_plain_http(prod: Synthesized) -> None:
    bucket = _bucket(prod)
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policies = prod.of_type("AWS::S3::BucketPolicy").values()
    (policy,) = [one for one in policies if prod.target(one["Properties"]["Bucket"]) == PINNED]
    streams = prod.of_type("AWS::KinesisFirehose::DeliveryStream").values()

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert "aws:SecureTransport" in str(policy["Properties"]["PolicyDocument"])
    for stream in streams:
        sealed = stream["Properties"]["DeliveryStreamEncryptionConfigurationInput"]
        assert sealed["KeyType"] == "CUSTOMER_MANAGED_CMK"
        assert plain(prod.target(sealed["KeyARN"])) == "DataKey"


def test_only_what_can_be_made_again_ends(any_stage: Synthesized) -> None:
    rules = _bucket(any_stage)["Properties"]["LifecycleConfiguration"]["Rules"]

    ending = {rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule}
    assert ending == {"athena-results/"}


def test_a_laptops_lake_goes_with_its_stack(local: Synthesized) -> None:
    assert _bucket(local)["DeletionPolicy"] == "Delete"


def test_queries_answer_in_one_place_and_end_when_they_read_too_much(
    any_stage: Synthesized,
) -> None:
    (group,) = any_stage.of_type("AWS::Athena::WorkGroup").values()
    settings = group["Properties"]["WorkGroupConfiguration"]
    location = _text(any_stage, settings["ResultConfiguration"]["OutputLocation"])

    assert settings["EnforceWorkGroupConfiguration"] is True
    assert location == f"s3://{PINNED}/athena-results/"
    assert 10**9 < settings["BytesScannedCutoffPerQuery"] <= 1_024**4
    assert "EncryptionConfiguration" in settings["ResultConfiguration"]


def test_firehoses_age_and_failures_are_watched_for_every_stream(prod: Synthesized) -> None:
    alarms = [one["Properties"] for one in prod.of_type("AWS::CloudWatch::Alarm").values()]
    watched = {
        (alarm["MetricName"], dimension["Value"])
        for alarm in alarms
        for dimension in alarm.get("Dimensions", ())
        if alarm["Namespace"] == "AWS/Firehose"
    }
    metrics = ("DeliveryToS3.DataFreshness", "FailedConversion.Records", "PartitionCountExceeded")

    assert watched == {
        (metric, f"countinghouse-prod-{table.replace('_', '-')}")
        for metric in metrics
        for table in FED
    }


def test_outputs_are_those_of_the_naming_page(any_stage: Synthesized) -> None:
    outputs = any_stage.lake["Outputs"]
    named = {name for name, one in outputs.items() if "Export" not in one}

    assert named == {"LakeBucket", "GlueDatabase", "AthenaWorkgroup"}
    assert re.fullmatch(r"countinghouse_(local|prod)", outputs["GlueDatabase"]["Value"])
    assert any_stage.target(outputs["LakeBucket"]["Value"]) == PINNED


def test_no_columns_name_is_more_than_a_word_to_sql() -> None:
    names = [name for table in TABLES.values() for name in (*table.columns, *table.folders)]

    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    assert json.dumps(names).islower()
