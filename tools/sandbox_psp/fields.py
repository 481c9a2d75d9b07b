"""Reads a body's fields, each by its rule; a refusal names the field and never its value."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tools.sandbox_psp.wire import JsonValue, Refused

AMOUNT_MAX: Final = 10**15
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def invalid(message: str) -> Refused:
    """A body that breaks a field's rule: 422."""
    return Refused(422, "invalid_request", message)


@dataclass(frozen=True)
class Fields:
    """A body's fields. Every reader raises ``Refused`` (422) when its rule is broken."""

    values: Mapping[str, JsonValue]

    def has(self, name: str) -> bool:
        """Whether the field is given and not null."""
        return self.values.get(name) is not None

    def text(self, name: str, length_max: int = 64) -> str:
        """A required, non-empty text."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= length_max:
            raise invalid(f"{name} must be a text of 1 to {length_max} characters")
        return value

    def optional_text(self, name: str, length_max: int = 64) -> str | None:
        """A text, or None when the field is absent."""
        return self.text(name, length_max) if self.has(name) else None

    def amount(self, name: str = "amount") -> int:
        """A positive integer of minor units; no text, fraction or boolean passes for one."""
        return self.integer(name, 1, AMOUNT_MAX)

    def integer(self, name: str, least: int, most: int) -> int:
        """An integer within the bounds, both included."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid(f"{name} must be an integer from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; absent means false."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise invalid(f"{name} must be true or false")
        return value

    def currency(self) -> str:
        """An ISO 4217 code: three capitals."""
        value = self.text("currency", 3)
        if not _CURRENCY.fullmatch(value):
            raise invalid("currency must be three capital letters")
        return value

    def day(self, name: str = "date") -> date | None:
        """A day such as 2026-11-22, or None when the field is absent."""
        text = self.optional_text(name, 10)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} must be a day such as 2026-11-22") from None

    def choice(self, name: str, options: Iterable[str], default: str | None = None) -> str:
        """One of the options."""
        value = self.values.get(name)
        if value is None:
            value = default
        known = list(options)
        if not isinstance(value, str) or value not in known:
            raise invalid(f"{name} must be one of {', '.join(known)}")
        return value

    def url(self, name: str) -> str | None:
        """A link the PSP may show or call: http or https only, or None when absent."""
        value = self.optional_text(name, 2_000)
        if value is not None and not value.lower().startswith(("http://", "https://")):
            raise invalid(f"{name} must be an http or https URL")
        return value

    def nested(self, name: str) -> "Fields":
        """A required object."""
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            raise invalid(f"{name} must be an object")
        return Fields(value)

    def objects(self, name: str, count_max: int = 50) -> "list[Fields]":
        """A list of objects; absent means none."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > count_max:
            raise invalid(f"{name} must be a list of at most {count_max}")
        if not all(isinstance(item, Mapping) for item in value):
            raise invalid(f"{name} must hold objects")
        return [Fields(item) for item in value]
