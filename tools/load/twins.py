"""Empty twins, on the same emulator, of what a run used: tables, queues, functions, an API.

A twin table has the keys, indexes and stream of its original, a twin queue its kind. A twin
function has nothing to do: it logs as many bytes as its original did and answers as many. Nothing
reads a twin's stream or consumes a twin's queue by itself.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tools.client import Client
from tools.load.heard import Heard, short

HOLLOW = '''"""Does nothing, as loudly and at such length as it is asked to."""
import json


def handler(event, context):
    asked = json.loads(event["body"]) if "body" in event else event
    for size in asked["told"]:
        print("." * size)
    said = "." * max(asked["answered"] - 60, 0)
    if "body" in event:
        return {"statusCode": 200, "body": said}
    return {"batchItemFailures": [], "said": said}
'''
TWIN = "twin-"
"""How the twins' functions are called."""
_TOKEN = "ClientRequestToken"  # noqa: S105 - a field's name


@dataclass(slots=True)
class Twins:
    """The twins of one pass, all named with its `mark`; made as they are asked for."""

    client: Client
    mark: str
    names: dict[str, str] = field(default_factory=dict)
    api_url: str = ""
    _functions: set[str] = field(default_factory=set)
    _consumed: dict[str, str] = field(default_factory=dict)
    _aws: dict[str, Any] = field(default_factory=dict)

    def make(self, heard: Iterable[Heard]) -> None:
        """Make twins of every table and queue of the system, and of every function heard."""
        for table in self.client.endpoints.table_names.values():
            self.names[table] = self._table(table)
        for url in self.client.endpoints.queue_urls.values():
            self.names[url] = self._queue(url)
        self._api(sorted({one.told["function"] for one in heard if not one.is_call}))

    def rewritten(self, body: str) -> str:
        """A call's body as it is sent to the twins."""
        asked = rewritten(json.loads(body), lambda text: self.names.get(text, text))
        if _TOKEN in asked:
            # The same token with other tables would be refused.
            asked[_TOKEN] = str(uuid4())
        return json.dumps(asked)

    def function(self, name: str) -> str:
        """A function's twin."""
        return f"{TWIN}{short(name)}-{self.mark}"

    def queue_of(self, function: str) -> str:
        """The twin of the queue that a function consumes."""
        if function not in self._consumed:
            found = self._of("lambda").list_event_source_mappings(FunctionName=function)
            arns = [one["EventSourceArn"] for one in found["EventSourceMappings"]]
            (queue,) = (arn.rpartition(":")[2] for arn in arns if ":sqs:" in arn)
            urls = self.client.endpoints.queue_urls.values()
            (url,) = (url for url in urls if url.rpartition("/")[2] == queue)
            self._consumed[function] = self.names[url]
        return self._consumed[function]

    def _of(self, service: str) -> Any:
        if service not in self._aws:
            self._aws[service] = self.client.aws(service)
        return self._aws[service]

    def _table(self, name: str) -> str:
        told = self._of("dynamodb").describe_table(TableName=name)["Table"]
        made = {key: told[key] for key in ("AttributeDefinitions", "KeySchema")}
        if indexes := told.get("GlobalSecondaryIndexes"):
            parts = ("IndexName", "KeySchema", "Projection")
            made["GlobalSecondaryIndexes"] = [{key: one[key] for key in parts} for one in indexes]
        if stream := told.get("StreamSpecification"):
            made["StreamSpecification"] = stream
        twin = f"{name}-{self.mark}"
        self._of("dynamodb").create_table(TableName=twin, BillingMode="PAY_PER_REQUEST", **made)
        return twin

    def _queue(self, url: str) -> str:
        name, dot, fifo = url.rpartition("/")[2].partition(".fifo")
        kind = {"FifoQueue": "true"} if dot else {}
        twin = f"{name}-{self.mark}{dot}{fifo}"
        return str(self._of("sqs").create_queue(QueueName=twin, Attributes=kind)["QueueUrl"])

    def _api(self, functions: Iterable[str]) -> None:
        gateway = self._of("apigatewayv2")
        api = gateway.create_api(Name=self.mark, ProtocolType="HTTP")["ApiId"]
        for name in functions:
            arn = self._function(name)
            integration = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=arn,
                PayloadFormatVersion="2.0",
            )["IntegrationId"]
            route, target = f"POST /{self.function(name)}", f"integrations/{integration}"
            gateway.create_route(ApiId=api, RouteKey=route, Target=target)
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        self.api_url = f"{self.client.endpoints.aws_endpoint_url}/_aws/execute-api/{api}"

    def _function(self, original: str) -> str:
        told = self._of("lambda").get_function_configuration(FunctionName=original)
        made = self._of("lambda").create_function(
            FunctionName=self.function(original),
            Runtime=told["Runtime"],
            Role=told["Role"],
            Handler="hollow.handler",
            Code={"ZipFile": _zipped()},
            Timeout=told["Timeout"],
        )
        self._functions.add(self.function(original))
        return str(made["FunctionArn"])

    def remove(self) -> None:
        """Remove the tables and the queues, with what is in them, and the functions."""
        for original, twin in self.names.items():
            if original in self.client.endpoints.queue_urls.values():
                self._of("sqs").delete_queue(QueueUrl=twin)
            else:
                self._of("dynamodb").delete_table(TableName=twin)
        for name in self._functions:
            self._of("lambda").delete_function(FunctionName=name)
        self._of("apigatewayv2").delete_api(ApiId=self.api_url.rpartition("/")[2])


def rewritten(value: Any, name: Callable[[str], str]) -> Any:
    """A JSON value in which every text, and every key of an object, was renamed."""
    match value:
        case str():
            return name(value)
        case list():
            return [rewritten(one, name) for one in value]
        case dict():
            return {name(key): rewritten(one, name) for key, one in value.items()}
        case _:
            return value


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hollow.py", HOLLOW)
    return packed.getvalue()
