"""What functions leave behind: no card number anywhere, no secret and no body in a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tools.proof.claims import Claim, Proof, Run

if TYPE_CHECKING:
    from tests.security.spilled import Spilled

NUMBERS, QUICK = 12_000, 300
LINES = 5_000
_QUICK_EVERY = 12
ABOUT = (
    "The real functions with their own wiring on moto's tables (`tests/security/spilled.py`, "
    "`quoted.py`). Each request goes to one route with one number in one place and disguise, and "
    "with an API key, a webhook secret and a bearer token in headers. Then every line of the log "
    "down to the finest "
    "level, every metric, and what Lambda writes down of an exception is looked through, and every "
    "row, object, workflow's input and query: for the number's digits in a row, of any script and "
    "whatever stands between them, and for the text that was sent. Messages and events are made of "
    "rows alone (`routing.py`). Log lines: {lines}. "
    "Not looked for: a number in the code that a PSP gives a buyer to scan, whose digits pass Luhn "
    "by chance, and one that a settlement file of a PSP's has in a well-formed reference."
)


def prove(run: Run) -> Proof:
    """Plant card numbers, secrets and marks, and count where they come to light."""
    # Tests' own helpers: nothing of them is needed by the other steps.
    from tests.security import quoted, spilled
    from tests.security.house import open_house
    from tests.security.laid_out import lay
    from tools.secure.doors import silence

    wanted, lines = (QUICK, QUICK) if run.quick else (NUMBERS, LINES)
    with silence(), open_house(lay) as house:
        requests = spilled.requests(house, wanted)
        run.tell(f"{wanted} requests, {len(requests.leaks)} leaks")
        bodies, bugs = spilled.bodies(house), spilled.bugs(house)
        run.tell("bodies and bugs")
        answers = quoted.psp_answers(house, every=_QUICK_EVERY if run.quick else 1)
    events, files = quoted.psp_events(), quoted.files(lines)
    every = {
        "a card number in a request stands in no log line, metric, row, object, input or query": (
            requests
        ),
        "nothing of a request's body is logged but ids": bodies,
        "an exception in the middle that quotes the request is logged without its words": bugs,
        "a PSP's answer that quotes a card number is kept and logged without it": answers,
        "a PSP's webhook that quotes one is kept without it, or refused": events,
        "a rejected line of a settlement file or statement is not quoted": files,
    }
    notes = ABOUT.format(lines=sum(one.lines for one in every.values()))
    return Proof(tuple(_claims(every.items())), "\n\n".join([notes, _table(every.values())]))


def _claims(every: Iterable[tuple[str, Spilled]]) -> Iterator[Claim]:
    for says, found in every:
        shown = "".join(f"; {leak}" for leak in found.leaks[:3])
        figure = f"{found.tried.total()} tried, {len(found.leaks)} found{shown}"
        yield Claim(says, figure, bool(found.tried) and not found.leaks)


def _table(every: Iterable[Spilled]) -> str:
    lines = [f"| {kind} | {count} |" for one in every for kind, count in sorted(one.tried.items())]
    return "\n".join(["| where | tried |", "|---|---|", *lines])
