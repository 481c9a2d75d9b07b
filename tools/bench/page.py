"""The page: docs/bench.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools.bench.budget import (
    COLD_MARGIN,
    COLD_MOST_MI,
    WARM_MARGIN,
    WARM_MOST_KI,
    cold_of,
    warm_of,
)
from tools.bench.results import PEER, PEER_IMPORT_MI, PEER_REQUEST_KI, Cold, Result, Warm
from tools.bench.warm import COUNTED, TIMED
from tools.bench.works import PEERS

INTRO = f"""# What it computes

Written by `make bench`, which measures what is deployed and nothing else: each function's folder
and layers as they are uploaded, in a process of its own. Instructions are counted by valgrind
(million: Mi, thousand: Ki); they repeat within a tenth of a percent on any machine. Milliseconds do
not, so times are medians, are told as ratios within one run, and decide nothing.

- A **cold start** imports the handler and wires its clients. Its unit is what nobody goes below who
  uses boto3: `import boto3; boto3.client("dynamodb")`, as pip installs it. What the interpreter
  itself takes to come and to go is left out.
- A **warm path** is an invocation recorded from a journey of [`make cost`](cost.md), with every
  answer that AWS and the PSP gave. It is repeated ({COUNTED} times counted, {TIMED} timed) against
  a server on the loopback that gives these answers again and refuses any other call, and it must
  answer as it did then. Its unit is the same AWS calls, with the same bodies, made by boto3 as it
  comes: what the PSP is asked and what we log is in our figure and not in that one. The clock and
  the garbage collector stand still for both.

`make bench` fails when a target below does not hold, when a start takes {COLD_MARGIN:.0%} or a warm
path {WARM_MARGIN:.0%} more than [`budget.json`](../tools/bench/budget.json) says, and when a
function loads what it must not or ships byte code that a cold start compiles anew. `make test`
times nothing; it looks at the same folders for byte code, contents and imports.

The peer's figures ({PEER}) were measured on CPython 3.13 when the design was chosen
and are cited, not taken again.
"""


def page(result: Result, ran: str) -> str:
    """The document of a run."""
    parts = [
        INTRO,
        f"Run on {ran}, CPython {result.python}.",
        "## The targets",
        _targets(result),
        "## Cold starts",
        _cold(result),
        "## Warm paths",
        _warm(result.warm),
        "## What is uploaded",
        _assets(result),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _table(head: Sequence[str], left: int, rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    lines = [head, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _targets(result: Result) -> str:
    rows = [
        (f"cold start of `{name}`", f"{mi:,.0f} Mi", f"{most:,} Mi", _verdict(mi, most))
        for name, most in COLD_MOST_MI.items()
        for mi in [cold_of(result).get(name)]
        if mi is not None
    ]
    titles = {one.name: one.title for one in result.warm}
    rows += [
        (titles[name], f"{ki:,.0f} Ki", f"{most:,} Ki", _verdict(ki, most))
        for name, most in WARM_MOST_KI.items()
        for ki in [warm_of(result).get(name)]
        if ki is not None
    ]
    return _table(("", "counted", "at most", ""), 1, rows) if rows else "Nothing was counted here."


def _verdict(figure: float, most: float) -> str:
    return "holds" if figure <= most else f"**{figure - most:,.0f} over**"


def _cold(result: Result) -> str:
    stock, layer = result.measured.stock, result.measured.layer
    told = f"1.00 is {_mi(stock.mi)} Mi, {stock.ms:.0f} ms here and {stock.modules} modules"
    lighter = f"from our layer the same takes {layer.ms / stock.ms:.2f}"
    if layer.mi and stock.mi:
        lighter = f"from our layer the same takes {layer.mi / stock.mi:.2f}"
    head = ("function", "of bare boto3", "Mi", "of the peer", "by time", "modules")
    return f"{told}; {lighter}.\n\n" + _table(head, 1, map(_cold_row, result.cold))


def _cold_row(one: Cold) -> tuple[str, ...]:
    mi = one.start.mi
    peer = f"{mi / PEER_IMPORT_MI:.2f}" if mi is not None else ""
    name = f"**{one.function}**" if one.function in COLD_MOST_MI else one.function
    times = f"{one.ms_ratio:.2f}"
    return name, f"{one.ratio:.2f}", _mi(mi), peer, times, str(one.start.modules)


def _mi(mi: float | None) -> str:
    return "" if mi is None else f"{mi:,.0f}"


def _warm(warm: Sequence[Warm]) -> str:
    head = ("", "AWS calls", "of the PSP", "of bare boto3", "Ki", "µs", "of our client alone")
    said = _table(head, 1, map(_warm_row, warm))
    peers = [one for one in warm if one.name in PEERS and one.cost.ki is not None]
    told = [
        f"{one.title}: {(one.cost.ki or 0) / PEER_REQUEST_KI:.2f} of the peer's request "
        f"({PEER_REQUEST_KI / 1000:.1f} Mi)"
        for one in peers
    ]
    return said + ("\n\n" + "; ".join(told) + "." if told else "")


def _warm_row(one: Warm) -> tuple[str, ...]:
    ki = f"{one.cost.ki:,.0f}" if one.cost.ki is not None else ""
    ratio, tuned = (f"{each:.2f}" if each else "" for each in (one.ratio, one.to_tuned))
    calls = (str(one.calls or ""), str(one.psp_calls or ""))
    return one.title, *calls, ratio, ki, f"{one.cost.us:,.0f}", tuned


def _assets(result: Result) -> str:
    head = ("asset", "files", "kB", "zipped kB", "byte code validated by")
    rows = [
        (
            part.name,
            str(part.files),
            f"{part.bytes / 1000:,.0f}",
            f"{part.zipped_bytes / 1000:,.0f}",
            ", ".join(f"{kind} {count}" for kind, count in part.byte_code.items()),
        )
        for part in result.parts
    ]
    return _table(head, 1, rows)
