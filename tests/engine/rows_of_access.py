"""IAM: who signs wrongly or asks for more than granted is refused, inside transactions too."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import boto3

from tests.engine.deployed import ended, machine, powerless_role, start
from tests.engine.engines import CONFIG, Engine, outcome
from tests.engine.row import IAM, row
from tests.engine.rows_of_transactions import key
from tests.engine.things import HASH, make_queue, make_table

OTHERS_ACCOUNT = "a real account enforces its own policies: make users there for no test"


def user(engine: Engine, *statements: dict[str, Any]) -> dict[str, str]:
    """A user who may do this much; its keys."""
    iam, name = engine.client("iam"), engine.fresh("user")
    iam.create_user(UserName=name)
    engine.removed_by(iam.delete_user, UserName=name)
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    engine.removed_by(iam.delete_user_policy, UserName=name, PolicyName="own")
    made = iam.create_access_key(UserName=name)["AccessKey"]
    engine.removed_by(iam.delete_access_key, UserName=name, AccessKeyId=made["AccessKeyId"])
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }


def as_(engine: Engine, keys: dict[str, str]) -> Any:
    """DynamoDB as somebody else reaches it."""
    own = engine.client("dynamodb").meta
    more: dict[str, Any] = {"endpoint_url": own.endpoint_url, "config": CONFIG, **keys}
    return boto3.client("dynamodb", own.region_name, **more)


def arn(engine: Engine, name: str) -> str:
    found: str = engine.client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
    return found


@row(
    "access.signature",
    "An unknown key and a wrong secret are refused",
    aws=["UnrecognizedClientException", "InvalidSignatureException"],
    because="the API's callers sign; `make up` with IAM enforced shows who may what",
    engines=IAM,
    not_on_aws=OTHERS_ACCOUNT,
)
def signature(engine: Engine) -> object:
    keys = user(engine, {"Action": "dynamodb:*", "Resource": "*"})
    nobody = {**keys, "aws_access_key_id": "AKIANOBODY0000000000"}
    wrong = {**keys, "aws_secret_access_key": "wrong"}
    return [outcome(as_(engine, one).list_tables) for one in (nobody, wrong)]


@row(
    "access.transaction",
    "Each write of a transaction needs its own action on its own table",
    aws=["done", "AccessDeniedException", "AccessDeniedException", None],
    because="the ledger is put-only: no role may update a journal, in a transaction either",
    engines=IAM,
    not_on_aws=OTHERS_ACCOUNT,
)
def transaction(engine: Engine) -> object:
    mine, other = (make_table(engine, (HASH,)) for _ in range(2))
    granted = {"Action": "dynamodb:PutItem", "Resource": arn(engine, mine)}
    client = as_(engine, user(engine, granted))

    def put(name: str, text: str) -> dict[str, Any]:
        return {"Put": {"TableName": name, "Item": key(text)}}

    change = {"TableName": mine, "Key": key("a"), "UpdateExpression": "SET x = :x"}
    values = {"ExpressionAttributeValues": {":x": {"S": "x"}}}
    tries: list[list[Any]] = [
        [put(mine, "a")],
        [put(mine, "b"), put(other, "b")],
        [put(mine, "c"), {"Update": {**change, **values}}],
    ]
    said = [outcome(partial(client.transact_write_items, TransactItems=one)) for one in tries]
    kept = engine.client("dynamodb").get_item(TableName=mine, Key=key("b")).get("Item")
    return [*said, kept]


@row(
    "access.check",
    "A condition check inside a transaction needs its action too",
    aws="AccessDeniedException",
    because="who books on buyers' wallets is granted ConditionCheckItem, on their table alone",
    engines=IAM,
    not_on_aws=OTHERS_ACCOUNT,
)
def check(engine: Engine) -> object:
    name = make_table(engine, (HASH,))
    granted = {"Action": "dynamodb:PutItem", "Resource": arn(engine, name)}
    client = as_(engine, user(engine, granted))
    checked = {
        "TableName": name,
        "Key": key("a"),
        "ConditionExpression": f"attribute_not_exists({HASH})",
    }
    items: Any = [{"Put": {"TableName": name, "Item": key("b")}}, {"ConditionCheck": checked}]
    return outcome(lambda: client.transact_write_items(TransactItems=items))


@row(
    "access.machine",
    "A state machine may do what its role grants, and nothing else",
    aws="FAILED",
    because="each machine's role names its own functions and folders (test_workflows.py)",
    engines=IAM,
)
def machine_role(engine: Engine) -> object:
    sent = {"QueueUrl": make_queue(engine), "MessageBody": "x"}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": sent,
        "End": True,
    }
    by = powerless_role(engine)
    return ended(engine, start(engine, machine(engine, "Send", {"Send": task}, by)))["status"]
