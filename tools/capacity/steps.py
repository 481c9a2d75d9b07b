"""Steps of a journey as stations, and their runs at a load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.capacity.chance import lognormal_quantiles
from tools.capacity.design import Design
from tools.capacity.parameters import Parameters, Step
from tools.capacity.scaling import environments, least, pollers
from tools.capacity.stations import Ran, Station, run

SETTLED_S = 10.0
"""Seconds before ages are counted: what a run begins with is an empty system."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A shape of load: payments a second at `t`, and for how long."""

    name: str
    rate: Callable[[float], float]
    seconds: float


def traffics(given: Parameters, load: float) -> tuple[Traffic, ...]:
    """The mean of the day, its busiest hour, and a flash sale on top of that hour."""
    mean = given.payments_per_s(load)
    peak = mean * given.peak_factor
    flash = given.raw["flash"]
    begins, ramp, lasts = SETTLED_S, float(flash["ramp_s"]), float(flash["lasts_s"])

    def sale(t: float) -> float:
        up = min(1.0, max(0.0, (t - begins) / ramp))
        over = t > begins + ramp + lasts
        return peak * (1.0 if over else 1.0 + (float(flash["factor"]) - 1.0) * up)

    return (
        Traffic("mean", lambda _: mean, begins + 20.0),
        Traffic("peak hour", lambda _: peak, begins + 20.0),
        Traffic("flash sale", sale, begins + ramp + lasts + 30.0),
    )


def durations(step: Step, given: Parameters) -> tuple[float, ...]:
    """Equally likely seconds of handling one message of a step."""
    psp, own = given.raw["psp"], step.own_ms / 1_000.0
    if step.psp is None:
        return tuple(own * part for part in lognormal_quantiles(1.0, 0.3))
    median = float(psp["median_ms"] if step.psp == "charge" else psp["session_ms"])
    return tuple(own + ms / 1_000.0 for ms in lognormal_quantiles(median, float(psp["sigma"])))


def consumers(given: Parameters) -> dict[str, tuple[Step, ...]]:
    """Steps by what handles them, whose room they share: a function over HTTP, or a queue."""
    found: dict[str, list[Step]] = {}
    for step in given.steps:
        found.setdefault(step.queue or step.function, []).append(step)
    return {name: tuple(steps) for name, steps in found.items()}


def rate_of(steps: tuple[Step, ...], given: Parameters, payments_per_s: float) -> float:
    """Messages a second of all the steps."""
    return sum(given.messages_per_s(step, payments_per_s) for step in steps)


def mixed(steps: tuple[Step, ...], given: Parameters) -> tuple[float, ...]:
    """Equally likely seconds of any message of the steps."""
    times = [(durations(step, given), round(given.messages_per_s(step, 1.0))) for step in steps]
    return tuple(second for seconds, weight in times for second in seconds * max(1, weight))


def station(steps: tuple[Step, ...], design: Design, given: Parameters, settled: float) -> Station:
    """The steps' consumer as a station that was at rest with `settled` messages a second."""
    first, seconds = steps[0], mixed(steps, given)
    cap = design.concurrency(first.function, first.queue)
    batch = design.batch.get(first.queue or "", 1)
    needed = settled * sum(seconds) / len(seconds)
    grows = environments(given.raw["lambda"], cap, needed)
    if first.queue is None:
        return Station(first.function, 1, 1, seconds, grows, waits=False)
    polled = pollers(given.raw["poller"], cap, needed)
    workers = batch if first.workers > 1 else 1
    return Station(first.queue, batch, workers, seconds, least(grows, polled))


def run_steps(
    steps: tuple[Step, ...], design: Design, given: Parameters, traffic: Traffic, seed: int
) -> Ran:
    """One consumer alone under a load: what comes before it is taken to pass the load on."""

    def rate(t: float) -> float:
        return rate_of(steps, given, traffic.rate(t))

    made = station(steps, design, given, rate(0.0))
    return run(made, rate, traffic.seconds, seed, warm_s=SETTLED_S)
