"""What a proof says: claims, each with what was counted and whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that is true or false, and the figure that decides."""

    says: str
    figure: str
    holds: bool


def none(says: str, of: str, found: Iterable[str]) -> Claim:
    """Claim that there is none `of` these; the figure is how many there are, and names a few."""
    listed = list(found)
    return Claim(says, "; ".join([f"{len(listed)} of {of}", *listed[:_NAMED]]), holds=not listed)


def every(says: str, total: int, of: str, missed: Iterable[str]) -> Claim:
    """Claim it of all `total` of these; the figure is of how many it is true, and names others."""
    listed = list(missed)
    figure = f"{total - len(listed)} of {total} {of}"
    return Claim(says, "; ".join([figure, *listed[:_NAMED]]), holds=not listed)


@dataclass(frozen=True, slots=True)
class Proof:
    """What one step found. `notes` is Markdown for below its table."""

    claims: tuple[Claim, ...]
    notes: str = ""

    @property
    def holds(self) -> bool:
        """Whether all of it does; what claims nothing proves nothing."""
        return bool(self.claims) and all(claim.holds for claim in self.claims)

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return asdict(self)


def proof_of(kept: dict[str, Any]) -> Proof:
    """Return the proof that `as_json` kept."""
    return Proof(tuple(Claim(**claim) for claim in kept["claims"]), kept["notes"])


@dataclass(frozen=True, slots=True)
class Run:
    """How a step is run: where it says how far it is, and whether it does only a little."""

    tell: Callable[[str], None]
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a proof. `prove` returns what it found, whether or not the claims hold."""

    name: str
    title: str
    prove: Callable[[Run], Proof]
