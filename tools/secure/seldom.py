"""What seldom happens, made to happen: uses of grants that no demo and no end-to-end test comes to.

Played against a running system after everything else, for it leaves a mess: a wallet that nobody
booked, a document that is gone, rows that are due for ever.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tools.client import CallFailed, Client
from tools.local.places import ACCOUNT

PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.5
_REFUSED: Final = 300
_AT_ONCE: Final = 16
_TIMES: Final = 8
# More than S3 takes in one part of an upload.
_LARGE: Final = 9 * 1024 * 1024


def play(client: Client) -> list[str]:
    """Make all of it happen; the names of those that did not. Never raises for one of them."""
    failed = []
    for deed in DEEDS:
        try:
            deed(client)
        except (CallFailed, TimeoutError, LookupError, ValueError, RuntimeError) as error:
            failed.append(f"{deed.__name__.strip('_')}: {error}")
    return failed


def _list_payouts(client: Client) -> None:
    """The open payouts of everybody, and all of one seller's."""
    client.steady("GET", "/v1/payouts")
    for row in _rows(client, "Payout"):
        if "seller_id" in row and row["payout_id"]["S"].startswith("po_"):
            client.steady("GET", f"/v1/payouts?seller_id={row['seller_id']['S']}")
            return
    raise LookupError("there is no payout")


def _revalue(client: Client) -> None:
    """The positions in foreign currencies, at two days' rates: one of them has a result."""
    for days in (0, 4):
        day = datetime.now(UTC).date() - timedelta(days=days)
        client.steady("POST", "/v1/fx/revaluations", {"date": day.isoformat()})


def _register_during_an_outage(client: Client) -> None:
    """A PSP that refuses sessions, until its breaker is written."""
    client.at_psp("POST", "/_control/outage", {"mode": "refuse"}, "adyen")
    try:
        for number in range(_TIMES):
            body = {"checkout_id": f"seldom-{time.time_ns()}-{number}", "psp": "adyen"}
            body |= {"method": "credit_card", "country": "DE", "currency": "EUR"}
            client.post("/v1/payments/sessions", {**body, "amount": 1000})
    finally:
        client.at_psp("POST", "/_control/outage", {"mode": "off"}, "adyen")


def _lose_messages(client: Client) -> None:
    """Rows that are due since long ago, which the sweep finds before anybody is told of them."""
    dynamodb, names = client.aws("dynamodb"), client.endpoints.table_names
    due = {"due_shard": {"S": "0"}, "due_at": {"N": "1"}}
    payouts = (row for row in _rows(client, "Payout") if row["payout_id"]["S"].startswith("po_"))
    dynamodb.put_item(TableName=names["Payout"], Item={**next(payouts), **due})
    event = next(row for row in _rows(client, "PspEvent"))
    for number in range(_TIMES):
        lost = {**event, "event_key": {"S": f"{event['event_key']['S']}-{number}"}, **due}
        dynamodb.put_item(TableName=names["PspEvent"], Item=lost)
        client.invoke("repair")


def _damage_a_wallet(client: Client) -> None:
    """A wallet whose books do not sum to zero, seen by the roll-up before the audit."""
    wallet = next(row for row in _rows(client, "Wallet") if row.get("balances", {}).get("M"))
    balances = dict(wallet["balances"]["M"])
    name, held = next(iter(balances.items()))
    balances[name] = {"N": str(int(held["N"]) + 1)}
    forged = {**wallet, "owner": {"S": "seller:seldom"}, "balances": {"M": balances}}
    table = client.endpoints.table_names["Wallet"]
    client.aws("dynamodb").put_item(TableName=table, Item=forged)
    client.invoke("rollup")


def _reconcile_again(client: Client) -> None:
    """A day twice, as its schedule starts it, with a file in the inbox the second time."""
    machine = client.endpoints.state_machine_arns["reconciliation"]
    states, s3 = client.aws("stepfunctions"), client.aws("s3")
    bucket = client.endpoints.lake_bucket
    for number in range(2):
        said = json.dumps({"psp": "sandbox", "date": _today()})
        started = states.start_execution(
            stateMachineArn=machine, name=f"seldom-{time.time_ns()}", input=said
        )
        _until_ended(states, started["executionArn"])
        for kept in [] if number else _keys(s3, bucket, "settlement-files/sandbox/"):
            body = s3.get_object(Bucket=bucket, Key=kept)["Body"].read()
            laid = kept.replace("settlement-files/", "inbox/", 1)
            s3.put_object(Bucket=bucket, Key=laid, Body=body + b"\n")


