"""What a history's functions ask of tables is held against their roles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.grants import GRANTS
from tests.simulation.explore import play
from tests.simulation.faults import Broken, Plan
from tests.simulation.machine import Machine
from tests.simulation.watch_of_roles import beyond_role


@pytest.mark.parametrize(
    ("function", "operation", "asked", "beyond"),
    [
        ("orders", "GetItem", {"TableName": "payment_order"}, None),
        ("orders", "DeleteItem", {"TableName": "payment_order"}, "DeleteItem of PaymentOrder"),
        ("repair", "Query", {"TableName": "wallet", "IndexName": "due"}, None),
        ("repair", "Query", {"TableName": "wallet"}, "Query of Wallet"),
        ("repair", "BatchGetItem", {"RequestItems": {"wallet": {}}}, "BatchGetItem of Wallet"),
        (
            "posting",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "ledger"}}]},
            None,
        ),
        (
            "proposals",
            "TransactWriteItems",
            {"TransactItems": [{"ConditionCheck": {"TableName": "wallet"}}]},
            "ConditionCheckItem of Wallet",
        ),
        ("", "DeleteItem", {"TableName": "wallet"}, None),
    ],
)
def test_what_a_role_does_not_grant_is_named(
    function: str, operation: str, asked: dict[str, Any], beyond: str | None
) -> None:
    found = list(beyond_role(function, operation, json.dumps(asked).encode()))

    assert found == ([f"{function} may not dynamodb:{beyond}"] if beyond else [])


def test_a_history_with_a_grant_too_few_is_broken(
    process: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = {**GRANTS["order_execution"], "PaymentOrder": frozenset[str]()}
    monkeypatch.setitem(GRANTS, "order_execution", fewer)

    with pytest.raises(Broken, match=r"order_execution may not dynamodb:\w+ of PaymentOrder"):
        play(process, Plan("F1"))
