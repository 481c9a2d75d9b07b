"""Refusing card numbers at the door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from countinghouse.domain.errors import Invalid
from countinghouse_aws.card_numbers import holds_card_number


def refuse_card_numbers(body: object) -> None:
    """Raise Invalid (`card_number_refused`) if any text, number or key in `body` holds one.

    The error names nothing of the body.
    """
    for text in _texts(body):
        if holds_card_number(text):
            raise Invalid(
                "the body holds what looks like a card number; send the PSP's token instead",
                code="card_number_refused",
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from _texts(part)
    elif isinstance(value, Sequence):
        # A number that was cut into an array's places.
        if value and all(isinstance(part, str | int) for part in value):
            yield " ".join(map(str, value))
        for part in value:
            yield from _texts(part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
