"""A row: one thing that AWS documents and we rely on, and how to see whether an engine does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.engine.engines import AWS, GUARDED, MINISTACK, MOTO, PROCESS, Engine

Observation = object
"""A plain value: text, numbers, lists of them."""
IN_PROCESS = (MINISTACK, MOTO)
SERVER = (PROCESS,)
IAM = (GUARDED,)


@dataclass(frozen=True)
class Row:
    """`aws` is what AWS documents, as `observe` tells it; `because` is why we care."""

    name: str
    says: str
    aws: Observation
    because: str
    observe: Callable[[Engine], Observation]
    engines: tuple[str, ...]
    not_on_aws: str | None
    """Why a real account is not asked."""

    @property
    def group(self) -> str:
        """The part of the page it stands in."""
        return self.name.partition(".")[0]


ROWS: dict[str, Row] = {}


def row(
    name: str,
    says: str,
    *,
    aws: Observation,
    because: str,
    engines: tuple[str, ...] = IN_PROCESS,
    not_on_aws: str | None = None,
) -> Callable[[Callable[[Engine], Observation]], Callable[[Engine], Observation]]:
    """Make a row of a function that observes an engine."""

    def made(observe: Callable[[Engine], Observation]) -> Callable[[Engine], Observation]:
        if name in ROWS:
            raise ValueError(f"there are two rows {name}")
        ROWS[name] = Row(name, says, aws, because, observe, engines, not_on_aws)
        return observe

    return made


def played_on(one: Row, *, aws: bool) -> tuple[str, ...]:
    """Which engines a row is observed on in such a run."""
    if not aws:
        return one.engines
    return () if one.not_on_aws else (AWS,)
