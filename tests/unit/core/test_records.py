"""Records are dataclasses to whoever uses them: held against the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.records import dataclass

MAKERS = (dataclass, dataclasses.dataclass)


@dataclass(frozen=True, slots=True)
class Point:
    """A record of every kind of field."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)
    secret: str = field(default="hush", repr=False)
    seen: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Positive:
    """A record that looks at itself."""

    amount: int
    doubled: int = 0

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("not above zero")
        object.__setattr__(self, "doubled", 2 * self.amount)


def made_by(maker: Any) -> Any:
    """The same class, made by one of the two."""

    class Made:
        """A record."""

        x: int
        y: str = "y"
        z: tuple[int, ...] = field(default_factory=tuple)
        hidden: int = field(default=1, repr=False)
        loose: int = field(default=1, compare=False)

    return maker(frozen=True, slots=True)(Made)


OURS, THEIRS = map(made_by, MAKERS)
ARGUMENTS = st.fixed_dictionaries(
    {"x": st.integers(0, 2)},
    optional={
        "y": st.sampled_from(["y", "z"]),
        "z": st.tuples(st.integers(0, 1)),
        "hidden": st.integers(0, 1),
        "loose": st.integers(0, 1),
    },
)


@given(first=ARGUMENTS, second=ARGUMENTS)
def test_records_are_equal_shown_and_hashed_as_dataclasses_are(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    ours, theirs = OURS(**first), THEIRS(**first)

    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert repr(ours) == repr(theirs)
    assert (ours == OURS(**second)) is (theirs == THEIRS(**second))
    if ours == OURS(**second):
        assert hash(ours) == hash(OURS(**second))
    changed = dataclasses.replace(ours, x=9)
    assert changed == OURS(**{**first, "x": 9})
    assert changed.loose == ours.loose


@pytest.mark.parametrize("arguments", [(), (1, "y", (), 1, 1, 1), {"x": 1, "w": 2}, {"y": "no x"}])
def test_what_the_constructor_does_not_take_is_refused(arguments: Any) -> None:
    named = arguments if isinstance(arguments, dict) else {}
    for made in (OURS, THEIRS):
        with pytest.raises(TypeError):
            made(*() if named else arguments, **named)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: setattr(one, "x", 5),
        lambda one: setattr(one, "new", 5),
        lambda one: delattr(one, "x"),
    ],
)
def test_a_record_cannot_be_changed(change: Callable[[Any], None]) -> None:
    point = Point(1)

    with pytest.raises(FrozenInstanceError):
        change(point)

    assert point == Point(1)
    assert not hasattr(point, "__dict__")


def test_a_record_is_of_its_class_from_the_start() -> None:
    assert type(Point(1)) is Point
    assert Point(1) != THEIRS(1)
    assert OURS(1) != THEIRS(1)
    assert Positive(3).doubled == 6
    with pytest.raises(ValueError, match="not above zero"):
        Positive(0)


def test_default_lists_are_each_record_s_own() -> None:
    assert Point(1).names is not Point(1).names
    assert Point(1, names=["a"]).names == ["a"]


def _pickled(one: Any) -> Any:
    return pickle.loads(pickle.dumps(one))  # noqa: S301 - pickled here


def test_records_can_be_matched_copied_and_pickled() -> None:
    point = Point(1, 7, ["a"], "key", 3)

    match point:
        case Point(x, y):
            assert (x, y) == (1, 7)
    for other in (copy.copy(point), copy.deepcopy(point), _pickled(point)):
        assert (other, other.secret, other.seen) == (point, "key", 3)
        assert type(other) is Point
    assert [one.name for one in dataclasses.fields(point)] == ["x", "y", "names", "secret", "seen"]
    assert "key" not in repr(point)


def test_other_classes_are_the_standard_library_s() -> None:
    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        x: int

    @dataclass(slots=True)
    class Open:
        x: int

    @dataclass(frozen=True, slots=True)
    class Derived:
        x: int
        y: int = field(init=False, default=0)

    assert Ordered(1) < Ordered(2)
    loose = Open(1)
    loose.x = 2
    assert loose == Open(2)
    with pytest.raises(FrozenInstanceError):
        Derived(1).x = 2  # type: ignore[misc]


def test_a_method_of_the_class_s_own_is_kept() -> None:
    @dataclass(frozen=True, slots=True)
    class Shy:
        x: int

        def __repr__(self) -> str:
            return "shy"

    assert repr(Shy(1)) == "shy"
