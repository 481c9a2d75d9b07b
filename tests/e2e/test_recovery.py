"""Lost messages, poison and dead letters: the sweep is the truth, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Shop
from tools.client import Client

pytestmark = pytest.mark.e2e


@pytest.fixture
def nobody_posts(client: Client) -> Iterator[Callable[[], None]]:
    """The postings queue has nobody behind it until the fixture is called, or its test is over."""
    lambdas, name = client.aws("lambda"), client.endpoints.function_names["posting"]
    mappings = lambdas.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    for mapping in mappings:
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def resume() -> None:
        for mapping in mappings:
            lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    yield resume
    resume()


@pytest.mark.alone
def test_the_sweep_sends_a_lost_posting_again(shop: Shop, nobody_posts: Callable[[], None]) -> None:
    body = shop.basket(1400)
    shop.enter_card(body["payment_details"]["psp_token"])
    shop.submit(body)
    (order,) = body["orders"]

    def captured() -> bool | None:
        reply = shop.client.get(f"/v1/orders/{order['order_id']}")
        return True if reply.body.get("status") == "captured" else None

    shop.eventually(captured, "the capture")
    _empty(shop, shop.client.endpoints.queue_urls["Postings0"])
    nobody_posts()

    def booked() -> dict[str, Any] | None:
        shop.client.invoke("repair")
        payment = shop.payment(body["checkout_id"])
        return payment if payment["is_ledger_updated"] else None

    assert shop.eventually(booked, "the sweep")["status"] == "succeeded"
    assert shop.pending(order["seller_id"]) == 1400


def _empty(shop: Shop, url: str) -> None:
    sqs = shop.client.aws("sqs")

    def taken() -> bool | None:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True if messages else None

    shop.eventually(taken, "the message to lose")


def test_a_record_that_cannot_be_routed_is_set_aside_and_the_stream_goes_on(shop: Shop) -> None:
    endpoints = shop.client.endpoints
    order_id = shop.new_id("broken")
    item = {"order_id": {"S": order_id}, "status": {"S": "no such status"}}
    dynamodb = shop.client.aws("dynamodb")
    dynamodb.put_item(TableName=endpoints.table_names["PaymentOrder"], Item=item)

    def set_aside() -> bool | None:
        answer = shop.client.aws("sqs").receive_message(
            QueueUrl=endpoints.queue_urls["RelayPoison"], MaxNumberOfMessages=10
        )
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return True if any(body["keys"] == {"order_id": order_id} for body in bodies) else None

    assert shop.eventually(set_aside, "the poison record")
    assert shop.pay(600)["status"] == "succeeded"
    dynamodb.delete_item(
        TableName=endpoints.table_names["PaymentOrder"], Key={"order_id": {"S": order_id}}
    )
