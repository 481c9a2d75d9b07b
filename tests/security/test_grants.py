"""Reading what the emulator asked, and what AWS does in a function's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.secure.asked import logical_ids, read_asked
from tools.secure.behalf import on_behalf
from tools.secure.enforced import without
from tools.secure.granted import Templates, name_of

HASH = "0123ABCD"
NAME = "countinghouse-local-data-Ledger0123ABCD-77"
BUCKET = "countinghouse-local-data-documents0123abcd-77"
SECRET = "countinghouse-local-data-PspSecretAdyen0123ABCD-77"
RESOURCES = (
    ("AWS::DynamoDB::GlobalTable", NAME, f"Ledger{HASH}"),
    ("AWS::S3::Bucket", BUCKET, f"Documents{HASH}"),
    ("AWS::SecretsManager::Secret", SECRET, f"PspSecretAdyen{HASH}"),
    ("AWS::SQS::Queue", "http://h:1/000000000000/q-77.fifo", f"QueuesPostings3{HASH}"),
    ("AWS::Lambda::Function", "countinghouse-local-audit", f"AuditFunction{HASH}"),
)
LOGICAL = logical_ids(
    {"ResourceType": kind, "PhysicalResourceId": physical, "LogicalResourceId": logical}
    for kind, physical, logical in RESOURCES
)


def asked(action: str, resource: str, keys: tuple[str, ...] = (), *, allowed: bool = True) -> str:
    said = {"caller": "countinghouse-local-payout-steps", "action": action, "resource": resource}
    return json.dumps({**said, "keys": keys, "allowed": allowed})


@pytest.mark.parametrize(
    ("line", "grant"),
    [
        (asked("dynamodb:Query", f"arn:aws:dynamodb:r:0:table/{NAME}"), "dynamodb:Query Ledger"),
        (
            asked("dynamodb:Query", f"arn:aws:dynamodb:r:0:table/{NAME}/index/due"),
            "dynamodb:Query Ledger/index/due",
        ),
        (
            asked("s3:GetObject", f"arn:aws:s3:::{BUCKET}/seals/*"),
            "s3:GetObject Documents/seals/*",
        ),
        (
            asked("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", ("seals",)),
            "s3:ListBucket Documents?seals/*",
        ),
        (
            asked(
                "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:r:0:secret:{SECRET}-a1"
            ),
            "secretsmanager:GetSecretValue PspSecret",
        ),
        (asked("sqs:SendMessage", "arn:aws:sqs:r:0:q-77.fifo"), "sqs:SendMessage QueuesPostings"),
        (
            asked(
                "states:StartExecution",
                "arn:aws:states:r:0:stateMachine:countinghouse-local-payout",
            ),
            "states:StartExecution machine/payout",
        ),
        (
            asked("dynamodb:GetItem", "arn:aws:dynamodb:r:0:table/somebody-elses"),
            "dynamodb:GetItem arn:aws:dynamodb:r:0:table/somebody-elses",
        ),
    ],
)
def test_a_request_becomes_the_grant_it_needs(line: str, grant: str) -> None:
    assert read_asked([line], LOGICAL).seen == {"payout_steps": {grant}}


def test_what_was_refused_was_not_used() -> None:
    line = asked("dynamodb:Scan", f"arn:aws:dynamodb:r:0:table/{NAME}", allowed=False)

    found = read_asked([line], LOGICAL)

    assert (found.seen, found.refused) == ({}, {"payout_steps": {"dynamodb:Scan Ledger"}})


def test_a_query_tells_its_tables() -> None:
    line = asked("athena:StartQueryExecution", "arn:aws:athena:r:0:workgroup/w", ("orders", "own"))

    assert read_asked([line], LOGICAL).queried == {"payout_steps": {"orders", "own"}}


def stack(**beside: Any) -> Templates:
    function = {
        "Role": {"Fn::GetAtt": ["TestRole", "Arn"]},
        "LoggingConfig": {"LogGroup": {"Ref": f"TestLog{HASH}"}},
        "Environment": {"Variables": {"POWERTOOLS_SERVICE_NAME": "test"}},
    }
    made = {"TestFunction": {"Type": "AWS::Lambda::Function", "Properties": function}}
    return Templates([{"Resources": {**made, **beside}}])


LOGS = {f"logs:{action} TestLog" for action in ("CreateLogStream", "PutLogEvents")}


def of_test(templates: Templates, *seen: str, queried: tuple[str, ...] = ()) -> set[str]:
    told = {"test": queried} if queried else {}
    return {*on_behalf(templates, {"test": set(seen)}, told)["test"]} - LOGS


def test_a_mapping_polls_its_queue_and_a_stream_sends_on_what_fails() -> None:
    def mapping(source: object, **more: object) -> dict[str, Any]:
        properties = {"FunctionName": {"Ref": "TestFunction"}, "EventSourceArn": source, **more}
        return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}

    queue = stack(M=mapping({"Fn::GetAtt": [f"QueuesOrders{HASH}", "Arn"]}))
    failed = {"OnFailure": {"Destination": {"Fn::GetAtt": [f"Poison{HASH}", "Arn"]}}}
    stream = stack(
        M=mapping({"Fn::GetAtt": [f"Ledger{HASH}", "StreamArn"]}, DestinationConfig=failed)
    )

    assert of_test(queue) == {
        f"sqs:{action} QueuesOrders"
        for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
    }
    assert of_test(stream) == {
        "dynamodb:DescribeStream Ledger/stream",
        "dynamodb:GetRecords Ledger/stream",
        "dynamodb:GetShardIterator Ledger/stream",
        "dynamodb:ListStreams *",
        "sqs:SendMessage Poison",
    }


def test_a_query_reads_only_tables_that_there_are() -> None:
    table = {"Type": "AWS::Glue::Table", "Properties": {"TableInput": {"Name": "orders"}}}

    found = of_test(stack(T=table), queried=("orders", "a_part_of_the_query"))

    assert {"glue:GetTable table/orders", "s3:GetObject Lake/orders/*"} <= found
    assert not [grant for grant in found if "a_part" in grant]


def test_the_key_goes_with_what_is_done_under_it_and_no_further() -> None:
    key = {"Type": "AWS::KMS::Key", "Properties": {}}
    templates = stack(**{f"DataKey{HASH}": key})
    reads = {f"kms:{one} DataKey via dynamodb" for one in ("Decrypt", "DescribeKey")}

    assert of_test(templates) == set()
    assert of_test(templates, "dynamodb:Query Ledger") == reads
    assert "kms:Encrypt DataKey via dynamodb" in of_test(templates, "dynamodb:PutItem Ledger")
    assert of_test(templates, "s3:PutObject Lake/x/*") == {"kms:GenerateDataKey DataKey via s3"}


def test_a_condition_that_nobody_reads_is_not_passed_over() -> None:
    statement = {"Action": "a:B", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}
    role = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}
    templates = stack(TestRole={"Type": "AWS::IAM::Role", "Properties": role})

    with pytest.raises(ValueError, match="a condition nobody reads"):
        templates.granted()


def test_names_are_without_hashes_and_families_have_one() -> None:
    assert name_of(f"PspEvent{HASH}/index/due") == "PspEvent/index/due"
    assert name_of(f"QueuesPostings3{HASH}") == "QueuesPostings"
    assert (
        name_of("arn:aws:glue:r:AWS::AccountId:table/countinghouse_prod/orders") == "table/orders"
    )


def test_the_grant_that_is_taken_away_was_there() -> None:
    kept = {"Action": ["a:One", "a:Two"], "Resource": "*"}
    policy = {"Version": "v", "Statement": [kept, {"Action": "a:Three", "Resource": "*"}]}

    assert without(policy, "a:Two")["Statement"] == [
        {"Action": ["a:One"], "Resource": "*"},
        {"Action": ["a:Three"], "Resource": "*"},
    ]
    assert [one["Action"] for one in without(policy, "a:Three")["Statement"]] == [
        ["a:One", "a:Two"]
    ]
    with pytest.raises(ValueError, match="never had"):
        without(policy, "a:Four")
