from collections.abc import Callable

import pytest

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import DAY
from countinghouse.domain.money import AMOUNT_MAX


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as refused:
        read()
    path = refused.value.field
    assert path is not None
    assert refused.value.detail.startswith(f"{path}: ")
    return path


def test_a_part_knows_where_it_stands() -> None:
    document = Part({"a": [{"b": {"c": -1}}]})
    (first,) = document.entries()["a"].elements()

    assert refusal(first.entries()["b"].entries()["c"].whole) == "a[0].b.c"
    assert refusal(Part([]).entries) == "the document"


def test_values_of_their_type_are_read() -> None:
    assert [Part(number).whole() for number in (0, AMOUNT_MAX)] == [0, AMOUNT_MAX]
    assert [Part(flag).flag() for flag in (True, False)] == [True, False]
    assert Part("").text() == ""
    assert Part("A-z_9").identifier() == "A-z_9"
    assert Part("1970-01-02T01:00:00+01:00").instant() == DAY


@pytest.mark.parametrize("value", [-1, 11, 1.0, 1.5, float("nan"), True, "1", None, [1], {}])
def test_only_whole_numbers_in_bounds_are_numbers(value: object) -> None:
    assert refusal(lambda: Part(value, "p").whole(10)) == "p"


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_only_true_and_false_are_flags(value: object) -> None:
    assert refusal(Part(value, "p").flag) == "p"


@pytest.mark.parametrize("value", [1, None, True, ["a"]])
def test_only_text_is_text(value: object) -> None:
    assert refusal(Part(value, "p").text) == "p"


@pytest.mark.parametrize("value", ["", "a b", "a" * 65, "a\n", "order~1", "ä"])
def test_an_id_is_one_that_callers_can_spell(value: object) -> None:
    assert refusal(Part(value, "p").identifier) == "p"


@pytest.mark.parametrize("value", ["", "today", "2026-01-01", "2026-01-01T00:00:00", 0])
def test_an_instant_names_its_offset(value: object) -> None:
    assert refusal(Part(value, "p").instant) == "p"


@pytest.mark.parametrize("value", ["text", b"bytes", 1, None, {"a": 1}])
def test_only_a_list_has_elements(value: object) -> None:
    assert refusal(Part(value, "p").elements) == "p"


@pytest.mark.parametrize(
    ("value", "path"), [({}, "p.a"), ({"a": 1, "c": 1}, "p.c"), ([], "p"), (None, "p")]
)
def test_an_object_has_the_keys_it_should(value: object, path: str) -> None:
    assert refusal(lambda: Part(value, "p").fields(frozenset("a"), frozenset("b"))) == path


def test_optional_keys_may_be_there() -> None:
    found = Part({"a": 1, "b": 2}).fields(frozenset("a"), frozenset("b"))

    assert [part.path for part in found.values()] == ["a", "b"]


@pytest.mark.parametrize(
    ("field", "path"), [(None, "p"), ("x.EUR", "p.x.EUR"), ("[3].x", "p[3].x")]
)
def test_what_an_object_refuses_is_named_below_its_part(field: str | None, path: str) -> None:
    def build() -> None:
        raise Invalid("no", field=field)

    assert refusal(lambda: Part({}, "p").built(build)) == path
