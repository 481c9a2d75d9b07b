"""What a proof says: claims, each with what was counted and whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that is true or false, and the figure that decides."""

    says: str
    figure: str
    holds: bool


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
