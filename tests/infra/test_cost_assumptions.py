"""What the bill assumes of the stage is what the stage has."""

from __future__ import annotations

from infra.catalogue import BATCH
from infra.config import stage
from infra.constructs.function import MEMORY_MB
from tools.cost.tables import assumptions


def test_the_bill_knows_the_stage() -> None:
    assumed, prod = assumptions().values, stage("prod")

    assert assumed["memory_mb"] == MEMORY_MB
    assert assumed["queue_records"] == BATCH
    assert assumed["log_kept_days"] == prod.log_retention_days
    assert assumed["stream_records"] <= prod.stream_batch
    assert assumed["lake_records"] <= prod.lake.batch
