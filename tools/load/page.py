"""docs/load.md, from what a run found."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from tools.cost.page import table
from tools.load.flatness import CHECKOUTS_MIN, MIB, RISE_MAX
from tools.load.heard import Json

RATIO_MAX = 1.5
_BESIDE = ("bare_s", "turns_s", "data_s")
_INTRO = """# Load and soak

Written by `make load`; do not edit. Real checkouts are played through the whole system on the local
engine, and in the same run the emulator is sent the same calls bare, its functions idle. Only the
ratios say anything of another machine, and none of it anything of AWS: there the emulator's limits
are not, and others are ([capacity.md](capacity.md))."""
_SIDES = """**The system's side** counts from the first checkout's session to the moment the
last checkout of the round is final and booked: the API's calls by its clients (a session, a
payment), the PSP's webhooks, every function, queue and stream, the sandbox PSP and its answers over
HTTP, and the client that plays the buyers and looks at the payments' rows, all on the same cores.
The sandbox PSP answers at once: no latency of its own is in these figures.

**The bare side** counts the same calls, as the emulator heard them in that round
([`hearing.py`](../tools/local/hearing.py)), sent again in their order by a lean client, {at_once}
at a time, nothing of ours between two: every call to AWS as it was, on tables and queues of the
same kind that begin empty; every invocation as one of an empty function that logs and answers as
many bytes, begun by an HTTP API where a request began it, else by Lambda's Invoke, a queue's batch
received before and deleted after. Firehose and the event bus are the system's own. *Without
invocations* leaves out the API and the functions, and sends only what was asked of AWS.

What the bare side does not have: our functions' work, the PSP, the buyers, and the emulator's own
turns. It looks after all streams and queues in one thread: at each turn it takes one batch of at
most ten messages from each queue and one of each stream, and waits for the stream's function before
it goes on; a FIFO queue has one batch at work. So a turn is as long as the functions of all streams
together, Firehose's conversion to Parquet for the lake included, and a queue gives ten messages a
turn. Bare, nothing waits for a turn. *In turns* is the same once more, but that what streams began,
with what their functions ask for, is sent by one thread alone, and the rest by the others.

The ear writes on both
sides. Before each round {warm} checkouts, which are not counted, start the functions' processes; so
do a few invocations of each empty function before its pass."""


def page(found: Json) -> str:
    """The page as Markdown."""
    ran = found["ran"]
    first = (
        f"Run on {ran['day']} at `{ran['commit']}`: {found['checkouts']} checkouts, "
        f"{_which(found['data'])}, {found['flight']['calls']} calls of their clients in flight and "
        f"{found['flight']['under_way']} checkouts under way at most, {ran['cores']} cores."
    )
    sides = _SIDES.format(at_once=found["at_once"], warm=found["warm"])
    parts = [
        *(_INTRO, first, "## The rate", _rate(found), "![rates](load/rates.svg)", sides),
        *("### The calls", _calls(found), "### Where the time goes", _cpu(found)),
        *("## Latency", _latency(found), "![latency](load/latency.svg)"),
        *("## Memory", _memory(found)),
    ]
    return "\n\n".join(parts) + "\n"


def _which(data: str) -> str:
    return f"those of `{data}`, each round under ids of its own" if data else "made up"


def ratio(found: Json) -> float:
    """How many times as long the system took as the same calls bare: the rounds' median."""
    return _median(found, "bare_s")


def _median(found: Json, beside: str) -> float:
    return float(median(one["whole_s"] / one[beside] for one in found["rounds"]))


def _rate(found: Json) -> str:
    rows = [
        (
            f"{place}",
            one["checkouts"],
            *(f"{one[side]:.1f}" for side in ("whole_s", *_BESIDE)),
            *(f"{one['whole_s'] / one[side]:.2f}" for side in _BESIDE),
        )
        for place, one in enumerate(found["rounds"], 1)
    ]
    names = ("bare", "bare, in turns", "without invocations")
    heads = ("round", "checkouts", "the system, s", *(f"{one}, s" for one in names))
    more = [f"system / {one}" for one in names]
    many = sum(one["checkouts"] for one in found["rounds"])
    whole, bare = (sum(one[side] for one in found["rounds"]) for side in ("whole_s", "bare_s"))
    verdict = "holds" if ratio(found) <= RATIO_MAX else "**misses**"
    said = (
        f"{many} checkouts in {whole:.0f} s, {many / whole:.1f} a second; bare {many / bare:.1f} a "
        f"second. The system takes **{ratio(found):.2f} times** as long as the same calls bare "
        f"(median of the rounds), at most {RATIO_MAX} is the target: {verdict}. Beside the same "
        f"calls in the emulator's own turns it is {_median(found, 'turns_s'):.2f} times, beside "
        f"only what was asked of AWS, no function invoked, {_median(found, 'data_s'):.2f} times."
    )
    return f"{said}\n\n{table((*heads, *more), rows)}"


