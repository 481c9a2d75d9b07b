"""docs/engine.md, made from the rows: `python -m tests.engine.page`."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from tests.engine.deviations import DEVIATIONS
from tests.engine.elsewhere import ELSEWHERE, NOT_RELIED_ON
from tests.engine.row import IN_PROCESS, ROWS, Row
from tests.engine.shapes import committed
from tests.engine.suite import GROUPS

assert GROUPS
PAGE = Path(__file__).resolve().parents[2] / "docs" / "engine.md"
HEAD = """# The local engines, and where they are not AWS

What we rely on of AWS, a row each: observed on ministack (in process as the simulation uses it, and
as the process of `make up`) and on moto (as the contract suite uses it), by real boto3 clients,
with the same assertion: what AWS documents. An engine that does something else is pinned to it, so
that an upgrade that changes it fails. Made from the rows ([tests/engine](../tests/engine))
by `python -m tests.engine.page`; a test compares.

`COUNTINGHOUSE_ENGINE=aws .venv/bin/python -m pytest tests/engine` observes the same rows on the
account and in the region that the ordinary AWS credentials name. What it makes begins with
`countinghouse-engine-` and a number of the run's own, and is removed at the end, whatever happens.
It was not run on an account here: `test_switch.py` plays the account, and sees clients that go to
AWS's own addresses, names of their own, and nothing left.
"""
TITLES = {
    "transaction": "Transactions",
    "write": "Writes",
    "number": "Numbers",
    "index": "Indexes",
    "query": "Queries",
    "read": "Reads",
    "stream": "Streams",
    "fifo": "FIFO queues",
    "queue": "Queues",
    "batch": "Batches of messages",
    "function": "Functions",
    "workflow": "Workflows",
    "event": "Events",
    "access": "Access",
}


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    ordered = sorted(ROWS.values(), key=lambda one: list(TITLES).index(one.group))
    for group, members in groupby(ordered, key=lambda one: one.group):
        lines += [f"## {TITLES[group]}", "| row | what AWS documents | engines | why we care |"]
        lines += ["|---|---|---|---|", *map(_line, members), ""]
    lines += _elsewhere()
    return "\n".join(lines) + "\n"


def _line(one: Row) -> str:
    engines = "<br>".join(_cell(one, name) for name in one.engines)
    not_there = f" Not asked of AWS: {one.not_on_aws}." if one.not_on_aws else ""
    return f"| `{one.name}` | {one.says} | {engines} | {one.because}.{not_there} |"


def _cell(one: Row, name: str) -> str:
    """An engine's mark: ✓, or what it does and what AWS would."""
    instead = DEVIATIONS.get((name, one.name))
    if instead is None:
        return f"{name} ✓"
    return f"{name} ✗ `{_text(instead)}`, AWS `{_text(one.aws)}`"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("|", "\\|")


def _elsewhere() -> list[str]:
    lines = ["## What no engine here shows", "| AWS | engines | held by |", "|---|---|---|"]
    for one in ELSEWHERE:
        tests = "<br>".join(f"`{_short(test)}`" for test in one.tests)
        lines.append(f"| {one.says} | {one.engines} | {tests} |")
    lines += ["", "## What we do not rely on", "| | why not |", "|---|---|"]
    lines += [f"| {says} | {why} |" for says, why in NOT_RELIED_ON.items()]
    shapes = committed()
    lines += [
        "",
        "## The same calls on both",
        f"Our adapters call DynamoDB in {len(shapes)} ways (shapes: operation, keys, expressions), "
        "recorded while the contract",
        "suite runs on ministack, where all of it passes too "
        "([`shapes.json`](../tests/engine/shapes.json), derived anew in every run).",
        "Each is carried out with generated rows and values on ministack and on moto: attributes "
        "there or not, of every type,",
        "at the edges of numbers and of UTF-8 order. Nothing may differ: answers, reasons, rows "
        "afterwards. Two things do, on moto",
        "alone: a comparison with another type (`write.other-type`) and bounds the wrong way round "
        "(`query.reversed`).",
    ]
    deviating = {name: sum(engine == name for engine, _ in DEVIATIONS) for name in _engines()}
    told = ", ".join(f"{count} of {name}" for name, count in deviating.items())
    lines += ["", f"{len(ROWS)} rows; {len(DEVIATIONS)} deviations pinned: {told}."]
    return lines


def _engines() -> list[str]:
    return sorted({name for one in ROWS.values() for name in one.engines} | set(IN_PROCESS))


def _short(test: str) -> str:
    return test.removeprefix("tests/")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
