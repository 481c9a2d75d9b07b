import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.fees import FeeTax, freeze_fee
from countinghouse.domain.instants import DAY
from countinghouse.domain.market_rules import ReserveRule
from countinghouse_aws.system.market_rules import (
    PACKAGED,
    VARIABLE,
    MarketRulesError,
    load_market_rules,
    read_market_rules,
)
from tests.builders import NOW, TEN_PERCENT


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    load_market_rules.cache_clear()
    yield
    load_market_rules.cache_clear()


def written(folder: Path, text: str) -> Path:
    file = folder / "rules.json"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_packaged_rules_are_those_of_the_worked_example() -> None:
    rules = load_market_rules()

    assert rules.fees.rule_for("anyone", None, 0) == TEN_PERCENT
    fee = freeze_fee(7_000, "EUR", rules.fees.rule_for("anyone", "anything", NOW))
    assert (fee.rule_id, fee.fee_minor, fee.tax_minor) == ("default-v1", 700, 133)
    assert rules.reserves.reserve_for("anyone") == ReserveRule(500, 30)
    assert rules.payouts.cool_off == 3 * DAY
    assert rules.disputes.platform_liable_reasons == {"duplicate_processing"}
    assert not rules.disputes.fee_given_back_when_lost


@pytest.mark.parametrize(
    ("currency", "least", "above"),
    [
        ("EUR", 100, 1_000_000),
        ("USD", 100, 1_000_000),
        ("BRL", 100, 1_000_000),
        ("JPY", 100, 100_000_000),
        ("KWD", 1_000, 10_000_000),
    ],
)
def test_the_packaged_payout_bounds(currency: str, least: int, above: int) -> None:
    payouts = load_market_rules().payouts

    assert payouts.minimum_for(currency) == least
    assert not payouts.needs_approval(above, currency)
    assert payouts.needs_approval(above + 1, currency)


def test_the_packaged_market_is_at_home_in_germany_and_the_single_market() -> None:
    rules = load_market_rules()
    tax = rules.fee_taxes.tax_for(rules.countries.seller_home("anyone"), abroad=False, now=NOW)

    assert tax == FeeTax("tax-de-v1", "DE", 1_900)
    assert not rules.countries.crosses_border("NO", "DE")
    assert rules.countries.crosses_border("CH", "DE")
    assert rules.sca.low_value_max_minor == {"EUR": 3_000}
    assert rules.screening.max_age == 30 * DAY


def test_a_packaged_rule_charges_for_the_border() -> None:
    rule = load_market_rules().fees.rule_for("anyone", "collectibles", NOW)

    fee = freeze_fee(10_000, "EUR", rule, cross_border=True)

    assert (fee.fee_minor, fee.cross_border_minor) == (1_180, 180)


def test_the_rules_are_read_once_a_process() -> None:
    assert load_market_rules() is load_market_rules()


def test_a_stage_may_name_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    document["payouts"]["cool_off_days"] = 7
    monkeypatch.setenv(VARIABLE, str(written(tmp_path, json.dumps(document))))

    assert load_market_rules().payouts.cool_off == 7 * DAY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "the document is an object"),
        ('{"fees": [], "fees": []}', "fees stands twice"),
        ("{}", "disputes: is missing"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(
    tmp_path: Path, text: str, said: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(MarketRulesError, match=said) as refusal:
        read_market_rules(file)

    assert str(file) in str(refusal.value)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(MarketRulesError, match="not JSON"):
        read_market_rules(file)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarketRulesError, match=r"gone\.json cannot be read"):
        read_market_rules(tmp_path / "gone.json")


def test_callers_are_never_blamed_for_the_rules() -> None:
    # The edge answers the core's errors with 4xx; anything else is 500 and an alarm.
    assert not issubclass(MarketRulesError, CountinghouseError)
