"""The documents bucket: nothing public, nothing overwritten for good, and one writer's folder."""

from __future__ import annotations

from typing import Any

from tests.infra.templates import Synthesized, as_list, plain

# The rules' reasons name it, and a changed id is a new, empty bucket.
PINNED = "Documents7E5B2978"


def _bucket(any_stage: Synthesized) -> dict[str, Any]:
    return dict(any_stage.data["Resources"][PINNED])


def test_it_is_versioned_and_closed(any_stage: Synthesized) -> None:
    properties = _bucket(any_stage)["Properties"]

    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}


def test_production_keeps_it_under_its_own_key_and_refuses_plain_http(prod: Synthesized) -> None:
    bucket = _bucket(prod)
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policies = prod.of_type("AWS::S3::BucketPolicy").values()
    (policy,) = [one for one in policies if prod.target(one["Properties"]["Bucket"]) == PINNED]

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert plain(prod.target(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])) == "DataKey"
    assert "aws:SecureTransport" in str(policy["Properties"]["PolicyDocument"])


def test_a_laptops_bucket_goes_without_a_function_to_empty_it(local: Synthesized) -> None:
    assert _bucket(local)["DeletionPolicy"] == "Delete"
    assert not local.of_type("AWS::S3::BucketPolicy")
    assert not [one for one in local.of_type("Custom::S3AutoDeleteObjects")]


def test_functions_reach_the_folders_of_their_own_and_no_others(any_stage: Synthesized) -> None:
    reached = {
        (function, action, target.partition("/")[2])
        for function in any_stage.functions()
        for action, target in any_stage.allowed(function)
        if action in {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
        and target.startswith("Documents/")
    }

    assert reached == {
        ("payout_steps", "s3:GetObject", "payout-runs/*"),
        ("payout_steps", "s3:PutObject", "payout-runs/*"),
        ("payout_steps", "s3:GetObject", "fx-rates/*"),
        ("payouts", "s3:GetObject", "fx-rates/*"),
        ("billing", "s3:GetObject", "statements/*"),
        ("billing", "s3:GetObject", "closes/*"),
        ("billing_steps", "s3:PutObject", "statements/*"),
        ("billing_steps", "s3:GetObject", "closes/*"),
        ("billing_steps", "s3:PutObject", "closes/*"),
        ("billing_pdf", "s3:GetObject", "statements/*"),
        ("billing_pdf", "s3:PutObject", "statements/*"),
        ("reconciliation", "s3:GetObject", "reconciliations/*"),
        ("reconciliation_steps", "s3:GetObject", "reconciliations/*"),
        ("reconciliation_steps", "s3:PutObject", "reconciliations/*"),
        ("reconciliation_steps", "s3:GetObject", "fx-rates/*"),
        ("fx", "s3:GetObject", "fx-rates/*"),
        ("audit", "s3:GetObject", "seals/*"),
        ("audit", "s3:PutObject", "seals/*"),
    }


# Who may find nothing there, and goes on: every other object was written by the step before.
MAY_BE_MISSING = {
    ("payouts", "fx-rates/*"),
    ("payout_steps", "fx-rates/*"),
    ("fx", "fx-rates/*"),
    ("reconciliation_steps", "fx-rates/*"),
    # A PSP's first run has none before it.
    ("reconciliation_steps", "reconciliations/*"),
    ("billing", "statements/*"),
    ("billing", "closes/*"),
    ("audit", "seals/*"),
}


def test_who_takes_what_may_be_missing_may_ask_what_there_is_and_of_no_other_folder(
    any_stage: Synthesized,
) -> None:
    # Without that, S3 says of a missing object that it is forbidden.
    listed = {
        (function, prefix)
        for function in any_stage.functions()
        for statement in any_stage.statements(function)
        if "s3:ListBucket" in as_list(statement["Action"])
        for prefix in statement["Condition"]["StringLike"]["s3:prefix"]
        if "Documents" in any_stage.target(statement["Resource"])
    }

    assert listed == MAY_BE_MISSING


def test_the_service_may_ask_for_it_without_a_new_export(any_stage: Synthesized) -> None:
    exported = [any_stage.target(one["Value"]) for one in any_stage.data["Outputs"].values()]

    assert exported.count(PINNED) == len(("name", "arn"))
