"""An id, a cursor or a key in a place that is not its own opens nothing."""

from __future__ import annotations

import pytest

from countinghouse_aws.dynamodb.ledger import DynamoLedger
from tests.security.doors import document
from tests.security.hostile import templates
from tests.security.house import House
from tests.security.isolation import IDS, cursor_swaps, key_swaps, swaps


def test_every_kind_of_id_in_a_path_has_its_own_to_swap() -> None:
    named = {name for template in templates(document()) for name in template.path}

    assert named == set(IDS)


def test_swapped_ids_tell_nothing(house: House) -> None:
    found = swaps(house, 300)

    assert found.leaks == []
    assert found.count == 300


def test_a_cursor_goes_on_with_its_own_list_or_is_refused(house: House) -> None:
    found = cursor_swaps(house)

    assert found.leaks == []
    assert found.count >= 80


def test_a_key_is_its_callers_and_its_routes(house: House) -> None:
    found = key_swaps(house)

    assert found.leaks == []
    assert found.count >= 10


def test_a_leak_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    both = DynamoLedger.wallets_of
    monkeypatch.setattr(DynamoLedger, "wallets_of", lambda book, _: both(book, "seller:s_birch"))
    monkeypatch.setattr("functions.wallet.handler.scope_of", lambda _: "anybody")

    assert any("s_birch" in leak for leak in swaps(house, 60).leaks)
    assert any("another caller" in leak for leak in key_swaps(house).leaks)
