import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import from_rfc3339, rfc3339


@given(st.integers(0, 4_102_444_800_000))
def test_an_instant_survives_being_written_and_read(instant: int) -> None:
    assert from_rfc3339(rfc3339(instant)) == instant


def test_the_offset_counts() -> None:
    assert rfc3339(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"
    assert from_rfc3339("2023-11-14T23:13:20.123+01:00") == 1_700_000_000_123


@pytest.mark.parametrize("text", ["2023-11-14T22:13:20", "", "yesterday", "2023-13-01T00:00:00Z"])
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_rfc3339(text)
