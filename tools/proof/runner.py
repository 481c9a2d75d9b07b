"""Runs the steps of a proof one after the other, and writes its page after each."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tools.local.places import ROOT
from tools.proof.claims import Claim, Proof, Run, Step
from tools.proof.page import Ran, page, ran_of


@dataclass(frozen=True, slots=True)
class Book:
    """A page of proofs: its name (of the file in docs/ and of what is kept), words and steps."""

    name: str
    heading: str
    intro: str
    steps: tuple[Step, ...]
    root: Path = ROOT

    @property
    def kept(self) -> Path:
        """What the last run of each step found."""
        return self.root / "docs" / "proofs" / f"{self.name}.json"

    @property
    def shown(self) -> Path:
        """The page."""
        return self.root / "docs" / f"{self.name}.md"


def run(book: Book, only: Sequence[str] = (), *, quick: bool = False) -> bool:
    """Run the steps named, or all, and write the page; True when every claim holds.

    A quick run does a little of everything and leaves the page alone.

    Raises:
        ValueError: when a name is no step's.
    """
    if unknown := set(only) - {step.name for step in book.steps}:
        names = ", ".join(step.name for step in book.steps)
        raise ValueError(f"no step {', '.join(sorted(unknown))}: there is {names}")
    wanted = [step for step in book.steps if not only or step.name in only]
    holds = True
    for place, step in enumerate(wanted, 1):
        typer.echo(f"[{place}/{len(wanted)}] {step.title}")
        ran = _played(step, quick=quick)
        for claim in ran.proof.claims:
            typer.echo(f"  {'ok  ' if claim.holds else 'FAIL'} {claim.says}: {claim.figure}")
        holds = holds and ran.proof.holds
        if not quick:
            _keep(book, step, ran)
    return holds


def _played(step: Step, *, quick: bool) -> Ran:
    began = time.monotonic()
    try:
        proof = step.prove(Run(lambda text: typer.echo(f"  {text}"), quick))
    except Exception as error:  # noqa: BLE001 - it has proved nothing, and the others still run
        says = f"the step comes to its end: {type(error).__name__}"
        proof = Proof((Claim(says, str(error)[:300] or "it broke", holds=False),))
    today = datetime.now(UTC).date().isoformat()
    return Ran(proof, today, commit(), round(time.monotonic() - began))


def commit() -> str:
    """Return the commit that is checked out, marked when files other than documents differ from it.

    A run writes documents: its second step is played by the same code as its first.
    """
    told = _git("describe", "--always", "--abbrev=10").stdout.strip()
    changed = _git("diff", "--quiet", "HEAD", "--", ".", ":!docs").returncode
    return f"{told}-dirty" if told and changed else told or "unknown"


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["/usr/bin/env", "git", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _keep(book: Book, step: Step, ran: Ran) -> None:
    kept: dict[str, Any] = {}
    if book.kept.exists():
        kept = json.loads(book.kept.read_text(encoding="utf-8"))
    kept[step.name] = ran.as_json()
    book.kept.parent.mkdir(parents=True, exist_ok=True)
    book.kept.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    found = {name: ran_of(one) for name, one in kept.items()}
    book.shown.write_text(page(book.heading, book.intro, book.steps, found), encoding="utf-8")


def main(book: Book) -> None:
    """Run a page's steps as a command: exit code 1 when a claim fails."""

    def command(
        only: Annotated[list[str] | None, typer.Option(help="A step; again for more.")] = None,
        quick: Annotated[
            bool, typer.Option("--quick", help="A little of everything; leaves the page alone.")
        ] = False,
    ) -> None:
        try:
            holds = run(book, only or (), quick=quick)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        raise typer.Exit(not holds)

    names = ", ".join(step.name for step in book.steps)
    command.__doc__ = f"{book.heading}: {names}. Writes docs/{book.name}.md."
    typer.run(command)
