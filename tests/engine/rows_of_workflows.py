"""Step Functions: retries, time-outs, tokens, names, and maps over a list."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.deployed import ended, entered, function, machine, start
from tests.engine.engines import Engine, outcome
from tests.engine.row import SERVER, row
from tests.engine.things import make_queue, receive

INVOKE = "arn:aws:states:::lambda:invoke"
WAIT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
WOKEN = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""What our adapter takes for a workflow that waits no more."""
CAUGHT = {"Type": "Pass", "Result": "caught", "End": True}
FAILS = "raise Custom('x')"


def retried(engine: Engine, body: str, error: str) -> object:
    """A task whose failure is tried once more if it is `error`: its end, and how often it ran."""
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": function(engine, body)},
        "Retry": [{"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    execution = start(engine, machine(engine, "Try", {"Try": task, "Caught": CAUGHT}))
    end = ended(engine, execution)
    return [end["status"], json.loads(end["output"]), entered(engine, execution, "TaskScheduled")]


@row(
    "workflow.retry",
    "A task that failed is tried again so often, then caught",
    aws=["SUCCEEDED", "caught", 2],
    because="every task: `States.TaskFailed`",
    engines=SERVER,
)
def retry(engine: Engine) -> object:
    return retried(engine, FAILS, "States.TaskFailed")


@row(
    "workflow.retry-name",
    "A retrier may name a function's own exception",
    aws=["SUCCEEDED", "caught", 2],
    because="not relied on: retriers and catchers name States.* and Lambda.* only",
    engines=SERVER,
)
def retry_name(engine: Engine) -> object:
    return retried(engine, FAILS, "Custom")


def waiting(engine: Engine, **more: Any) -> tuple[str, str]:
    """An execution that waits for a token, and that token."""
    url = make_queue(engine)
    sent = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    task = {
        "Type": "Task",
        "Resource": WAIT,
        "Parameters": sent,
        "TimeoutSeconds": 60,
        "End": True,
        **more,
    }
    execution = start(engine, machine(engine, "Wait", {"Wait": task, "Caught": CAUGHT}))
    (message,) = engine.eventually(lambda: receive(engine, url))
    return execution, json.loads(message["Body"])["token"]


def wake(engine: Engine, token: str, output: str = '"woken"') -> str:
    """Send the token back; `gone` where our adapter understands that nobody waits."""
    client = engine.client("stepfunctions")
    said = outcome(lambda: client.send_task_success(taskToken=token, output=output))
    return "gone" if said in WOKEN else said


@row(
    "workflow.token",
    "A token wakes its task once, and one that nobody knows wakes none",
    aws=["done", "gone", "gone", "SUCCEEDED", "woken"],
    because="a webhook, the sweep and a person may all wake a payout",
    engines=SERVER,
)
def token(engine: Engine) -> object:
    execution, found = waiting(engine)
    said = [wake(engine, found), wake(engine, found, '"again"'), wake(engine, "nobody" * 20)]
    end = ended(engine, execution)
    return [*said, end["status"], json.loads(end["output"])]


@row(
    "workflow.token-timeout",
    "A wait that is over is caught as States.Timeout, and its token wakes nobody",
    aws=["SUCCEEDED", "caught", "gone"],
    because="a payout's outcome is asked for when no webhook came in time",
    engines=SERVER,
)
def token_timeout(engine: Engine) -> object:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    execution, found = waiting(engine, TimeoutSeconds=1, Catch=catch)
    end = ended(engine, execution)
    return [end["status"], json.loads(end["output"]), wake(engine, found)]


@row(
    "workflow.heartbeat",
    "A wait without a heartbeat ends before its time-out does",
    aws="States.HeartbeatTimeout",
    because="not used: every wait has a time-out, and somebody asks when it ends",
    engines=SERVER,
)
def heartbeat(engine: Engine) -> object:
    execution, _ = waiting(engine, HeartbeatSeconds=1, TimeoutSeconds=3)
    return ended(engine, execution).get("error")


@row(
    "workflow.same-start",
    "A start under the name of one that runs is a success with the same input, else refused",
    aws=["done", "ExecutionAlreadyExists"],
    because="`start_once` takes both for started",
    engines=SERVER,
)
def same_start(engine: Engine) -> object:
    states = {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}
    client, arn = engine.client("stepfunctions"), machine(engine, "Wait", states)
    name = engine.fresh("execution")

    def begin(said: str) -> object:
        return client.start_execution(stateMachineArn=arn, name=name, input=said)

    begin('{"n": 1}')
    return [outcome(lambda: begin('{"n": 1}')), outcome(lambda: begin('{"n": 2}'))]


def mapped(engine: Engine, bucket: str, tolerated: int) -> object:
    """A map over the list in the bucket, one item of which fails."""
    child = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Look",
        "States": {
            "Look": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.id", "StringEquals": "bad", "Next": "Bad"}],
                "Default": "Good",
            },
            "Bad": {"Type": "Fail", "Error": "Bad"},
            "Good": {"Type": "Succeed"},
        },
    }
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": bucket, "Key": "list.json"},
        },
        "ItemProcessor": child,
        "ToleratedFailurePercentage": tolerated,
        "MaxConcurrency": 2,
        "End": True,
    }
    end = ended(engine, start(engine, machine(engine, "Each", {"Each": each})))
    return [end["status"], end.get("error")]


@row(
    "workflow.map",
    "A distributed map reads its list from S3, and fails when more items did than it tolerates",
    aws=[["SUCCEEDED", None], ["FAILED", "States.ExceedToleratedFailureThreshold"]],
    because="a payout run goes on whoever fails, a reconciliation does not",
    engines=SERVER,
)
def distributed_map(engine: Engine) -> object:
    s3, bucket = engine.client("s3"), engine.fresh("bucket")
    region = s3.meta.region_name
    # The oldest region is the one that must not be named.
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    engine.removed_by(s3.delete_bucket, Bucket=bucket)
    items = [{"id": "good"}, {"id": "bad"}, {"id": "good"}]
    s3.put_object(Bucket=bucket, Key="list.json", Body=json.dumps(items))
    engine.removed_by(s3.delete_object, Bucket=bucket, Key="list.json")
    return [mapped(engine, bucket, tolerated) for tolerated in (100, 0)]
