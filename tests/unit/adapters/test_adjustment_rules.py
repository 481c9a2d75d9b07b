import json
from pathlib import Path

import pytest

from countinghouse.domain.money import Money
from countinghouse_aws.system.adjustment_rules import load_adjustment_rules
from countinghouse_aws.system.market_rules import PACKAGED, VARIABLE


@pytest.fixture(autouse=True)
def _read_anew() -> object:
    load_adjustment_rules.cache_clear()
    yield
    load_adjustment_rules.cache_clear()


@pytest.mark.parametrize("currency", ["EUR", "USD", "BRL", "JPY", "KWD"])
def test_the_packaged_rules_leave_one_person_little(currency: str) -> None:
    payouts = json.loads(PACKAGED.read_text("utf-8"))["payouts"]["approval_above_minor"]
    rules = load_adjustment_rules()

    assert not rules.needs_approval(Money(1, currency))
    assert rules.needs_approval(Money(payouts[currency], currency))


def test_a_stage_reads_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "market.json"
    own.write_text(json.dumps({"adjustments": {"approval_above_minor": {"EUR": 7}}}), "utf-8")
    monkeypatch.setenv(VARIABLE, str(own))

    assert not load_adjustment_rules().needs_approval(Money(7, "EUR"))
    assert load_adjustment_rules().needs_approval(Money(8, "EUR"))
