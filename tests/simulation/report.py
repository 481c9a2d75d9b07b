"""docs/simulation.md, made of what the parts of the run found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from countinghouse.domain.instants import DAY, HOUR, MINUTE
from tests.simulation.results import HISTORIES, OF_FLOWS, Part, Results
from tools.proof.claims import Claim, Proof, Step
from tools.proof.page import Ran, page

TARGET = 1_000_000
"""Calls of histories with a fault that a whole run checks."""
INTRO = """
What `make simulate` counted; the run writes this page. The real handlers run in one process on a
virtual clock ([testing.md](testing.md)). A history is one order of events with the faults of its
plan; after each of its calls and at its end every invariant must hold. A faulted call is a call to
AWS or the PSP in a history with at least one fault. A run that was cut goes on another day with the
same code, and its times add up; a commit is the last one that changed what is played.
"""
_TITLES = {
    "all": "Altogether",
    "singles": "Every call fails in every way, one at a time",
    "pairs": "Two faults",
    "markets": "Days of chance of a whole market, with their reconciliation",
    "random": "Two to six faults, deliveries in an order of chance",
    "zoo": "Planted bugs",
}


def shown(results: Results) -> str:
    """The page as Markdown."""
    steps = [Step(name, title, _never) for name, title in _TITLES.items()]
    ran = {name: _ran(name, part) for name, part in results.parts.items()}
    played = [results.parts[name] for name in HISTORIES if name in results.parts]
    if played:
        days = sorted({day for part in played for day in part.days})
        commits = dict.fromkeys(part.commit for part in played)
        seconds = round(sum(part.seconds for part in played))
        told = " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
        ran["all"] = Ran(Proof(tuple(altogether(results))), told, "`, `".join(commits), seconds)
    tables = ["## Flows", _flows(results), "## Ways to fail", _modes(results)]
    told = page("Simulation", INTRO, steps, ran) + "\n" + "\n\n".join(tables) + "\n"
    return told.replace("`--only all`", "all parts")


def _never(_: object) -> Proof:
    raise NotImplementedError("the parts are run by tests.simulation")


def _ran(name: str, part: Part) -> Ran:
    proof = Proof(tuple(claims(name, part)), "\n\n".join(filter(None, _notes(part))))
    return Ran(proof, part.day, part.commit, round(part.seconds))


def altogether(results: Results) -> Iterator[Claim]:
    """What all parts say together."""
    parts = [results.parts[name] for name in HISTORIES if name in results.parts]
    histories = sum(part.total.histories for part in parts)
    broken = sum(len(part.failures) for part in parts)
    faults = sum(part.total.faults for part in parts)
    minutes = sum(part.seconds for part in parts) / 60
    yield Claim(
        f"{TARGET:,} calls of histories with a fault are checked, and no invariant is violated",
        f"{results.faulted:,} calls in {histories:,} histories: {broken} violations",
        results.faulted >= TARGET and not broken,
    )
    workers = max((part.workers for part in parts), default=0)
    rate = round(faults / minutes) if minutes else 0
    yield Claim(
        "faults are enumerated and drawn, not waited for",
        f"{faults:,} faults in {minutes:.0f} minutes, {rate:,} a minute by {workers} processes",
        faults > 0,
    )


def claims(name: str, part: Part) -> Iterator[Claim]:
    """What a part says."""
    if name == "zoo":
        caught = sum(bool(bug.plan) for bug in part.bugs.values())
        yield Claim(
            "every planted bug is caught by its own invariant",
            f"{caught} of {part.planned}",
            caught == part.planned > 0 and not part.failures,
        )
        return
    total = part.total
    of_flows = "" if name == "markets" else f" of {len(part.flows)} flows"
    whole = not part.planned or part.planned == total.histories
    of_all = f" of {part.planned:,}" if part.planned else ""
    yield Claim(
        "no history violates an invariant",
        f"{total.histories:,}{of_all} histories{of_flows}, {total.faulted:,} faulted calls: "
        f"{len(part.failures)} violations",
        whole and total.histories > 0 and not part.failures,
    )
    slowest = max(part.flows, key=lambda flow: part.flows[flow].rest_ms, default="")
    which = "" if name == "markets" else f" ({slowest})"
    yield Claim(
        "all comes to rest (I14)",
        f"after {_lasted(total.rest_ms)} of virtual time at most{which}",
        total.rest_ms > 0,
    )
    if total.twice:
        yield Claim(
            "a plan is one exact history: played twice it makes the same calls",
            f"{total.twice - total.differed:,} of {total.twice:,} played twice",
            not total.differed,
        )


def _notes(part: Part) -> Iterator[str]:
    if part.bugs:
        rows = []
        for name, bug in part.bugs.items():
            by = f"`{bug.plan}`" if bug.plan else "**none**"
            rows.append(f"| {name} | {bug.says} | {bug.breaks} | {by} |")
        yield "\n".join(["| | planted | breaks | caught by |", "|---|---|---|---|", *rows])
    if part.failures:
        told = [
            f"- `{one.smallest or one.plan}`: {' '.join(one.problems[0].split())[:200]}"
            for one in part.failures[:20]
        ]
        yield "\n".join(told)


def _flows(results: Results) -> str:
    head = ["| | flow | calls | single faults | pairs | random | at rest after |"]
    rows = []
    for name, (says, calls) in results.flows.items():
        found = {
            part: results.parts[part].flows[name]
            for part in OF_FLOWS
            if part in results.parts and name in results.parts[part].flows
        }
        told = [f"{found[part].histories:,}" if part in found else "" for part in OF_FLOWS]
        rest = _lasted(max((one.rest_ms for one in found.values()), default=0))
        rows.append(f"| {name} | {says} | {calls} | {' | '.join(told)} | {rest} |")
    return "\n".join([*head, "|---|---|---|---|---|---|---|", *rows])


def _modes(results: Results) -> str:
    parts = {name: results.parts[name].total for name in HISTORIES if name in results.parts}
    modes = sorted(set[str]().union(*(total.modes for total in parts.values())))
    none = Counter[str]()
    rows = [
        f"| {mode} | "
        + " | ".join(
            f"{(parts[name].modes if name in parts else none)[mode]:,}" for name in HISTORIES
        )
        + " |"
        for mode in modes
    ]
    head = [
        "| | single faults | in pairs | in markets | in random histories |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])


def _lasted(milliseconds: int) -> str:
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if milliseconds >= 2 * unit:
            return f"{milliseconds // unit} {name}"
    return f"{milliseconds // 1_000} s"
