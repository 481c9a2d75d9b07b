"""A drill that found something wrong says so: its claim does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.drills.poison import Poisoned
from tests.drills.redrive import Redriven
from tests.drills.region import RegionGone, Told
from tests.drills.rotation import Rotated
from tools.dead_letters import Letter
from tools.drills import poison, redrive, region, rotation
from tools.drills.histories import Histories, always
from tools.proof.claims import Claim

LETTER = Letter("m", 0, 6, None, {"order_id": "o"}, 9, "d")
POISONED = Poisoned(7, "o", "orders_dlq", {"orders_dlq": 2}, (LETTER,), 2, 5, 4, 4, 2, 1, 1, 0)
CARRIED = Redriven(7, {"postings_dlq.fifo": 3}, 2, 3, 3, 0, is_done_before=False, rows_changed=True)
DONE = replace(CARRIED, is_done_before=True, rows_changed=False)
GONE = RegionGone(7, 0, Told(Counter({503: 9, 400: 1})), 30, 3, 2, 1_000)
CALM = Rotated(
    7,
    is_hurried=False,
    calls=Counter({"old key taken": 3, "new key taken": 4}),
    answers=Counter({200: 5}),
    signed=rotation.BOTH_LIVE | rotation.RETIRED,
    circuit_opened=0,
    charged_twice=0,
)
HURRIED = replace(CALM, is_hurried=True, calls=Counter({"old key refused": 1}), circuit_opened=1)


def failing(claims: Sequence[Claim]) -> int:
    return sum(not claim.holds for claim in claims)


def test_a_sound_drill_holds() -> None:
    assert failing(poison.claims([POISONED])) == 0
    assert failing(redrive.claims([CARRIED, DONE])) == 0
    assert failing(region.claims([GONE])) == 0
    assert failing(rotation.claims([CALM, HURRIED])) == 0
    assert failing(always([POISONED], Histories(1, ()))) == 0


def test_nothing_played_proves_nothing() -> None:
    for claims in (
        poison.claims([]),
        redrive.claims([]),
        region.claims([]),
        rotation.claims([]),
        always([], Histories(0, ())),
    ):
        assert failing(claims) == len(claims)


@pytest.mark.parametrize(
    "change",
    [{"others_done": 3}, {"receives": 4}, {"watched": 1}, {"captures": 2}, {"inspected": ()}],
)
def test_poison_that_does_harm_is_told(change: dict[str, object]) -> None:
    assert failing(poison.claims([replace(POISONED, **change)])) == 1  # type: ignore[arg-type]


def test_letters_that_are_lost_or_do_a_thing_twice_are_told() -> None:
    assert failing(redrive.claims([CARRIED, replace(DONE, rows_changed=True)])) == 1
    assert failing(redrive.claims([replace(CARRIED, redriven=2, new_ids=2), DONE])) == 1


@pytest.mark.parametrize(
    "told",
    [
        Told(Counter({503: 9, 202: 1})),
        Told(Counter({503: 9, 500: 1})),
        Told(Counter({503: 9}), without_retry_after=1),
    ],
)
def test_a_wrong_answer_without_aws_is_told(told: Told) -> None:
    assert failing(region.claims([replace(GONE, told=told)])) == 1


def test_a_signature_that_is_taken_too_long_or_not_long_enough_is_told() -> None:
    for name, status in (("old, old retired", 200), ("old, both live", 400)):
        wrong = replace(CALM, signed={**CALM.signed, name: status})
        assert failing(rotation.claims([wrong, HURRIED])) == 1
    assert failing(rotation.claims([replace(CALM, answers=Counter({503: 1})), HURRIED])) == 1


def test_a_broken_history_or_a_second_charge_is_told() -> None:
    assert failing(always([POISONED], Histories(2, ("I1: ...",)))) == 1
    assert failing(always([replace(POISONED, charged_twice=1)], Histories(1, ()))) == 1
