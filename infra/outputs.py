"""The service stack's outputs: what the local runner and the operators' tools read."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import CfnOutput
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.stacks.data import DataStack


def write_outputs(
    scope: Construct,
    *,
    api: apigw.HttpApi,
    bus: events.IEventBus,
    functions: Mapping[str, lambda_.IFunction],
    queues: Mapping[str, sqs.IQueue],
    data: DataStack,
    machines: Mapping[str, str],
    reports: sns.ITopic,
) -> None:
    """Write them all; docs/naming.md lists them. `machines` are ARNs by name."""
    outputs = {
        "ApiUrl": api.api_endpoint,
        "ApiId": api.api_id,
        "EventBusName": bus.event_bus_name,
        "FunctionNames": json.dumps({name: made.function_name for name, made in functions.items()}),
        "QueueUrls": json.dumps({name: queue.queue_url for name, queue in queues.items()}),
        "TableNames": json.dumps({name: table.table_name for name, table in data.tables.items()}),
        "PspSecretArns": json.dumps(data.psp_secret_arns),
        "StateMachineArns": json.dumps(dict(machines)),
        "DocumentsBucket": data.documents.bucket_name,
        "ReportsTopicArn": reports.topic_arn,
    }
    for name, value in outputs.items():
        CfnOutput(scope, name, value=value)
