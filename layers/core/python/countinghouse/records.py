"""Frozen dataclasses with slots, made at a quarter of the cost.

The standard library writes six methods for each such class and compiles them, at every import: with
a hundred classes that was a fifth of a cold start. Here only the constructor is written for a
class; how records are compared, shown and kept from changing is the same for all and stands once
below. And a record is filled in while it is still open, which takes a third of the time that going
around its own lock for each field takes.

To all else they are dataclasses: `fields`, `replace`, `asdict` and `match` work, a record cannot be
changed, and is equal to another of its very class whose fields are. `dataclass` is used, and
checked by mypy, as the standard library's; with other arguments, and for a class that has bases or
fields the constructor does not take, it is the standard library's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`."""
        if cls is not None or options != {"frozen": True, "slots": True}:
            make = dataclasses.dataclass(**options)
            return make if cls is None else make(cls)
        return _record


def _record(cls: type) -> Any:
    own = [name for name, value in vars(cls).items() if isinstance(value, dataclasses.Field)]
    if cls.__bases__ != (object,) or not all(vars(cls)[name].init for name in own):
        return dataclasses.dataclass(frozen=True, slots=True)(cls)
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    compared = [field.name for field in fields if field.compare]
    made._compared = attrgetter(*compared) if compared else _nothing
    made.__new__ = staticmethod(_constructor(made, fields))
    for name in _SHARED:
        if name not in _own(cls):
            setattr(made, name, vars(_Record)[name])
    return made


def _own(cls: type) -> frozenset[str]:
    """The shared methods that a class has of its own."""
    # Whoever writes `__eq__` gets `__hash__ = None` with it, which is nobody's own.
    return frozenset(name for name in _SHARED if vars(cls).get(name) is not None)


def _constructor(made: Any, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., Any]:
    """`__new__`, which takes the fields as the class names them, in order."""
    scope: dict[str, Any] = {"_open": _open_twin(made), "_new": object.__new__}
    parameters, lines = [], ["_self = _new(_open)"]
    for field in fields:
        name = value = field.name
        if field.default_factory is not dataclasses.MISSING:
            scope[f"_make_{name}"], scope["_missing"] = field.default_factory, dataclasses.MISSING
            value = f"_make_{name}() if {name} is _missing else {name}"
            name = f"{name}=_missing"
        elif field.default is not dataclasses.MISSING:
            scope[f"_default_{name}"] = field.default
            name = f"{name}=_default_{name}"
        parameters.append(name)
        lines.append(f"_self.{field.name} = {value}")
    lines.append("_self.__class__ = _cls")
    if hasattr(made, "__post_init__"):
        lines.append("_self.__post_init__()")
    text = f"def __new__({', '.join(['_cls', *parameters])}):\n " + "\n ".join(
        [*lines, "return _self"]
    )
    exec(text, scope)  # noqa: S102 - written above, of a class's own field names
    made_new: Callable[..., Any] = scope["__new__"]
    made_new.__qualname__ = made.__qualname__
    return made_new


def _open_twin(made: Any) -> type:
    """A class of the same slots that is not locked: what a record is while it is filled in."""
    return type(made.__name__, (), {"__slots__": made.__slots__})


def _nothing(_: object) -> tuple[()]:
    return ()


_SHARED = ("__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__", "__reduce__")


class _Record:
    """What all records have in common."""

    _compared: Callable[[Any], Any]

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared: Any = self._compared
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        compared: Any = self._compared
        return hash((compared(self),))

    def __repr__(self) -> str:
        me: Any = self
        shown = (field.name for field in dataclasses.fields(me) if field.repr)
        told = ", ".join(f"{name}={getattr(me, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({told})"

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """What `copy` and `pickle` make another one of."""
        me: Any = self
        return self.__class__, tuple(getattr(me, field.name) for field in dataclasses.fields(me))
