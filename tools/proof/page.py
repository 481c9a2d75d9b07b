"""A page of proofs: every step with its claims, and when and on which commit it was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.proof.claims import Proof, Step, proof_of


@dataclass(frozen=True, slots=True)
class Ran:
    """A step's proof, the day and commit of its run, and how long it took in seconds."""

    proof: Proof
    day: str
    commit: str
    seconds: int

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return {
            "proof": self.proof.as_json(),
            "day": self.day,
            "commit": self.commit,
            "seconds": self.seconds,
        }


def ran_of(kept: dict[str, Any]) -> Ran:
    """Return the run that `as_json` kept."""
    return Ran(proof_of(kept["proof"]), kept["day"], kept["commit"], kept["seconds"])


def page(heading: str, intro: str, steps: Sequence[Step], ran: Mapping[str, Ran]) -> str:
    """The page as Markdown; a step that was never run says so."""
    parts = [f"# {heading}", intro.strip()]
    for step in steps:
        parts += [f"## {step.title}", _section(step, ran.get(step.name))]
    return "\n\n".join(parts) + "\n"


def _section(step: Step, ran: Ran | None) -> str:
    if ran is None:
        return f"Not run yet: `--only {step.name}`."
    rows = [
        f"| {_cell(one.says)} | {_cell(one.figure)} | {'holds' if one.holds else '**FAILS**'} |"
        for one in ran.proof.claims
    ]
    table = "\n".join(["| claim | counted | |", "|---|---|---|", *rows])
    told = f"Run on {ran.day} at `{ran.commit}`, {ran.seconds} s: `--only {step.name}`."
    return "\n\n".join(filter(None, [table, ran.proof.notes.strip(), told]))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
