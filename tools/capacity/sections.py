"""The page's larger tables."""

from __future__ import annotations

from collections.abc import Sequence

from tools.capacity.conflicts import Contest, contend
from tools.capacity.outcome import Outcome
from tools.capacity.races import Race
from tools.capacity.sizing import GOAL, round_up

AGE_MAX_S = 5.0
CONFLICTS_MAX = 0.01
CONTENTION = (
    (25.0, 1, 1.0, 1.24),
    (50.0, 1, 1.0, 1.7),
    (100.0, 1, 0.92, None),
    (200.0, 1, 0.59, None),
    (1157.0, 1, 0.115, None),
    (1157.0, 16, 0.989, 2.3),
    (1157.0, 64, 1.0, 1.17),
)
"""A rate on so many rows, the share that gets through and the attempts, as they were given."""

_HEADS = ("load", "design", "shape", "step", "busy", "age p50 s", "age p99 s", "batch", "refused")


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def verdicts(runs: Sequence[Outcome], races: Sequence[Race]) -> str:
    """The target, for each load and design in its busiest hour."""
    conflicts = max(race.rate for race in races)
    rows = []
    for run in runs:
        name, heat = run.hottest
        refused = max(ran.refused / max(1, ran.arrived) for ran in run.stations.values())
        holds = (
            heat.settled <= GOAL
            and run.worst_age_s < AGE_MAX_S
            and conflicts < CONFLICTS_MAX
            and refused < CONFLICTS_MAX
        )
        rows.append(
            (
                f"{run.load:g}x",
                run.design.name,
                run.traffic,
                f"{run.payments_per_s:,.0f}",
                f"{heat.settled:.0%} ({name})",
                f"{max(one.at_first for one in run.heats.values()):.0%}",
                f"{run.worst_age_s:.1f}",
                f"{conflicts:.2%}",
                f"{refused:.1%}",
                _verdict(run, holds=holds),
            )
        )
    heads = (
        *("load", "design", "shape", "payments/s", "hottest partition", "before it splits"),
        *("worst age p99 s", "conflicts", "callers turned away", ""),
    )
    said = (
        f"The target: no partition above {GOAL:.0%} of its limit, the age of what waits below "
        f"{AGE_MAX_S:.0f} s "
        f"in 99 of 100, conflicts below {CONFLICTS_MAX:.0%}; and no caller turned away. *As "
        "deployed* is stage `prod` as it is without more words, *scale=10* what `-c scale=10` "
        "deploys ([deploy.md](deploy.md#how-much-it-holds)), both in an account whose quotas are "
        "raised as the tables below say. *Holds once split*: "
        "until DynamoDB has split its partitions (minutes of load), the hottest one is asked for "
        "what the column says, and throttles above 100%. What waits for two seconds are wallets' "
        "changes, gathered on purpose: nothing of a payment waits for them."
    )
    return said + "\n\n" + _rows(heads, rows)


def _verdict(run: Outcome, *, holds: bool) -> str:
    if not holds:
        return "**misses**"
    at_first = max(one.at_first for one in run.heats.values())
    return "holds" if at_first <= GOAL else "holds once split"


def steps_table(runs: Sequence[Outcome]) -> str:
    """Each step of each run."""
    rows = []
    for run in runs:
        front = (f"{run.load:g}x", run.design.name, run.traffic)
        for name, ran in run.stations.items():
            rows.append(
                (
                    *front,
                    name,
                    f"{ran.utilisation:.0%}",
                    f"{ran.ages.percentile(0.5):.2f}",
                    f"{ran.ages.percentile(0.99):.2f}",
                    f"{ran.mean_batch:.1f}",
                    f"{ran.refused / max(1, ran.arrived):.1%}",
                )
            )
        for one in run.relays:
            rows.append(
                (
                    *front,
                    f"relay of {one.table}",
                    f"{one.utilisation:.0%}",
                    f"{one.lane.ages.percentile(0.5):.2f}",
                    f"{one.lane.ages.percentile(0.99):.2f}",
                    f"{one.lane.group_size:.1f}",
                    "",
                )
            )
    said = (
        "Each consumer alone, under all that the steps before it would pass on. *Busy* is the "
        "share of its "
        "concurrency (with few messages each poller takes its own, so a queue's consumer is "
        "busier than its work "
        "asks); a caller over HTTP does not wait but is turned away. Ages are of what waits: it "
        "grows for as "
        "long as an overload lasts, and a run is half a minute."
    )
    return said + "\n\n" + _rows(_HEADS, rows)


