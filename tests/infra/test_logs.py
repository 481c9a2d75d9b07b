"""Logs: every group under the customer's key where there is one, every bucket's calls written."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from infra.config import stage
from tests.infra.templates import Synthesized, plain

BUCKETS = {"AccessLogs", "Documents", "Lake"}


def _buckets(any_stage: Synthesized) -> dict[str, dict[str, Any]]:
    found = any_stage.of_type("AWS::S3::Bucket")
    return {plain(name): one["Properties"] for name, one in found.items()}


def _statement_for(statements: list[dict[str, Any]], service: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in statements
        if str(one["Principal"]).find(service) >= 0 and one["Effect"] == "Allow"
    ]
    return found


def _groups_under_key(prod: Synthesized) -> list[str]:
    """Return the log groups for which CloudWatch Logs may use the key, as patterns of names."""
    (key,) = prod.of_type("AWS::KMS::Key").values()
    statement = _statement_for(
        key["Properties"]["KeyPolicy"]["Statement"], "logs.eu-west-1.amazonaws.com"
    )
    allowed = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    return [prod.target(one).partition(":log-group:")[2] for one in allowed]


def test_every_log_group_of_production_is_under_its_own_key(prod: Synthesized) -> None:
    groups = prod.of_type("AWS::Logs::LogGroup")

    assert len(groups) >= len(prod.functions())
    for group in groups.values():
        assert plain(prod.target(group["Properties"]["KmsKeyId"])) == "DataKey"
        assert group["DeletionPolicy"] == "Retain"


def test_cloudwatch_may_use_the_key_for_each_group_and_for_no_stranger(prod: Synthesized) -> None:
    patterns = _groups_under_key(prod)
    names = [
        # CloudFormation names it after its stack.
        group["Properties"].get("LogGroupName", f"countinghouse-prod-service-{logical}-X1Y2")
        for logical, group in prod.of_type("AWS::Logs::LogGroup").items()
    ]

    for name in names:
        assert [one for one in patterns if fnmatchcase(name, one)], name
    for one in patterns:
        assert [name for name in names if fnmatchcase(name, one)], one
    for stranger in ("/aws/lambda/other", "/aws/lambda/countinghouse-dev-payments", "x"):
        assert not [one for one in patterns if fnmatchcase(stranger, one)]


def test_no_use_of_the_key_is_spelt_with_a_wildcard_but_the_accounts_own(prod: Synthesized) -> None:
    (key,) = prod.of_type("AWS::KMS::Key").values()
    account, *services = key["Properties"]["KeyPolicy"]["Statement"]

    assert str(account["Principal"]).endswith("':root']]}}")
    assert account["Action"] == "kms:*"
    assert {"logs.", "events.", "cloudwatch."} <= {
        str(one["Principal"].get("Service", "")).partition(".")[0] + "." for one in services
    }
    assert not [one for one in services for action in one["Action"] if "*" in action]


def test_a_laptop_has_no_key_and_no_bucket_of_access_logs(local: Synthesized) -> None:
    groups = local.of_type("AWS::Logs::LogGroup").values()

    assert not [group for group in groups if "KmsKeyId" in group["Properties"]]
    assert set(_buckets(local)) == BUCKETS - {"AccessLogs"}
    assert not [one for one in _buckets(local).values() if "LoggingConfiguration" in one]


def test_every_call_for_an_object_is_written_down_in_a_folder_of_its_bucket(
    prod: Synthesized,
) -> None:
    buckets = _buckets(prod)
    written = {
        name: (plain(prod.target(to["DestinationBucketName"])), to["LogFilePrefix"])
        for name, bucket in buckets.items()
        if (to := bucket.get("LoggingConfiguration"))
    }

    assert set(buckets) == BUCKETS
    assert written == {
        "Documents": ("AccessLogs", "documents/"),
        "Lake": ("AccessLogs", "lake/"),
    }


def test_only_s3_may_write_access_logs_and_only_of_the_stages_own_buckets(
    prod: Synthesized,
) -> None:
    (policy,) = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in prod.of_type("AWS::S3::BucketPolicy").values()
        if plain(prod.target(one["Properties"]["Bucket"])) == "AccessLogs"
    ]
    allowed = _statement_for(policy, "logging.s3.amazonaws.com")

    assert [one["Effect"] for one in policy].count("Allow") == 1
    assert allowed["Action"] == "s3:PutObject"
    assert allowed["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::countinghouse-prod-*"},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }


def test_access_logs_are_closed_versioned_and_end_with_the_other_logs(prod: Synthesized) -> None:
    bucket = _buckets(prod)["AccessLogs"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["ExpirationInDays"] == stage("prod").told.trail_days
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    # S3 delivers to no bucket under a customer's key.
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_no_function_reaches_the_access_logs(any_stage: Synthesized) -> None:
    for name in any_stage.functions():
        assert not [on for _, on in any_stage.allowed(name) if "AccessLogs" in on]
