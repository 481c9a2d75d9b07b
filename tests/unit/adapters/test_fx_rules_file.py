import json
from pathlib import Path

import pytest

from countinghouse.domain.market_rules import parse_market_rules
from countinghouse_aws.system.fx_rules import load_fx_rules
from countinghouse_aws.system.market_rules import PACKAGED


def test_the_packaged_rules_say_how_to_convert() -> None:
    rules = load_fx_rules()

    assert rules.max_age_days == 5
    assert rules.spread_for("USD", "EUR") == 100
    assert rules.spread_for("JPY", "KWD") == 150


def test_who_draws_no_quotes_reads_past_the_section() -> None:
    document = json.loads(Path(PACKAGED).read_text(encoding="utf-8"))

    assert parse_market_rules({**document, "fx": {"nonsense": True}}) == parse_market_rules(
        document
    )


def test_rules_without_the_section_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "market.json"
    file.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("MARKET_RULES_FILE", str(file))

    with pytest.raises(RuntimeError, match="fx: is missing"):
        load_fx_rules.__wrapped__()