def quotas(runs: Sequence[Outcome]) -> str:
    """What each limit must be for the busiest hour of each load to take 70% of it."""
    peaks = [run for run in runs if run.traffic == "peak hour" and run.design.name == "as deployed"]
    raised = {
        run.load: {limit.name: limit for limit in run.limits}
        for run in runs
        if run.traffic == "peak hour" and (run.design.name != "as deployed" or run.load == 1.0)
    }
    rows = []
    for limit in peaks[0].limits:
        needs = [
            round_up(raised[run.load][limit.name].takes / GOAL)
            for run in peaks
            if limit.name in raised[run.load]
        ]
        if needs and max(needs) > limit.allows:
            told = [f"**{n:,.0f}**" if n > limit.allows else f"{n:,.0f}" for n in needs]
            rows.append(
                (limit.name, limit.owner, f"{limit.allows:,.0f}", *told, limit.unit, limit.how)
            )
    loads = tuple(f"{run.load:g}x" for run in peaks)
    said = (
        "What is printed bold is above what is there today: ours as deployed, AWS's as its default."
    )
    return said + "\n\n" + _rows(("limit", "whose", "today", *loads, "", "raised by"), rows)


def compared(contest: Contest, seed: int) -> str:
    """The model of contention beside the figures that were given."""
    rows = []
    for rate, items, through, attempts in CONTENTION:
        found = contend(rate, contest, 12_000, seed, items)
        rows.append(
            (
                f"{rate:,.0f}",
                str(items),
                f"{through:.1%}",
                f"{found.done_share:.1%}",
                "" if attempts is None else f"{attempts:.2f}",
                f"{found.attempts_each:.2f}",
                f"{found.conflict_rate:.1%}",
            )
        )
    heads = ("a second", "rows", "given: through", "model", "given: attempts", "model", "refused")
    return _rows(heads, rows)


def sharing(runs: Sequence[Outcome], wallet_units: float) -> str:
    """What spreads the two things that cannot be split, and what else would help."""
    rows = [
        (f"{run.load:g}x", str(run.design.wallet_shards), str(run.design.due_shards))
        for run in runs
        if run.traffic == "peak hour" and (run.design.name != "as deployed" or run.load == 1.0)
    ]
    said = """Two things cannot be split by DynamoDB, so the design spreads them:

1. **The wallet of a large seller** has one writer. `seller_shards` in the market's rules says how
many sub-wallets a seller has; an
   order's is frozen with its fee, and all are folded into the first before a payout
   ([decision 26](decisions/0026-sub-wallets.md)). Smaller sellers need fewer, by their share.
2. **A key of a due-index**: its sort keys are times, and only grow. `due_shards` of the stage says
how many keys there are. More or
   fewer at any time: a row stays under its key while it is due, and the sweep looks at every key a
   stage may have had."""
    more = (
        "What would save most: a wallet's row holds up to 31 tranches of a reserve, each under "
        "its seller's id, "
        f"which makes it 3 KB and {wallet_units:g} write units a transaction, where a new "
        "seller's takes 2. Without "
        "the id in each name it is 2 KB and 4 units; with a tranche a week in the place of one a "
        "day, 1 to 2 KB. It takes two releases: one that reads both spellings, then one that "
        "writes the shorter."
    )
    heads = ("load", "sub-wallets of the largest seller", "keys of a due-index")
    return "\n\n".join([said, _rows(heads, rows), more])