def _take_a_correction_back(client: Client) -> None:
    """A break that somebody writes off, unless a rule did, and opens again."""
    for row in _rows(client, "Reconciliation"):
        path = f"/v1/breaks/{row['subject']['S']}/resolve"
        if row["subject"]["S"].startswith("brk_"):
            client.post(path, {"action": "write_off", "reason": "seldom"})
            if client.post(path, {"action": "reopen", "reason": "seldom"}).status < _REFUSED:
                return
    raise LookupError("no break could be opened again")


def _lose_a_statement(client: Client) -> None:
    """A bill whose document is not stored yet."""
    s3, bucket = client.aws("s3"), client.endpoints.documents_bucket
    key = next(one for one in _keys(s3, bucket, "statements/") if one.endswith(".pdf"))
    _, seller, month, currency, _ = key.split("/")
    s3.delete_object(Bucket=bucket, Key=key)
    path = f"/v1/sellers/{seller}/statements/{month}?currency={currency}&format=pdf"
    client.get(path)


def _repeat_webhooks_at_once(client: Client) -> None:
    """One event with many bodies at the same moment: they get into each other's way."""
    arn = client.endpoints.psp_secret_arns["sandbox"]
    found = client.aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    secret = json.loads(found)["webhook_secret"]
    charge = client.charges()[0]
    for number in range(_TIMES):
        event = f"evt_seldom_{time.time_ns()}_{number}"
        bodies = [
            json.dumps({"event_id": event, "type": "charge.captured", "data": charge | {"n": n}})
            for n in range(_AT_ONCE)
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda body: _webhook(client, secret, body.encode()), bodies))


def _break_an_upload_off(client: Client) -> None:
    """A settlement file that ends too soon, kept by the function's own code in its own role."""
    from countinghouse.domain.errors import Unavailable
    from countinghouse.ports.settlement_source import SourceFile
    from countinghouse_aws.storage.settlement_files import S3FileStore

    def breaks_off() -> Iterator[bytes]:
        yield bytes(_LARGE)
        raise Unavailable("the PSP hung up")

    s3 = _s3_of(client, "settlement_files")
    store = S3FileStore(s3, client.endpoints.lake_bucket, lambda _: b"", lambda _: b"")
    file = SourceFile(day=_today(), kind="settlement", name="seldom.csv", layout="sandbox")
    try:
        store.keep("sandbox", file, breaks_off())
    except Unavailable:
        return
    raise RuntimeError("a file that broke off was kept")


DEEDS: Final[tuple[Callable[[Client], None], ...]] = (
    _list_payouts,
    _revalue,
    _register_during_an_outage,
    _lose_messages,
    _reconcile_again,
    _take_a_correction_back,
    _lose_a_statement,
    _repeat_webhooks_at_once,
    _break_an_upload_off,
    _damage_a_wallet,
)


def _s3_of(client: Client, function: str) -> Any:
    """S3 as the function sees it: with a session of its role, which is lent to the account."""
    import boto3

    physical = client.endpoints.function_names[function]
    role = client.aws("lambda").get_function_configuration(FunctionName=physical)["Role"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    client.aws("iam").update_assume_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    lent = client.aws("sts").assume_role(RoleArn=role, RoleSessionName=physical)["Credentials"]
    return boto3.client(
        "s3",
        region_name=client.endpoints.aws_region,
        endpoint_url=client.endpoints.aws_endpoint_url,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )


def _rows(client: Client, table: str) -> Iterator[Mapping[str, Any]]:
    pages = client.aws("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=client.endpoints.table_names[table]):
        yield from page["Items"]


def _keys(s3: Any, bucket: str, prefix: str) -> Iterable[str]:
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def _webhook(client: Client, secret: str, body: bytes) -> None:
    at = int(time.time())
    digest = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    signed = {"Sandbox-Signature": f"t={at},v1={digest}"}
    client.call("POST", "/v1/webhooks/sandbox", headers=signed, raw=body, signed=False)


def _until_ended(states: Any, execution: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise TimeoutError("the reconciliation does not end")
        time.sleep(_LOOK_S)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
