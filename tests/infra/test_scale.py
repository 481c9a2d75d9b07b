"""Scales: what production is deployed with for one, five and ten times 100 million payments."""

from __future__ import annotations

from itertools import pairwise

import pytest

from countinghouse_aws.due_keys import DUE_SHARDS_MAX, QUIET_SHARDS
from infra.config import stage
from infra.queue_limits import MAPPING_MAX
from infra.scale import SCALES, START, USUAL, scale_of
from infra.stacks.data import TABLES
from tests.infra.templates import ROOT, Synthesized, plain

DEPLOY = ROOT / "docs" / "deploy.md"


def test_production_has_the_scale_it_is_deployed_with() -> None:
    for name, scale in SCALES.items():
        chosen = stage("prod", scale=name)
        assert chosen.max_concurrency == scale.consumers
        assert chosen.reserved_concurrency["payments"] == scale.payments
        assert (chosen.throttle, chosen.warm) == (scale.throttle, scale.warm)
        assert chosen.due_shards == scale.due_shards
    assert stage("prod") == stage("prod", scale=USUAL)


def test_an_unknown_scale_and_one_of_a_small_stage_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown scale '3': one of start, 1, 5, 10"):
        scale_of("3")
    with pytest.raises(ValueError, match="stage dev has no scale"):
        stage("dev", scale="10")


def test_a_larger_scale_has_no_smaller_number() -> None:
    for small, large in pairwise(SCALES.values()):
        assert small.payments < large.payments
        assert small.webhooks <= large.webhooks
        assert small.lambda_account < large.lambda_account
        assert small.due_shards <= large.due_shards <= DUE_SHARDS_MAX
        assert all(large.consumers[name] >= at_once for name, at_once in small.consumers.items())
        for table, warm in small.warm.items():
            assert large.warm[table].writes > warm.writes
            assert large.warm[table].reads > warm.reads


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_can_be_deployed(name: str) -> None:
    scale = scale_of(name)

    # Fewer keys than once were written to are looked beyond only above the fewest.
    assert scale.due_shards > QUIET_SHARDS
    assert scale.due_shards.bit_count() == 1
    assert scale.warm.keys() <= TABLES.keys()
    # Lambda keeps a hundred for functions without a reserve.
    assert sum(scale.reserved.values()) <= scale.lambda_account - 100
    assert scale_of(START).lambda_account == 1_000


def test_what_a_mapping_cannot_be_bound_to_has_pollers(large: Synthesized) -> None:
    wanted = {queue: at_once for queue, at_once in scale_of("10").consumers.items()}
    seen = {}
    for mapping in large.of_type("AWS::Lambda::EventSourceMapping").values():
        properties = mapping["Properties"]
        queue = plain(large.target(properties["EventSourceArn"])).removeprefix("Queues")
        name = next((one for one in wanted if queue.startswith(one)), None)
        if name is None:
            continue
        bound = properties.get("ScalingConfig", {}).get("MaximumConcurrency")
        pollers = properties.get("ProvisionedPollerConfig")
        assert (bound is None) != (pollers is None), queue
        seen[name] = bound if pollers is None else 10 * pollers["MaximumPollers"]
        if pollers is not None:
            assert wanted[name] > MAPPING_MAX
            assert 1 <= pollers["MinimumPollers"] <= min(200, pollers["MaximumPollers"])
    assert seen == wanted


def test_what_aws_has_to_raise_is_told() -> None:
    rows = [line.split("|") for line in DEPLOY.read_text(encoding="utf-8").splitlines()]
    told = {row[1].strip(): [cell.strip() for cell in row[4:7]] for row in rows if len(row) == 8}
    large = [scale for name, scale in SCALES.items() if name != START]

    def most(unit: str) -> list[str]:
        return [
            f"{max(getattr(warm, unit) * (1 + len(TABLES[t].indexes)) for t, warm in one):,}"
            for one in (scale.warm.items() for scale in large)
        ]

    def shown(name: str) -> list[str]:
        cells = next(cells for head, cells in told.items() if head.startswith(name))
        return [cell.removesuffix(" (Wallet)") for cell in cells]

    assert shown("Lambda: ") == [f"{scale.lambda_account:,}" for scale in large]
    assert shown("API Gateway: ") == [
        f"{scale.throttle.rate_per_s:,}; {scale.throttle.burst:,}" for scale in large
    ]
    assert shown("DynamoDB: write units") == most("writes")
    assert shown("DynamoDB: read units") == most("reads")
