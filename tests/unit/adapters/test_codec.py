from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.order import OrderStatus
from countinghouse_aws.dynamodb.codec import (
    from_attribute,
    from_item,
    present,
    to_attribute,
    to_item,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(plain)
def test_a_value_is_read_back_as_it_was_written(value: object) -> None:
    assert from_attribute(to_attribute(value)) == value


@given(st.dictionaries(st.text(max_size=5), plain, max_size=5))
def test_an_item_is_read_back_without_what_is_none(row: dict[str, object]) -> None:
    assert from_item(to_item(row)) == {k: v for k, v in row.items() if v is not None}


@given(st.integers())
def test_a_number_of_any_size_stays_an_integer(number: int) -> None:
    assert to_attribute(number) == {"N": str(number)}
    assert type(from_attribute({"N": str(number)})) is int


@pytest.mark.parametrize(
    "value", [1.5, 1.0, Decimal(1), b"bytes", bytearray(b"x"), {1, 2}, object()]
)
def test_what_is_not_stored_here_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_attribute(value)


@pytest.mark.parametrize("attribute", [{"N": "1.5"}, {"N": "1e3"}, {"B": b"x"}, {"SS": ["a"]}])
def test_what_was_never_stored_is_not_read(attribute: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_attribute(attribute)


def test_truth_is_no_number_and_a_word_of_ours_is_text() -> None:
    assert to_attribute(True) == {"BOOL": True}
    assert to_attribute(OrderStatus.SENT) == {"S": "sent"}
    assert type(to_attribute(OrderStatus.SENT)["S"]) is str


def test_absent_is_not_null() -> None:
    assert present(a=1, b=None, c=0, d="", e=False) == {"a": 1, "c": 0, "d": "", "e": False}
