"""What takes a second person takes another person, whoever tries and whenever."""

from __future__ import annotations

from collections import Counter

import pytest

from countinghouse_aws.dynamodb.table import Table
from tests.security.four_eyes import Attempt, eyes
from tests.security.house import House


def test_every_attempt_ends_as_it_should(house: House) -> None:
    tried = list(eyes(house))

    assert [one for one in tried if not one.holds] == []
    actions = Counter(one.action.partition(":")[0] for one in tried)
    assert actions.keys() == {
        "approve a payout",
        "close a break above the limit",
        "answer for a finding",
        "book by hand above the limit",
    }
    assert min(actions.values()) >= 6


def failing(house: House) -> list[str]:
    return [f"{one.action} by {one.who}" for one in eyes(house) if not one.holds]


def test_a_rule_that_knows_only_arns_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("payout_steps", "break_requests", "proposal"):
        monkeypatch.setattr(f"countinghouse.domain.{module}.same_person", str.__eq__)

    found = failing(house)

    assert "approve a payout: who asked, in another role by approver:ada" in found
    assert "book by hand above the limit: who asked, in another role by approver:ada" in found


def test_a_write_without_its_condition_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = Table.update_if_same

    def unconditional(table: Table, old: dict[str, object], new: dict[str, object]) -> object:
        made = update(table, old, new)
        made["ConditionExpression"] = "attribute_exists(#version) OR #version = :version"
        return made

    monkeypatch.setattr(Table, "update_if_same", unconditional)

    found = failing(house)

    assert "approve a payout: called off since it was read by approver:kay" in found
    assert "book by hand above the limit: called off since it was read by approver:kay" in found
    assert any("two at once" in one for one in found)


def test_an_attempt_holds_only_when_answer_and_rows_agree() -> None:
    assert Attempt("a", "who", 403, 403).holds
    assert not Attempt("a", "who", 403, 202).holds
    assert not Attempt("a", "who", 403, 403, "approved all the same").holds
