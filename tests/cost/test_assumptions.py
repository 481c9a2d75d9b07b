"""What the price of a function's work is made of is what `make bench` counted."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tools.capacity.design import deployed
from tools.capacity.parameters import parameters
from tools.capacity.streams import relayed
from tools.capacity.tables import demands, wallets
from tools.cost.bill import STREAMED
from tools.cost.tables import assumptions

PAYMENTS_PER_S, SEED = 1_157, 1
TABLES = {
    "PaymentEvent": "payment_event",
    "PaymentOrder": "payment_order",
    "Ledger": "ledger",
    "PspEvent": "psp_event",
    "Wallet": "wallet",
}
COUNTED = json.loads(Path("docs/proofs/bench.json").read_text(encoding="utf-8"))["warm"]
FROM_INTAKE = ("intake", "webhook", "execute_10", "post_10", "progress_10", "psp_events_10")


def ki(work: str, part: str) -> Fraction:
    """Thousands of instructions, as they stand."""
    return Fraction(str(COUNTED[work][part]["ki"]))


def own(work: str) -> Fraction:
    """What a work takes beside its calls to AWS."""
    return ki(work, "cost") - ki(work, "tuned")


def of_a_record(kind: str) -> Fraction:
    return (own(f"{kind}_10") - own(f"{kind}_1")) / 9


COUNTS: dict[str, Fraction] = {
    "cpu_us_call": sum((ki(work, "tuned") for work in FROM_INTAKE), Fraction(0))
    / sum(COUNTED[work]["calls"] for work in FROM_INTAKE),
    "cpu_us_record": of_a_record("post"),
    "cpu_us_invocation": own("post_1") - of_a_record("post"),
    "cpu_us_change": (own("relay_20") + own("lake_20")) / 40,
    "cpu_us_psp": own("execute_10") / 10 - of_a_record("post"),
}


@pytest.mark.parametrize("name", COUNTS)
def test_processor_time_is_what_was_counted(name: str) -> None:
    assumed: Any = assumptions()
    us = COUNTS[name] * 1_000 / Fraction(assumed["instructions_us"])

    assert abs(us - Fraction(assumed[name])) < us / 20


def test_every_assumption_of_processor_time_is_compared() -> None:
    assert {name for name in assumptions().values if name.startswith("cpu_us_")} == COUNTS.keys()


def test_the_relay_gets_as_many_changes_as_the_model_says() -> None:
    given, design = parameters(), deployed()
    sellers = wallets(given, design, PAYMENTS_PER_S, SEED)
    streams = relayed(
        given, design, PAYMENTS_PER_S, demands(given, design, PAYMENTS_PER_S, sellers), SEED
    )
    assumed = assumptions().values

    told = {f"{STREAMED}{TABLES[one.table]}": one.lane.group_size for one in streams}

    assert told.keys() == {name for name in assumed if name.startswith(STREAMED)}
    for name, records in told.items():
        assert abs(records - assumed[name]) < max(1.0, records / 10), (name, records)
