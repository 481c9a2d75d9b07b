"""The model's queues: nothing is lost, Little's law, what theory knows, more load is no better."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.capacity.chance import lognormal_quantiles, poisson, slowest_of, spread_over
from tools.capacity.groups import Pace, batches, run_group
from tools.capacity.measures import Spread
from tools.capacity.scaling import environments, pollers
from tools.capacity.stations import Ran, Station, run

LIMITS = {"start": 5, "per_min": 300, "max": 1250, "maximum_concurrency": 1000}
GROWTH = {"per_10_s": 1000}


def exponential(mean: float, count: int = 64) -> tuple[float, ...]:
    return tuple(-mean * math.log(1.0 - (place + 0.5) / count) for place in range(count))


def a_station(
    servers: float, durations: tuple[float, ...], batch: int = 1, *, waits: bool = True
) -> Station:
    return Station("s", batch, 1, durations, lambda _: servers, waits)


def served(station: Station, rate: float, seconds: float, seed: int = 1) -> Ran:
    return run(station, lambda _: rate, seconds, seed)


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(1.0, 400.0),
    servers=st.integers(1, 40),
    batch=st.integers(1, 10),
    seconds=st.floats(1.0, 6.0),
    waits=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_message_is_served_waits_is_under_way_or_was_turned_away(
    rate: float, servers: int, batch: int, seconds: float, waits: bool, seed: int
) -> None:
    station = a_station(servers, lognormal_quantiles(0.1, 0.5), batch, waits=waits)
    ran = served(station, rate, seconds, seed)

    assert ran.arrived == ran.served + ran.waiting + ran.under_way + ran.refused
    assert ran.busy_s <= ran.room_s + 1e-6
    assert ran.refused == 0 or not waits


@pytest.mark.parametrize(("servers", "batch"), [(300, 1), (40, 10)])
def test_once_nothing_comes_any_more_every_invocation_ends(servers: int, batch: int) -> None:
    station = a_station(servers, lognormal_quantiles(0.2, 0.5), batch)
    ran = run(station, lambda t: 800.0 if t < 3.0 else 0.0, 60.0, seed=1)

    assert (ran.waiting, ran.under_way) == (0, 0)
    assert ran.served == ran.arrived > 2_000


def test_littles_law() -> None:
    """What waits on average is what comes a second times how long it waits."""
    ran = served(a_station(8, exponential(0.1)), 72.0, 200.0)

    assert ran.waiting_s / 200.0 == pytest.approx(72.0 * ran.ages.mean, rel=0.05)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (2, 0.8), (4, 0.8)])
def test_mmc(servers: int, load: float) -> None:
    """Erlang's C: a queue of Poisson arrivals and exponential service."""
    mean = 0.2
    rate = load * servers / mean
    offered = rate * mean
    terms = [offered**n / math.factorial(n) for n in range(servers)]
    last = offered**servers / math.factorial(servers) / (1.0 - load)
    waits = last / (sum(terms) + last)
    expected = waits * mean / (servers * (1.0 - load))

    found = [served(a_station(servers, exponential(mean)), rate, 350.0, s) for s in (1, 2)]
    measured = sum(one.ages.mean for one in found) / len(found)

    # A step of time is rounded up once for each message: half a step either way.
    assert measured == pytest.approx(expected, rel=0.2, abs=0.02)


def test_a_group_of_single_messages_is_md1() -> None:
    """Pollaczek and Khinchine: constant service waits half as long as exponential."""
    paced, rate = Pace(0.0, 0.1, 0.0, 1), 7.0
    chance = [run_group(rate, paced, 3_000.0, seed) for seed in range(3)]
    waited = sum(one.ages.mean for one in chance) / 3.0
    load = rate * 0.1
    # The service wanders by a fifth either way: its square is 1 + 0.2 ** 2 / 3 of a constant's.
    expected = rate * 0.01 * (1.0 + 0.04 / 3.0) / (2.0 * (1.0 - load))

    assert waited == pytest.approx(expected, rel=0.06)


def test_callers_turned_away_are_erlangs_b() -> None:
    offered, servers = 8.0, 8
    lost = 1.0
    for count in range(1, servers + 1):
        lost = offered * lost / (count + offered * lost)
    ran = served(a_station(servers, exponential(0.2), waits=False), offered / 0.2, 300.0)

    assert ran.refused / ran.arrived == pytest.approx(lost, rel=0.1)


