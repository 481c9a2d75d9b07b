"""Tables: the promised keys under pinned names, and no way to lose a row in production."""

from __future__ import annotations

import re
from typing import Any

from infra.stacks.data import TABLES
from tests.infra.templates import Synthesized, naming_table, plain

# Changing one of these makes CloudFormation create an empty table in the place of a full one.
PINNED = {
    "PaymentEventC8EC7F26",
    "PaymentOrderFFC965B2",
    "PspEvent68C72B48",
    "LedgerB7379752",
    "Wallet0765F267",
    "AccountBalance7704FF66",
    "Billing5AAB9F52",
    "PayoutFF9B6D3F",
    "Reconciliation0AD45F50",
    "PspHealth7991AE9B",
    "FxQuote60E522BE",
    "ProposalE7916F1A",
    "Buyer36783352",
}

# Nobody acts on these tables' changes, so nobody is told.
UNHEARD = {"Billing", "PspHealth", "FxQuote", "Proposal", "Buyer"}


def _tables(any_stage: Synthesized) -> dict[str, dict[str, Any]]:
    found = any_stage.of_type("AWS::DynamoDB::GlobalTable")
    return {plain(name): one for name, one in found.items()}


def _keys(schema: list[dict[str, str]]) -> list[str]:
    return [key["AttributeName"] for key in schema]


def test_logical_ids_are_pinned(any_stage: Synthesized) -> None:
    assert set(any_stage.of_type("AWS::DynamoDB::GlobalTable")) == PINNED


def test_keys_are_those_of_the_naming_page(any_stage: Synthesized) -> None:
    promised = {}
    for row in naming_table("Tables"):
        name = row["table (construct id)"].strip("`")
        cells = (row["partition key"], row["sort key"])
        promised[name] = [re.findall(r"`(\w+)`", cell)[0] for cell in cells if cell]

    deployed = {
        name: _keys(table["Properties"]["KeySchema"]) for name, table in _tables(any_stage).items()
    }

    assert deployed == promised


def test_indexes_are_sparse_due_lists_and_lists_by_order_and_seller(any_stage: Synthesized) -> None:
    due, by_order = ["due_shard", "due_at"], ["order_id", "received_at"]
    by_seller = ["seller_id", "created_at"]
    deployed = {}
    for name, table in _tables(any_stage).items():
        indexes = table["Properties"].get("GlobalSecondaryIndexes", [])
        assert all(one["Projection"] == {"ProjectionType": "KEYS_ONLY"} for one in indexes)
        deployed[name] = {one["IndexName"]: _keys(one["KeySchema"]) for one in indexes}

    assert deployed == {
        "PaymentEvent": {"due": due},
        "PaymentOrder": {"due": due},
        "PspEvent": {"due": due, "by_order": by_order},
        "Ledger": {},
        "Wallet": {"due": due},
        "AccountBalance": {"by_found": ["kind", "found_at"]},
        "Billing": {},
        "Payout": {"due": due, "by_seller": by_seller},
        "Reconciliation": {
            "by_run": ["run_id", "opened_at"],
            "open": ["open_psp", "opened_at"],
        },
        "PspHealth": {},
        "FxQuote": {},
        "Buyer": {},
        "Proposal": {"by_status": ["listed", "created_at"]},
    }


def test_every_table_is_on_demand_and_streams_both_images_to_who_listens(
    any_stage: Synthesized,
) -> None:
    for name, table in _tables(any_stage).items():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        images = None if name in UNHEARD else {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert properties.get("StreamSpecification") == images


def test_only_webhook_evidence_and_erased_users_may_expire(any_stage: Synthesized) -> None:
    expiring = {
        name: table["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        for name, table in _tables(any_stage).items()
        if "TimeToLiveSpecification" in table["Properties"]
    }

    assert expiring == {"PspEvent": "expires_at", "Buyer": "expires_at"}


def test_production_tables_cannot_be_lost(prod: Synthesized) -> None:
    for table in _tables(prod).values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        for replica in table["Properties"]["Replicas"]:
            assert replica["DeletionProtectionEnabled"] is True
            assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
            assert "KMSMasterKeyId" in replica["SSESpecification"]


def test_production_key_rotates_and_stays(prod: Synthesized) -> None:
    (key,) = prod.of_type("AWS::KMS::Key").values()

    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == "Retain"


def test_production_is_warm_from_its_first_minute(prod: Synthesized) -> None:
    for name in ("PaymentEvent", "PaymentOrder", "Ledger", "Wallet"):
        warm = _tables(prod)[name]["Properties"]["WarmThroughput"]
        assert warm["WriteUnitsPerSecond"] >= 10_000


def test_a_laptops_tables_go_with_its_stack(local: Synthesized) -> None:
    for table in _tables(local).values():
        assert table["DeletionPolicy"] == "Delete"
        for replica in table["Properties"]["Replicas"]:
            assert replica["DeletionProtectionEnabled"] is False


def test_the_service_may_ask_for_any_table_without_a_new_export(prod: Synthesized) -> None:
    exported = [prod.target(one["Value"]) for one in prod.data["Outputs"].values()]

    for logical_id in PINNED:
        values = ("name", "arn") if plain(logical_id) in UNHEARD else ("name", "arn", "stream")
        assert exported.count(logical_id) == len(values)
    assert set(TABLES) == {plain(name) for name in PINNED}
