"""Ask after what a pass found late on our side: sends the messages, writes nothing.

To ask twice is harmless, as every message is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from countinghouse.messages import Message, Queue
from countinghouse.ports.queues import Outbox
from countinghouse.ports.reconciliation import RunPapers

JSON = "application/json"


def keep_judged(
    portion: str, counts: Mapping[str, int], messages: Sequence[Message], papers: RunPapers
) -> None:
    """Keep what became of a portion, beside it. Raises Unavailable."""
    said = {"counts": dict(counts), "messages": [asdict(one) for one in messages]}
    papers.write(_judged(portion), json.dumps(said).encode(), JSON)


def repair_late(portions: str, outbox: Outbox, papers: RunPapers) -> tuple[int, dict[str, int]]:
    """Send what the pass with that list of portions asked for; how many, and what it counted.

    Raises LookupError for a portion that was not judged, Unavailable.
    """
    counts: Counter[str] = Counter()
    messages: dict[str, Message] = {}
    for portion in json.loads(_paper(portions, papers)):
        said = json.loads(_paper(_judged(portion), papers))
        counts.update(said["counts"])
        for row in said["messages"]:
            message = Message(**{**row, "queue": Queue(row["queue"])})
            messages[json.dumps(row, sort_keys=True)] = message
    outbox.send(list(messages.values()))
    return len(messages), dict(counts)


def _judged(portion: str) -> str:
    return portion.replace("portion-", "judged-")


def _paper(name: str, papers: RunPapers) -> bytes:
    content = papers.read(name)
    if content is None:
        raise LookupError(f"there is no paper {name}")
    return content
