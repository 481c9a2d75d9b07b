"""What was committed can be queried: once, on the day it belongs to, on the deployed system."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.conftest import Shop
from tools.athena import Athena, Row
from tools.local.places import ROOT

pytestmark = pytest.mark.e2e

# One row per key, whatever was delivered twice.
ONCE = """
WITH ranked AS (
  SELECT *, row_number() OVER (PARTITION BY ledger_id, leg ORDER BY created_at) AS copy
  FROM postings
  WHERE day = '{day}'
)
SELECT ledger_id, leg, kind, account, amount, currency, psp_reference, legs, day
FROM ranked WHERE copy = 1 AND checkout_id = '{checkout_id}'
ORDER BY ledger_id, leg
"""


@pytest.fixture
def athena(shop: Shop) -> Athena:
    """Athena of the running system."""
    return Athena.of(shop.client)


def _waited(shop: Shop, athena: Athena, sql: str, wanted: int) -> tuple[Row, ...]:
    """The query's rows, once there are as many as wanted."""

    def look() -> tuple[Row, ...] | None:
        rows = athena.query(sql).rows
        return rows if len(rows) >= wanted else None

    return shop.eventually(look, f"{wanted} rows of: {sql}")


def _copies(athena: Athena, checkout_id: str) -> int:
    (row,) = athena.query(
        f"SELECT count(*) AS copies FROM postings WHERE checkout_id = '{checkout_id}'"  # noqa: S608
    ).rows
    return int(row["copies"] or 0)


def _journals(shop: Shop, order_ids: list[str]) -> list[dict[str, Any]]:
    """The ledger's own rows of these orders, as its stream has them."""
    dynamodb, table = shop.client.aws("dynamodb"), shop.client.endpoints.table_names["Ledger"]
    found = []
    for order_id in order_ids:
        for journal in shop.journals(order_id):
            body = str(journal["ledger_id"]).removeprefix("jrn_")
            key = {"book": {"S": body[:24]}, "entry": {"S": body[24:]}}
            found.append(dynamodb.get_item(TableName=table, Key=key)["Item"])
    return found


def _deliver_again(shop: Shop, rows: list[dict[str, Any]]) -> None:
    """Hand the lake these rows as its stream would: at least once is what streams promise."""
    table = shop.client.endpoints.table_names["Ledger"]
    described = shop.client.aws("dynamodb").describe_table(TableName=table)["Table"]
    records = [
        {
            "eventName": "INSERT",
            "eventSourceARN": described["LatestStreamArn"],
            "dynamodb": {
                "SequenceNumber": str(number),
                "Keys": {"book": row["book"], "entry": row["entry"]},
                "NewImage": row,
            },
        }
        for number, row in enumerate(rows, 1)
    ]
    assert shop.client.invoke("lake", {"Records": records}) == {"batchItemFailures": []}


def test_a_checkouts_postings_count_once_though_they_came_twice(shop: Shop, athena: Athena) -> None:
    payment = shop.pay(4000, 3000)
    checkout_id = payment["checkout_id"]
    order_ids = [order["order_id"] for order in payment["orders"]]
    rows = _journals(shop, order_ids)
    (day,) = {str(shop.journals(order_id)[0]["event_at"])[:10] for order_id in order_ids}
    sql = ONCE.format(day=day, checkout_id=checkout_id)
    first = _waited(shop, athena, sql, wanted=4)

    _deliver_again(shop, rows)

    def doubled() -> bool | None:
        return True if _copies(athena, checkout_id) >= 8 else None

    shop.eventually(doubled, "the copies to arrive")
    assert athena.query(sql).rows == first
    assert sorted(int(row["amount"] or 0) for row in first) == [-4000, -3000, 3000, 4000]
    charges = {
        charge["psp_reference"] for order_id in order_ids for charge in shop.charges(order_id)
    }
    assert {row["psp_reference"] for row in first} == charges
    assert {(row["kind"], row["legs"], row["day"]) for row in first} == {("capture", "2", day)}


def test_what_comes_late_lands_on_the_day_it_happened(shop: Shop, athena: Athena) -> None:
    body = {
        "order_id": shop.new_id("ord"),
        "day": "2026-02-03",
        "version": 1,
        "seller_id": shop.new_id("sel"),
        "status": "captured",
        "amount": 100,
    }
    line = json.dumps(body).encode() + b"\n"
    later = json.dumps({**body, "day": "2026-02-04", "version": 2}).encode() + b"\n"
    shop.client.aws("firehose").put_record_batch(
        DeliveryStreamName="countinghouse-local-orders",
        Records=[{"Data": line + line}, {"Data": later}],
    )

    found = _waited(
        shop,
        athena,
        f"SELECT version, day FROM orders WHERE order_id = '{body['order_id']}' "  # noqa: S608
        "ORDER BY version",
        wanted=3,
    )

    assert [(row["version"], row["day"]) for row in found] == [
        ("1", "2026-02-03"),
        ("1", "2026-02-03"),
        ("2", "2026-02-04"),
    ]


def test_every_version_of_an_order_and_every_event_is_there(shop: Shop, athena: Athena) -> None:
    payment = shop.pay(2500)
    (order,) = payment["orders"]
    order_id = order["order_id"]

    versions = _waited(
        shop,
        athena,
        f"SELECT version, status, captured FROM orders WHERE order_id = '{order_id}' "  # noqa: S608
        "AND status = 'captured' ORDER BY version",
        wanted=1,
    )
    events = _waited(
        shop,
        athena,
        f"SELECT DISTINCT event_key, event_type FROM psp_events WHERE order_id = '{order_id}'",  # noqa: S608
        wanted=1,
    )

    assert versions[0]["captured"] == "2500"
    assert {row["event_type"] for row in events} == {"charge.captured"}


def test_a_developer_asks_the_lake_by_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.cli", "query", "SELECT 'ada' AS asked, 40 + 2 AS answer"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split()[:4] == ["asked", "answer", "ada", "42"]
    assert "1 of 1 rows" in done.stdout
