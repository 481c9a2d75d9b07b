"""Rows of the tables go through the function `lake` again, in batches, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.lake_refill import BATCH_ROWS, SOURCES, instant, put_again
from tools.local.failure import LocalFailure

NAMES = {"Ledger": "l", "PaymentOrder": "o", "PspEvent": "p"}
SINCE = instant("2026-11-22T09:00:00Z")


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        for source in SOURCES:
            keys = list(zip(source.keys, ("HASH", "RANGE"), strict=False))
            client.create_table(
                TableName=NAMES[source.table],
                KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys],  # type: ignore[typeddict-item]
                AttributeDefinitions=[
                    {"AttributeName": k, "AttributeType": "S"} for k in source.keys
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        yield client
        # Where another test's mock is active as well, its tables outlive this one's.
        for name in NAMES.values():
            client.delete_table(TableName=name)


def order(number: int, updated_at: int) -> dict[str, Any]:
    return {"order_id": {"S": f"ord-{number}"}, "updated_at": {"N": str(updated_at)}}


def test_rows_of_the_time_go_as_new_stream_records(dynamodb: Any) -> None:
    for number, at in enumerate((SINCE - 1, SINCE, SINCE + 5, SINCE + 10)):
        dynamodb.put_item(TableName="o", Item=order(number, at))
    sent: list[Any] = []

    told = put_again(dynamodb, NAMES, sent.append, SOURCES, SINCE, SINCE + 10)

    records = [record for event in sent for record in event["Records"]]
    assert told == {"Ledger": 0, "PaymentOrder": 2, "PspEvent": 0}
    assert {r["dynamodb"]["NewImage"]["order_id"]["S"] for r in records} == {"ord-1", "ord-2"}
    assert {(r["eventName"], r["eventSourceARN"].split("/")[1]) for r in records} == {
        ("INSERT", "o")
    }
    assert {tuple(r["dynamodb"]["Keys"]) for r in records} == {("order_id",)}


def test_an_event_may_have_been_applied_a_day_after_it_came(dynamodb: Any) -> None:
    for number, hours in enumerate((25, 23)):
        item = {"event_key": {"S": f"e-{number}"}, "received_at": {"N": str(SINCE)}}
        item["received_at"]["N"] = str(SINCE - hours * 3_600_000)
        dynamodb.put_item(TableName="p", Item=item)
    sent: list[Any] = []

    put_again(dynamodb, NAMES, sent.append, SOURCES, SINCE)

    keys = [r["dynamodb"]["Keys"]["event_key"]["S"] for event in sent for r in event["Records"]]
    assert keys == ["e-1"]


def test_no_call_carries_more_than_lambda_takes(dynamodb: Any) -> None:
    for number in range(BATCH_ROWS + 1):
        dynamodb.put_item(TableName="o", Item=order(number, SINCE))
    sent: list[Any] = []

    put_again(dynamodb, NAMES, sent.append, SOURCES, SINCE)

    assert [len(event["Records"]) for event in sent] == [BATCH_ROWS, 1]


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22T09:00:00"])
def test_an_instant_says_its_zone(text: str) -> None:
    with pytest.raises(LocalFailure):
        instant(text)
