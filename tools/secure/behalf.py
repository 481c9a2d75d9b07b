"""What AWS's own services do in the name of a function's role, as its documentation has it.

The emulator does these things without asking the role, so no run shows them. Each follows from
something else: from a resource of the templates (a mapping, a log group, tracing), or from a call
that a run did show (a query that Athena runs, an object under the customer's key).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tools.secure.granted import Templates, name_of

# docs.aws.amazon.com/lambda/latest/dg: "Execution role permissions" of the page on each source.
_POLLS_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
_POLLS_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
# docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html, and for
# results the policy AmazonAthenaFullAccess.
_OF_DATABASE = ("glue:GetDatabase",)
_OF_TABLE = ("glue:GetPartitions", "glue:GetTable")
RESULTS = "athena-results"
# docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html and
# docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
_READS_ENCRYPTED = ("kms:Decrypt", "kms:DescribeKey")
_WRITES_ENCRYPTED = (
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_TABLE_WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem")


def on_behalf(
    templates: Templates, seen: Mapping[str, Iterable[str]], queried: Mapping[str, Iterable[str]]
) -> dict[str, frozenset[str]]:
    """Return by function what is done in its name, given what it was seen to do.

    `seen` holds grants by function, `queried` the lake's tables that its queries read.
    """
    found: dict[str, set[str]] = {name: set() for name in templates.functions()}
    for name, grant in (
        *_written_down(templates),
        *_fetched(templates),
        *_sent_when_it_failed(templates),
        *_queried(templates, queried),
    ):
        found[name].add(grant)
    keys = templates.of_type("AWS::KMS::Key")
    for name, own in found.items():
        does = [*seen.get(name, ()), *own]
        own |= {
            f"{action} {name_of(key)} via {service}"
            for key in keys
            for service, actions in _under_key(does).items()
            for action in actions
        }
    return {name: frozenset(own) for name, own in found.items()}


def _written_down(templates: Templates) -> Iterator[tuple[str, str]]:
    """Logs and traces: Lambda writes them."""
    for name, one in templates.functions().items():
        group = name_of(templates.target(one["LoggingConfig"]["LogGroup"]))
        yield from ((name, f"{action} {group}") for action in _LOGS)
        if one.get("TracingConfig", {}).get("Mode") in ("Active", "PassThrough"):
            yield from ((name, f"{action} *") for action in _TRACES)


def _fetched(templates: Templates) -> Iterator[tuple[str, str]]:
    """Queues and streams: Lambda polls them, and sends on what cannot be worked off."""
    named = _named(templates)
    for one in templates.of_type("AWS::Lambda::EventSourceMapping").values():
        name = named[templates.target(one["FunctionName"])]
        source = name_of(templates.target(one["EventSourceArn"]))
        is_stream = source.endswith("/stream")
        for action in _POLLS_STREAM if is_stream else _POLLS_QUEUE:
            yield name, f"{action} {source}"
        if is_stream:
            yield name, "dynamodb:ListStreams *"
        yield from _sent(templates, name, one)


def _sent_when_it_failed(templates: Templates) -> Iterator[tuple[str, str]]:
    """An asynchronous run that failed for good: Lambda sends its event on."""
    named = _named(templates)
    for one in templates.of_type("AWS::Lambda::EventInvokeConfig").values():
        yield from _sent(templates, named[templates.target(one["FunctionName"])], one)


def _sent(templates: Templates, name: str, one: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    match one.get("DestinationConfig"):
        case {"OnFailure": {"Destination": destination}}:
            yield name, f"sqs:SendMessage {name_of(templates.target(destination))}"


def _queried(
    templates: Templates, queried: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """A query: Athena reads the catalogue and the tables, and writes the results.

    A query also names its own parts, which are no tables.
    """
    known = {one["TableInput"]["Name"] for one in templates.of_type("AWS::Glue::Table").values()}
    for name, tables in queried.items():
        asked = [
            *(
                f"{action} {of}"
                for action in _OF_DATABASE
                for of in ("catalog", "database", "database/default")
            ),
            "s3:GetBucketLocation Lake",
            *(f"s3:{action} Lake/{RESULTS}/*" for action in ("AbortMultipartUpload", "PutObject")),
            f"s3:GetObject Lake/{RESULTS}/*",
            f"s3:ListBucket Lake?{RESULTS}/*",
        ]
        for table in sorted(known.intersection(tables)):
            asked += [f"{action} table/{table}" for action in _OF_TABLE]
            asked += [f"{action} {of}" for action in _OF_TABLE for of in ("catalog", "database")]
            asked += [f"s3:GetObject Lake/{table}/*", f"s3:ListBucket Lake?{table}/*"]
        yield from ((name, grant) for grant in asked)


def _under_key(does: Iterable[str]) -> dict[str, set[str]]:
    """What of the key's use goes with these actions, by the service that asks for it."""
    actions = {grant.split(" ")[0] for grant in does}
    of: dict[str, set[str]] = {"dynamodb": set(), "s3": set(), "secretsmanager": set()}
    if any(action.startswith("dynamodb:") for action in actions):
        of["dynamodb"] |= {*_READS_ENCRYPTED}
    if actions & {*_TABLE_WRITES}:
        of["dynamodb"] |= {*_WRITES_ENCRYPTED}
    # The parts of a large object are put together under the key.
    if actions & {"s3:GetObject", "s3:AbortMultipartUpload"}:
        of["s3"].add("kms:Decrypt")
    if "s3:PutObject" in actions:
        of["s3"].add("kms:GenerateDataKey")
    if "secretsmanager:GetSecretValue" in actions:
        of["secretsmanager"].add("kms:Decrypt")
    return of


def _named(templates: Templates) -> dict[str, str]:
    """Return the functions' names by logical id."""
    by_role = {templates.target(one["Role"]): name for name, one in templates.functions().items()}
    return {
        logical: by_role[templates.target(one["Role"])]
        for logical, one in templates.of_type("AWS::Lambda::Function").items()
    }
