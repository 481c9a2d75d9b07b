"""Makes a failing history small: fewer faults, no order of chance, fewer calls.

What is kept is the smallest plan found that still breaks the same invariant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.simulation.faults import Call, Plan, Strike
from tests.simulation.tally import invariant_of

Tried = Callable[[Plan], tuple[Sequence[Call], Sequence[str]]]
"""Plays a plan, and answers its calls and its problems."""
PLAYS_MAX = 300


def smallest(plan: Plan, invariant: str, tried: Tried, plays_max: int = PLAYS_MAX) -> Plan:
    """Return the smallest plan found that breaks this invariant; the plan itself when none is."""
    shrinking = _Shrinking(invariant, tried, plays_max)
    calls = shrinking.calls_of(plan)
    if calls is None:
        return plan
    best = _Best(plan, calls)
    for candidates in (_fewer_faults, _in_order, _fewer_faults, _earlier):
        best = shrinking.improved(best, candidates)
    return best.plan


@dataclass(frozen=True, slots=True)
class _Best:
    """The smallest so far, with the calls it makes."""

    plan: Plan
    calls: Sequence[Call]

    @property
    def size(self) -> tuple[int, bool, int]:
        return len(self.plan.strikes), self.plan.seed != 0, len(self.calls)


@dataclass(slots=True)
class _Shrinking:
    invariant: str
    tried: Tried
    plays_left: int

    def calls_of(self, plan: Plan) -> Sequence[Call] | None:
        """The calls of a history that breaks the invariant, None of one that does not."""
        self.plays_left -= 1
        calls, problems = self.tried(plan)
        return calls if any(invariant_of(one) == self.invariant for one in problems) else None

    def improved(self, best: _Best, candidates: Callable[[_Best, Tried], Iterator[Plan]]) -> _Best:
        """The best once none of its candidates is better."""
        better: _Best | None = best
        while better is not None:
            best, better = better, None
            for plan in candidates(best, self._counted):
                if self.plays_left <= 0:
                    return best
                calls = self.calls_of(plan)
                if calls is not None and _Best(plan, calls).size < best.size:
                    better = _Best(plan, calls)
                    break
        return best

    def _counted(self, plan: Plan) -> tuple[Sequence[Call], Sequence[str]]:
        self.plays_left -= 1
        return self.tried(plan)


def _fewer_faults(best: _Best, tried: Tried) -> Iterator[Plan]:
    """Without each fault: with the others at the same numbers, then at the same calls."""
    strikes = best.plan.strikes
    for left_out in range(len(strikes)):
        kept = strikes[:left_out] + strikes[left_out + 1 :]
        yield replace(best.plan, strikes=kept)
        yield from _at_the_same_calls(best, kept, best.plan.seed, tried)


def _in_order(best: _Best, tried: Tried) -> Iterator[Plan]:
    """Deliveries in their own order instead of one of chance."""
    if best.plan.seed:
        yield replace(best.plan, seed=0)
        yield from _at_the_same_calls(best, best.plan.strikes, 0, tried)


def _earlier(best: _Best, tried: Tried) -> Iterator[Plan]:
    """Each fault at an earlier call, the earliest first."""
    for place, strike in enumerate(best.plan.strikes):
        after = best.plan.strikes[place - 1].k if place else -1
        for call in best.calls[after + 1 : strike.k]:
            if strike.mode in call.modes:
                moved = replace(strike, k=call.number)
                strikes = (*best.plan.strikes[:place], moved, *best.plan.strikes[place + 1 :])
                yield replace(best.plan, strikes=strikes)


def _at_the_same_calls(
    best: _Best, strikes: Sequence[Strike], seed: int, tried: Tried
) -> Iterator[Plan]:
    """The plan with these faults where their calls are now: another fault may have moved them."""
    plan = replace(best.plan, strikes=(), seed=seed)
    named = _names(best.calls)
    for strike in strikes:
        if strike.k >= len(named):
            continue  # It was never reached.
        what = named[strike.k]
        calls, _ = tried(plan)
        names = _names(calls)
        if what not in names:
            return
        moved = replace(strike, k=names.index(what))
        plan = replace(plan, strikes=(*plan.strikes, moved))
    yield plan


def _names(calls: Sequence[Call]) -> list[tuple[str, str, int]]:
    """Each call as its function, operation, and the how manieth of these it is."""
    seen: dict[tuple[str, str], int] = {}
    names = []
    for call in calls:
        key = (call.function, call.operation)
        seen[key] = seen.get(key, 0) + 1
        names.append((*key, seen[key]))
    return names
