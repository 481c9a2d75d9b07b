import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from countinghouse.domain.break_rules import BASIS, RuleId
from countinghouse.domain.psp_fees import ContractFee
from countinghouse_aws.system.market_rules import PACKAGED, VARIABLE, MarketRulesError
from countinghouse_aws.system.reconciliation_rules import load_reconciliation_rules


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    load_reconciliation_rules.cache_clear()
    yield
    load_reconciliation_rules.cache_clear()


def test_the_packaged_limits_are_those_of_the_domain_rules() -> None:
    found = load_reconciliation_rules()

    limits = {
        rule_id: (rule.limit_minor, rule.limit_basis_points)
        for rule_id, rule in found.rules.items()
    }
    assert limits == {
        RuleId.FEE_VARIANCE: (2, BASIS * 2 // 100),
        RuleId.ROUNDING: (1, None),
        RuleId.FX_VARIANCE: (None, 50),
        RuleId.RESERVE_MOVEMENT: (None, None),
        RuleId.UNALLOCATED: (None, None),
    }
    assert (found.grace.psp_days, found.grace.bank_days, found.grace.orphan_days) == (3, 2, 1)
    assert found.fee_of("sandbox") == ContractFee(14, 25)
    assert load_reconciliation_rules() is found


@pytest.mark.parametrize("currency", ["EUR", "USD", "BRL", "JPY", "KWD"])
def test_every_currency_of_the_market_has_its_caps_and_its_limit(currency: str) -> None:
    found = load_reconciliation_rules()

    assert all(rule.cap_minor[currency] > 0 for rule in found.rules.values())
    above = found.approval_above_minor[currency]
    assert not found.needs_approval({currency: above})
    assert found.needs_approval({currency: above + 1})


def test_a_mistake_names_file_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    document["reconciliation"]["rules"]["rounding"]["limit_minor"] = "1"
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(file))

    with pytest.raises(MarketRulesError, match=r"rules\.json: reconciliation\.rules\.rounding"):
        load_reconciliation_rules()
