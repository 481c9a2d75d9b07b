"""The model's limits: what is read from the code, what gets hot, what breaks first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse_aws.dynamodb.codec import to_item
from countinghouse_aws.dynamodb.wallets import encode_wallet
from infra.catalogue import CONSUMERS
from infra.config import stage
from infra.grants import GRANTS, TABLE_ENV
from tools.capacity.breaks import breaks, wallet_units
from tools.capacity.conflicts import Contest, contend
from tools.capacity.design import Design, deployed
from tools.capacity.measuring import KEPT
from tools.capacity.outcome import outcome
from tools.capacity.parameters import FILE, parameters
from tools.capacity.partitions import Demand, Key, heat, partitions_for, place
from tools.capacity.races import races
from tools.capacity.sections import CONTENTION, verdicts
from tools.capacity.sellers import exponent_for, share, total_weight
from tools.capacity.sizing import GOAL, power_of_two, raised, round_up, split
from tools.capacity.steps import Traffic
from tools.capacity.tables import demands, mean_group, postings_per_s, shards_of, wallets
from tools.capacity.validation import fitted, foretold, told

GIVEN = parameters()
BASE = deployed()
"""Of the scale of 100 million payments a day."""
SMALL = deployed("start")
LIMITS = GIVEN.raw["partition"]
CONTEST = Contest(0.008, 0.02, 8)


def test_steps_name_functions_queues_and_tables_that_there_are() -> None:
    for step in GIVEN.steps:
        assert CONSUMERS.get(step.queue or "", step.function) == step.function
        reached = {table for table in GRANTS[step.function] if "/" not in table}
        assert {name.partition("/")[0] for name in step.dynamodb} <= reached
    assert set(GIVEN.raw["streams"]) <= set(TABLE_ENV)


def test_the_design_is_what_is_deployed() -> None:
    prod = stage("prod", psp_url="https://psp.invalid")

    assert BASE.consumers == dict(prod.max_concurrency)
    assert BASE.due_shards == prod.due_shards
    assert BASE.posting_queues == prod.posting_queues
    assert BASE.warmth("Wallet/due") == BASE.warmth("Wallet") != SMALL.warmth("Wallet")
    assert SMALL.warmth("PspEvent") == (4_000.0, 12_000.0)
    assert BASE.wallet_shards == 4
    assert (BASE.account, SMALL.account) == (3_600.0, 1_000.0)


def test_a_wallets_units_are_those_of_a_seller_with_a_reserve_of_thirty_days() -> None:
    seller = "ccc4bbb5f32a6ab2b7066a4130f114e3"
    days = [f"2026-{11 + day // 28:02}-{day % 28 + 1:02}" for day in range(31)]
    kinds = ("seller_pending", "seller_available", "seller_receivable")
    platform = ("psp_receivable:stripe", "platform_fee_revenue", "fee_tax_payable")
    names = [f"seller_reserve:{seller}@{day}" for day in days]
    names += [f"{kind}:{seller}" for kind in kinds]
    balances = dict.fromkeys([*names, *platform], 1_234_567)
    wallet = Wallet(WalletAddress(f"seller:{seller}", "EUR"), balances, 9, "j" * 44, "c" * 64)
    size = len(json.dumps(to_item(encode_wallet(wallet)))) - 8 * len(balances)

    # Typed JSON is larger than what DynamoDB counts, and less than a kilobyte so.
    assert 2_000 < size < 4_000
    assert wallet_units(GIVEN) == 2 * 3


def test_the_largest_seller_has_its_share_and_all_shares_are_one() -> None:
    exponent = exponent_for(0.05, 1_000_000)
    small = [share(rank, 0.05, 5_000) for rank in range(1, 5_001)]

    assert share(1, 0.05, 1_000_000) == 0.05
    assert 0.05 * total_weight(exponent, 1_000_000) == pytest.approx(1.0)
    assert sum(small) == pytest.approx(1.0, rel=1e-6)
    assert small == sorted(small, reverse=True)


@pytest.mark.parametrize(("rate", "items", "through", "attempts"), CONTENTION)
def test_contention_is_as_was_measured_before(
    rate: float, items: int, through: float, attempts: float | None
) -> None:
    found = contend(rate, CONTEST, 8_000, 1, items)

    assert found.done_share == pytest.approx(through, abs=0.03)
    if attempts is not None:
        assert found.attempts_each == pytest.approx(attempts, rel=0.08)


def test_more_on_one_row_conflicts_more_and_one_alone_never() -> None:
    found = [contend(rate, CONTEST, 3_000, 1).conflict_rate for rate in (0.1, 10.0, 50.0, 200.0)]

    assert found == sorted(found)
    assert found[0] < 0.01
    assert contend(5.0, Contest(0.0, 0.02, 8), 1_000, 1).attempts == 1_000


def test_a_hot_key_stays_hot_whatever_is_split_and_even_load_cools() -> None:
    key = Demand("T", 0.0, 0.0, (Key("k", 900.0),))
    even = Demand("T", 9_000.0, 0.0)

    assert heat(key, 10_000.0, 12_000.0, LIMITS).settled == pytest.approx(0.9)
    assert heat(even, 4_000.0, 12_000.0, LIMITS).at_first == pytest.approx(2.25)
    assert heat(even, 4_000.0, 12_000.0, LIMITS).settled <= GOAL
    assert partitions_for(4_000.0, 12_000.0, LIMITS) == 4
    assert len({place(f"key {n}", 10) for n in range(200)}) == 10


def test_due_keys_share_all_that_their_index_takes() -> None:
    found = demands(GIVEN, BASE, 1_000.0, {})
    due = next(one for one in found if one.table == "PaymentOrder/due")

    assert len(due.keys) == BASE.due_shards
    assert due.writes == pytest.approx(2.0 * 1_000.0 * GIVEN.orders_per_payment)
    more = demands(GIVEN, replace(BASE, due_shards=64), 1_000.0, {})
    assert next(one for one in more if one.table == due.table).writes == pytest.approx(due.writes)


def test_sub_wallets_follow_a_sellers_share() -> None:
    large = replace(BASE, wallet_shards=16)

    assert [shards_of(rank, GIVEN, large) for rank in (1, 3, 8, 1_000)] == [16, 8, 4, 1]
    assert shards_of(1, GIVEN, replace(BASE, wallet_shards=1)) == 1


def test_postings_group_more_when_there_are_more_of_them() -> None:
    groups = []
    for rate in (100.0, 1_000.0, 10_000.0):
        groups.append(mean_group(GIVEN, rate, wallets(GIVEN, BASE, rate, 1)))

    assert 1.0 <= groups[0] < groups[1] < groups[2] < 10.0
    assert postings_per_s(GIVEN, 100.0) == pytest.approx(2.0 * 100.0 * 1.037)


def test_numbers_are_said_with_two_digits() -> None:
    assert [round_up(n) for n in (3.2, 10.0, 71.4, 1_234.0, 99_100.0)] == [
        *(4.0, 10.0, 72.0, 1_300.0, 100_000.0)
    ]
    assert [power_of_two(n) for n in (0.2, 1.0, 9.0, 16.0, 16.1)] == [1, 1, 16, 16, 32]


def peak(load: float) -> Traffic:
    rate = GIVEN.payments_per_s(load) * GIVEN.peak_factor
    return Traffic("peak hour", lambda _: rate, 12.0)


def test_in_a_new_account_intake_breaks_first_and_raised_numbers_move_it() -> None:
    first, *others = breaks(GIVEN, SMALL, 1)
    more = replace(SMALL, reserved={**SMALL.reserved, "payments": 5_000.0})

    assert first.name == "payments: at once"
    assert first.load < 0.2 < min(one.load for one in others)
    assert breaks(GIVEN, more, 1)[0].name != first.name


def test_of_our_own_numbers_none_breaks_at_one_time_the_load_as_deployed() -> None:
    ours = [one for one in breaks(GIVEN, BASE, 1) if one.owner == "ours"]

    assert min(one.load for one in ours) > 1.0


@pytest.mark.parametrize(("name", "load"), [(None, 1.0), ("5", 5.0), ("10", 10.0)])
def test_a_scale_has_what_the_model_asks_for_and_not_twice_as_much(
    name: str | None, load: float
) -> None:
    there = split(deployed(name), GIVEN, load)
    asked = raised(there, GIVEN, load)

    assert replace(asked, name=there.name, warm=there.warm) == there
    for table, (writes, reads) in asked.warm.items():
        assert there.warmth(table) == (writes, reads), table
    needed = raised(replace(SMALL, due_shards=1), GIVEN, load)
    tables = {table: needed.warmth(table) for table in there.warm}
    for table, (writes, _) in tables.items():
        indexes = [needed.warmth(one)[0] for one in needed.warm if one.startswith(f"{table}/")]
        assert there.warmth(table)[0] <= 2 * max(writes, *indexes, 0.0), table
    assert there.reserved["payments"] <= 2 * needed.reserved["payments"]
    assert there.consumers["Orders"] <= 2 * needed.consumers["Orders"]
    assert there.due_shards <= 2 * needed.due_shards
    assert there.api_rps <= 2 * needed.api_rps
    assert there.account <= 2 * needed.account


def test_one_time_the_load_misses_in_a_new_account_and_holds_as_deployed() -> None:
    found = races(GIVEN, 1, 4_000)
    runs = [outcome(GIVEN, design, 1.0, peak(1.0), 1) for design in (SMALL, BASE)]
    told_of = verdicts(runs, found).splitlines()

    assert told_of[-2].endswith("| **misses** |")
    assert told_of[-1].endswith("| holds once split |")
    assert all(race.rate < 0.01 for race in found)


def test_ten_times_the_load_asks_for_no_more_than_seventy_per_cent_of_ours() -> None:
    ten = split(deployed("10"), GIVEN, 10.0)
    rate = GIVEN.payments_per_s(10.0) * GIVEN.peak_factor
    largest = wallets(GIVEN, ten, rate, 1)
    hottest = max(
        heat(one, *ten.warmth(one.table), LIMITS).settled
        for one in demands(GIVEN, ten, rate, largest)
    )

    assert hottest <= GOAL
    assert max(ran.ages.percentile(0.99) for ran in largest.values()) < 5.0
    assert (ten.wallet_shards, ten.due_shards) == (16, 256)
    assert max(race.rate for race in races(GIVEN, 1, 4_000)) < 0.01


def test_what_was_measured_is_foretold_to_a_quarter_and_batches_to_four_tenths() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    waits, batches = foretold(kept, fitted(kept, 1), 1)
    mean = sum(map(sum, waits)) / sum(map(len, waits))

    assert mean == pytest.approx(sum(kept["waited_ms"]) / kept["orders"] / 1_000.0, rel=0.25)
    assert batches == pytest.approx(len(kept["posting_ms"]), rel=0.4)
    assert "| wait p50, s |" in told(kept, 1)


def test_parameters_read_from_a_file_of_the_same_shape(tmp_path: Path) -> None:
    other = json.loads(FILE.read_text(encoding="utf-8"))
    other["payments_per_day"] = 86_400
    (tmp_path / "p.json").write_text(json.dumps(other), encoding="utf-8")

    assert parameters(tmp_path / "p.json").payments_per_s(1.0) == 1.0


def test_a_design_bounds_a_step_by_its_mapping_or_reserve_or_what_the_account_leaves() -> None:
    design: Design = replace(BASE, reserved={"payments": 100.0}, account=500.0)

    assert design.concurrency("order_execution", "Orders") == BASE.consumers["Orders"]
    assert design.concurrency("payments", None) == 100.0
    assert design.concurrency("fulfilment", None) == 400.0
