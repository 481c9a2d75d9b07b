"""Deliveries that are lost, late, twice or in another order, one kind of trouble at a time."""

from __future__ import annotations

import pytest
from ministack.services import sqs

from infra.queue_limits import KEPT_DAYS
from tests.simulation import cloud
from tests.simulation.faults import Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.turmoil import PSP_TROUBLE, TIMES_MAX, Trouble, Turmoil
from tests.simulation.world import World

FLOWS_MET = ("F4", "A9", "P1")
SEEDS = range(1, 4)


def _played(process: Machine, flow: str, seed: int, *kinds: Trouble, psp: str | None = None) -> int:
    """How often the trouble came up in a history that has no other."""
    world = World(process, FLOWS[flow], Plan(flow, (), seed))
    world.mail.turmoil.kinds = set(kinds)
    world.mail.turmoil.of_psp = [psp] if psp else []
    world.run()
    return world.mail.turmoil.met.total()


@pytest.mark.parametrize("kind", Trouble)
def test_every_invariant_holds_through_one_kind_of_trouble(process: Machine, kind: Trouble) -> None:
    met = [_played(process, flow, seed, kind) for flow in FLOWS_MET for seed in SEEDS]

    assert sum(met) > 0
    assert max(met) <= TIMES_MAX


@pytest.mark.parametrize("kind", PSP_TROUBLE)
def test_every_invariant_holds_through_the_psps_trouble_with_webhooks(
    process: Machine, kind: str
) -> None:
    for flow in FLOWS_MET:
        _played(process, flow, 1, psp=kind)


def test_without_a_seed_there_is_no_trouble() -> None:
    turmoil = Turmoil(0)

    assert not turmoil.kinds
    assert not turmoil.of_psp
    assert not any(turmoil.strikes(kind) for kind in Trouble)
    assert turmoil.size(10) == 10


def test_the_same_seed_has_the_same_trouble() -> None:
    once, again = Turmoil(5), Turmoil(5)

    assert (once.kinds, once.of_psp) == (again.kinds, again.of_psp)
    assert [once.strikes(T) for T in Trouble] == [again.strikes(T) for T in Trouble]


def test_every_kind_is_drawn_by_some_seed_and_none_has_all() -> None:
    drawn = [Turmoil(seed).kinds for seed in range(1, 40)]

    assert set.union(*drawn) == set(Trouble)
    assert set(Trouble) not in drawn


def test_queues_and_dead_letters_are_kept_as_long_as_the_infrastructure_has_them(
    process: Machine,
) -> None:
    World(process, FLOWS["F1"], Plan("F1"))

    kept = {
        name: sqs._queues[cloud.queue_url(name)]["attributes"]["MessageRetentionPeriod"]
        for name in cloud.all_queues()
    }
    assert {*map(cloud.dead_letters, cloud.CONSUMERS), cloud.POISON} <= set(kept)
    assert set(kept.values()) == {str(KEPT_DAYS * 24 * 60 * 60)}
