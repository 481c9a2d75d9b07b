import pytest

from countinghouse.domain.unseen import is_unseen


@pytest.mark.parametrize(
    "char", "\u00ad\u034f\u115f\u17b5\u180b\u200b\u200d\u3164\ufe0f\ufeff\uffa0\U000e0101"
)
def test_what_prints_nothing_is_unseen(char: str) -> None:
    assert is_unseen(char)


@pytest.mark.parametrize("char", "a4 \u00a0\u0301\u20e3\u3163\ufe20\n-")
def test_what_leaves_a_mark_or_a_space_is_seen(char: str) -> None:
    assert not is_unseen(char)