@settings(max_examples=10, deadline=None)
@given(low=st.floats(20.0, 120.0), more=st.floats(1.2, 3.0), seed=st.integers(0, 9))
def test_more_load_makes_nothing_wait_less(low: float, more: float, seed: int) -> None:
    station = a_station(10, lognormal_quantiles(0.1, 0.4))
    few, many = (served(station, rate, 10.0, seed) for rate in (low, low * more))

    assert many.ages.mean >= few.ages.mean - 0.01
    assert many.busy_s >= 0.98 * few.busy_s


def test_more_consumers_hold_what_fewer_do_not() -> None:
    durations = lognormal_quantiles(0.8, 0.4)
    few, many = (served(a_station(n, durations), 900.0, 20.0) for n in (500, 1_200))

    assert few.waiting > 3_000
    assert few.ages.percentile(0.99) > 2.0 > many.ages.percentile(0.99)


def test_the_same_seed_is_the_same_run() -> None:
    station = a_station(4, exponential(0.1))

    assert served(station, 30.0, 10.0, 5) == served(station, 30.0, 10.0, 5)
    assert served(station, 30.0, 10.0, 5) != served(station, 30.0, 10.0, 6)


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.floats(0.0, 0.2), min_size=1, max_size=60),
    batch=st.integers(1, 10),
    turn=st.floats(0.0, 0.1),
)
def test_a_group_hands_out_everything_once_in_order_one_batch_at_a_time(
    gaps: list[float], batch: int, turn: float
) -> None:
    came, at = [], 0.0
    for gap in gaps:
        at += gap
        came.append(at)
    found = list(batches(came, Pace(turn, 0.05, 0.0, batch), lambda size: 0.05 + 0.001 * size))

    assert [one for _, members, _ in found for one in members] == came
    assert all(0 < len(members) <= batch for _, members, _ in found)
    assert all(max(members) <= starts for starts, members, _ in found)
    assert all(
        later >= starts + took + turn - 1e-9 for (starts, _, took), (later, _, _) in pairwise(found)
    )


def test_a_group_keeps_up_below_its_ceiling_and_falls_behind_above_it() -> None:
    paced = Pace(0.01, 0.022, 0.0003, 10)
    below, above = (run_group(paced.ceiling * part, paced, 30.0, 1) for part in (0.9, 1.3))

    assert paced.ceiling == pytest.approx(285.7, abs=0.1)
    assert below.ages.percentile(0.99) < 0.5
    assert above.ages.percentile(0.99) > 5.0
    assert above.waiting == pytest.approx(0.3 * paced.ceiling * 30.0, rel=0.1)
    assert above.group_size == pytest.approx(10.0, abs=0.1)


def test_pollers_and_environments_grow_as_aws_says() -> None:
    grown = pollers({**LIMITS, "provisioned_max": 20_000}, 1_000.0)

    assert [grown(t) for t in (0.0, 60.0, 600.0)] == [5.0, 305.0, 1_000.0]
    assert pollers({**LIMITS, "provisioned_max": 20_000}, 4_000.0)(0.0) == 4_000.0
    there = environments(GROWTH, 10_000.0, 500.0)
    assert [there(t) for t in (0.0, 10.0, 99.0, 300.0)] == [1_500.0, 2_500.0, 10_000.0, 10_000.0]


@given(st.integers(0, 500), st.integers(0, 9))
def test_draws_spread_over_equal_values_are_all_there(count: int, seed: int) -> None:
    drawn = spread_over(random.Random(seed), count, (1.0, 1.0, 2.0, 3.0, 3.0, 3.0))

    assert sum(drawn.values()) == count


def test_counts_of_arrivals_have_poissons_mean_and_variance() -> None:
    for mean in (3.0, 300.0):
        chance = random.Random(1)
        drawn = [poisson(chance, mean) for _ in range(4_000)]
        middle = sum(drawn) / len(drawn)
        assert middle == pytest.approx(mean, rel=0.03)
        assert sum((n - middle) ** 2 for n in drawn) / len(drawn) == pytest.approx(mean, rel=0.08)


def test_a_batch_lasts_as_long_as_its_slowest() -> None:
    values = lognormal_quantiles(0.7, 0.45)
    one, ten = (sum(slowest_of(values, n)) / 64 for n in (1, 10))

    assert one == pytest.approx(sum(values) / 64, rel=0.02)
    assert 1.6 < ten / one < 2.1
    assert max(slowest_of(values, 10)) <= max(values)


def test_percentiles_weigh_what_was_counted() -> None:
    spread = Spread()
    for value, times in ((1.0, 98), (5.0, 1), (9.0, 1)):
        spread.add(value, times)

    assert [spread.percentile(p) for p in (0.5, 0.98, 0.99, 1.0)] == [1.0, 1.0, 5.0, 9.0]
    assert spread.mean == pytest.approx(1.12)
    assert Spread().percentile(0.5) == 0.0
