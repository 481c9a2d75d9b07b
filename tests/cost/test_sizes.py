import pytest

from tools.cost.sizes import item_size, read_halves, value_size, write_units


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "aé"}, 3),
        ({"N": "0"}, 1),
        ({"N": "7000"}, 2),
        ({"N": "-123"}, 4),
        ({"N": "1795338000220"}, 7),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": [{"S": "a"}, {"N": "1"}]}, 3 + 2 + 3),
        ({"M": {"ab": {"S": "c"}}}, 3 + 1 + 2 + 1),
    ],
)
def test_a_value_is_as_large_as_the_guide_says(value: dict[str, object], size: int) -> None:
    assert value_size(value) == size


def test_a_row_is_its_names_and_values() -> None:
    assert item_size({"id": {"S": "abc"}, "n": {"N": "1"}}) == 2 + 3 + 1 + 2
    assert item_size(None) == 0


def test_a_kind_that_no_row_has_is_refused() -> None:
    with pytest.raises(ValueError, match="kind SS"):
        value_size({"SS": ["a"]})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1_024, 1), (1_025, 2), (2_048, 2)])
def test_a_write_costs_a_unit_for_each_kilobyte_begun(size: int, units: int) -> None:
    assert write_units(size) == units


@pytest.mark.parametrize(("size", "halves"), [(0, 2), (4_096, 2), (4_097, 4)])
def test_a_consistent_read_costs_twice_one_that_may_lag(size: int, halves: int) -> None:
    assert read_halves(size, consistent=True) == halves
    assert read_halves(size, consistent=False) == halves // 2
