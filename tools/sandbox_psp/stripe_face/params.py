"""A request's parameters: bracketed forms read as trees, and each read by its rule."""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from tools.sandbox_psp.stripe_face.errors import invalid
from tools.sandbox_psp.wire import JsonValue

AMOUNT_MAX: Final = 99_999_999_999_99
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_WHOLE: Final = re.compile(r"-?\d{1,18}")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_METADATA: Final = (50, 40, 500)

Tree = dict[str, JsonValue]


def from_form(text: str) -> Tree:
    """``metadata[order_id]=o&types[]=a&types[1]=b`` as objects and lists."""
    root: Tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        _put(root, [head, *_PART.findall(f"[{rest}" if rest else "")], value)
    return {name: _with_lists(value) for name, value in root.items()}


def _put(tree: Tree, path: list[str], value: str) -> None:
    for part in path[:-1]:
        below = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(below, dict):
            raise invalid("Invalid object.", path[0])
        tree = below
    tree[path[-1] or str(len(tree))] = value


def _with_lists(value: JsonValue) -> JsonValue:
    """Objects whose names are numbers are lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(below) for name, below in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Params:
    """A call's parameters; every reader raises ``StripeError`` (400) when its rule is broken."""

    def __init__(
        self, values: Mapping[str, JsonValue], known: Iterable[str], under: str = ""
    ) -> None:
        """Take what is given, of these names alone.

        Raises:
            StripeError: 400 ``parameter_unknown``.
        """
        self._values = values
        self._under = under
        unknown = sorted(set(values) - set(known) - {"expand"})
        if unknown:
            raise invalid(
                f"Received unknown parameter: {self._named(unknown[0])}",
                self._named(unknown[0]),
                "parameter_unknown",
            )

    def given(self) -> Mapping[str, JsonValue]:
        """All of them, as they came."""
        return self._values

    def has(self, name: str) -> bool:
        """Whether it is given and not emptied."""
        return self._values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A required text."""
        if not self.has(name):
            named = self._named(name)
            raise invalid(f"Missing required param: {named}.", named, "parameter_missing")
        value = self._values[name]
        if not isinstance(value, str) or len(value) > 5_000:
            raise invalid("Invalid string.", self._named(name))
        return value

    def optional(self, name: str) -> str | None:
        """A text, or None."""
        return self.text(name) if self.has(name) else None

    def choice(self, name: str, options: Iterable[str], default: str) -> str:
        """One of the options."""
        value, known = self.optional(name) or default, tuple(options)
        if value not in known:
            words = f"Invalid {self._named(name)}: must be one of {', '.join(known)}"
            raise invalid(words, self._named(name))
        return value

    def integer(self, name: str, least: int = 1, most: int = AMOUNT_MAX) -> int:
        """A required integer; in JSON a number, in a form its digits."""
        if not self.has(name):
            self.text(name)
        value = self._values[name]
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            named = self._named(name)
            raise invalid(f"Invalid integer: {named}", named, "parameter_invalid_integer")
        if not least <= value <= most:
            words = f"This value must be at least {least} and at most {most}."
            raise invalid(words, self._named(name), "parameter_invalid_integer")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; absent means false."""
        value = self._values.get(name, False)
        if value in ("true", "false"):
            return value == "true"
        if not isinstance(value, bool):
            raise invalid(f"Invalid boolean: {self._named(name)}", self._named(name))
        return value

    def currency(self, name: str = "currency") -> str:
        """An ISO 4217 code, in capitals as the book has it."""
        value = self.text(name)
        if not _CURRENCY.fullmatch(value):
            raise invalid(f"Invalid currency: {value[:8]}", self._named(name))
        return value.upper()

    def texts(self, name: str) -> list[str]:
        """A list of texts; absent means none."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid("Invalid array", self._named(name))
        return [str(item) for item in value]

    def tree(self, name: str) -> Mapping[str, JsonValue]:
        """An object as it came; absent means an empty one."""
        value = self._values.get(name) or {}
        if not isinstance(value, Mapping):
            raise invalid("Invalid object", self._named(name))
        return value

    def below(self, name: str, known: Iterable[str]) -> "Params":
        """An object of known names."""
        return Params(self.tree(name), known, self._named(name))

    def metadata(self) -> dict[str, str]:
        """Up to 50 texts of up to 500 characters under names of up to 40."""
        given, (count, name_max, text_max) = self.tree("metadata"), _METADATA
        found = {name: value for name, value in given.items() if value != ""}
        texts = {name: value for name, value in found.items() if isinstance(value, str)}
        fits = all(len(name) <= name_max and len(text) <= text_max for name, text in texts.items())
        if len(texts) != len(found) or len(texts) > count or not fits:
            raise invalid("Metadata values can have up to 500 characters.", "metadata")
        return texts

    def expand(self) -> list[str]:
        """What the answer is to hold whole instead of by its id."""
        return self.texts("expand")

    def _named(self, name: str) -> str:
        return f"{self._under}[{name}]" if self._under else name
