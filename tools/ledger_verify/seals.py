"""The seals' copies: a chain, each true to its own hash, and to the journals of its days."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from countinghouse.domain.seal import Seal, SealTallies, check_chain, explain, parse_seal
from tools.ledger_verify.rows import Problems

SEALS = "seals"


def read_seals(copies: Mapping[str, bytes], problems: Problems) -> list[Seal]:
    """The seals in their copies, by the copies' names, oldest first; what is none is a problem."""
    seals = []
    for name, content in sorted(copies.items()):
        try:
            view = json.loads(content)
            one = parse_seal(view)
            stated = view["hash"]
        except (ValueError, TypeError, KeyError) as error:
            problems.add(SEALS, name, f"it cannot be read: {type(error).__name__}")
            continue
        if stated != one.hash:
            problems.add(SEALS, one.day, "it was altered: its hash is of another content")
        if name != f"{one.day}.json":
            problems.add(SEALS, one.day, f"it lies under {name}")
        seals.append(one)
    return sorted(seals, key=lambda one: one.day)


def check_seals(seals: Sequence[Seal], tallies: SealTallies, problems: Problems) -> None:
    """Compare the seals with each other, and with what the journals of their days come to."""
    for detail in check_chain(seals):
        problems.add(SEALS, "chain", detail)
    for one, figures in zip(seals, tallies.figures, strict=True):
        if figures != one.figures:
            problems.add(SEALS, one.day, f"the lake has {explain(one.figures, figures)}")
