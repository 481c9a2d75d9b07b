import pytest

from countinghouse.domain.instants import MINUTE
from countinghouse_aws.due_keys import DUE_SHARDS_MAX, QUIET_SHARDS, due_shards, looked_beyond
from tests.builders import NOW


def test_a_stage_that_says_nothing_has_few_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUE_SHARDS", raising=False)
    assert due_shards() == QUIET_SHARDS
    monkeypatch.setenv("DUE_SHARDS", "")
    assert due_shards() == QUIET_SHARDS
    monkeypatch.setenv("DUE_SHARDS", "64")
    assert due_shards() == 64


@pytest.mark.parametrize("shards", [9, 16, 128, 254])
def test_an_hour_looks_at_every_key_beyond_and_at_no_other(shards: int) -> None:
    looks = [looked_beyond(shards, NOW + minute * MINUTE) for minute in range(62)]

    assert {key for look in looks for key in look} == set(range(shards, DUE_SHARDS_MAX))
    assert max(map(len, looks)) <= 4
    assert all(len(set(look)) == len(look) for look in looks)


def test_with_all_keys_there_is_none_beyond_nor_with_the_fewest() -> None:
    assert looked_beyond(DUE_SHARDS_MAX, NOW) == []
    assert looked_beyond(QUIET_SHARDS, NOW) == []