def _calls(found: Json) -> str:
    many = found["rounds"][-1]["checkouts"]
    rows = [
        (one["name"], one["count"], one["records"], *_each(one, many))
        for one in found["rounds"][-1]["calls"]
    ]
    last = found["rounds"][-1]
    said = (
        f"Of the last round. Refused there, by a condition that did not hold or else: "
        f"{last['refused']}; bare {last['bare_refused']}, where calls overtake each other. An "
        "invocation's time is until its answer, the lines it logged included."
    )
    heads = ("call, or function (begun by)", "many", "records", "a checkout", "ms each")
    return f"{said}\n\n{table(heads, rows)}"


def _each(one: Json, checkouts: int) -> tuple[str, str]:
    return f"{one['count'] / checkouts:.2f}", f"{one['seconds'] / one['count'] * 1_000:.1f}"


def _cpu(found: Json) -> str:
    spent = found["cpu"]
    if not spent["whole"]:
        return "Not measured: there is no /proc here."
    sides = ("whole", "bare")
    seconds = {side: spent[f"{side}_s"] for side in sides}
    names = sorted({*spent["whole"], *spent["bare"]}, key=lambda name: -spent["whole"].get(name, 0))
    rows = [
        (name, *(f"{spent[side].get(name, 0.0):.1f}" for side in sides))
        for name in names
        if max(spent[side].get(name, 0.0) for side in sides) >= 0.1
    ]
    streams = found["streams_share"]
    said = (
        f"Processor seconds, of all rounds: {seconds['whole']:.0f} s of the system and "
        f"{seconds['bare']:.0f} s bare, on {found['ran']['cores']} cores. The emulator is one "
        f"Python process, so one core is all it can use. Its one thread that serves the "
        f"streams was busy {streams:.0%} of the system's time."
    )
    return f"{said}\n\n{table(('process', 'the system', 'bare'), rows)}"


def _latency(found: Json) -> str:
    rows = [
        (name, one["count"], *(f"{one[share]:.2f}" for share in ("p50", "p90", "p99", "most")))
        for name, one in found["latency"].items()
    ]
    heads = ("seconds", "many", "p50", "p90", "p99", "max")
    said = (
        "With as many under way as above, so mostly of waiting for the emulator. Intake is timed "
        "by the client; when an order was captured and its journal booked, one transaction with "
        "the seller's wallet, is in its rows, by the same machine's clock."
    )
    return f"{said}\n\n{table(heads, rows)}"


def _memory(found: Json) -> str:
    memory = found["memory"]
    if not memory["trends"]:
        return "Not measured: no soak, or no /proc here."
    rows = [
        (
            one["process"],
            *(f"{one[which] / MIB:.1f}" for which in ("first", "last", "most")),
            "" if one["rise"] is None else f"{one['rise'] / MIB:+.2f}",
            _judged(one),
        )
        for one in memory["trends"]
    ]
    heads = ("process", "first, MiB", "last, MiB", "most, MiB", "rise, MiB a 1,000 checkouts", "")
    grown = next(one["last"] - one["first"] for one in memory["trends"] if one["is_emulator"])
    said = (
        f"A soak of {memory['minutes']:.0f} minutes: {memory['checkouts']} checkouts more, under "
        "new ids. Flat is a process whose memory, along the straight line through the second "
        f"half of its samples, rises by at most {RISE_MAX / MIB:.0f} MiB a thousand checkouts; of "
        "a function's processes the one that rises most is shown. Those that did not live through "
        f"the second half, or saw fewer than {CHECKOUTS_MIN} checkouts in it, have no line and are "
        "not judged. Nor is the emulator: "
        f"it keeps rows, messages and logs in memory, {grown / MIB:.0f} MiB for the "
        f"{memory['rows']} rows that were stored, {grown / max(memory['rows'], 1) / 1_024:.1f} KiB "
        "a row with its stream records and log lines."
    )
    return "\n\n".join((said, "![memory](load/memory.svg)", table(heads, rows)))


def _judged(one: Json) -> str:
    if not one["is_judged"]:
        return "not judged"
    return "flat" if one["is_flat"] else "**grows**"


def faults(found: Json) -> Iterable[str]:
    """Why a run fails, each in a line."""
    if found["wrong"]:
        yield f"did not come to rest as paid: {found['wrong']}"
    yield from (f"the trial balance: {one}" for one in found["unbalanced"])
    for one in found["memory"]["trends"]:
        if not one["is_flat"]:
            yield f"{one['process']} grows by {one['rise'] / MIB:.1f} MiB per 1,000 checkouts"
    if ratio(found) > RATIO_MAX:
        yield f"the system takes {ratio(found):.2f} times as long as bare; at most {RATIO_MAX}"
