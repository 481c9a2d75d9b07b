"""Lay the differences of a pass out in portions that one task each can judge."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice

from countinghouse.domain.difference import Difference, Sides
from countinghouse.ports.reconciliation import RunPapers

PORTION = 100
"""Differences a task judges: each may be a read, a journal and a write."""

JSON = "application/json"


def portion_differences(
    differences: Iterable[Difference], number: int, papers: RunPapers
) -> tuple[str, int]:
    """Write the portions of pass `number` and their list; the list's key, and how many there are.

    Laying them out again writes the same, so a repeated step changes nothing. Raises Unavailable.
    """
    left = iter(differences)
    names: list[str] = []
    while portion := list(islice(left, PORTION)):
        names.append(portion_name(number, len(names) + 1))
        content = json.dumps([asdict(one) for one in portion], separators=(",", ":"))
        papers.write(names[-1], content.encode(), JSON)
    listed = json.dumps(names, separators=(",", ":")).encode()
    return papers.write(portions_name(number), listed, JSON), len(names)


def portion_name(number: int, place: int) -> str:
    """What a portion is called."""
    return f"pass-{number}/portion-{place:06}.json"


def portions_name(number: int) -> str:
    """What the list of a pass's portions is called."""
    return f"pass-{number}/portions.json"


def read_portion(name: str, papers: RunPapers) -> list[Difference]:
    """A portion's differences. Raises Unavailable, LookupError when it was never laid out."""
    content = papers.read(name)
    if content is None:
        raise LookupError(f"there is no portion {name}")
    return [Difference(**{**row, "sides": Sides(row["sides"])}) for row in json.loads(content)]
