"""Every parser of what strangers write raises its own errors only, whatever it is fed.

What the fuzzer once found is fed again: a file of `fuzzed/` a finding, named by its target.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.security.fuzzing.spoiling import spoilt
from tests.security.fuzzing.targets import TARGETS

FOUND = Path(__file__).parent / "fuzzed"
ROUNDS = 250


@pytest.mark.parametrize("name", TARGETS)
def test_a_good_text_is_read(name: str) -> None:
    target = TARGETS[name]

    assert target.seeds
    target.feed(target.seeds[0])


@pytest.mark.parametrize("name", TARGETS)
def test_a_spoilt_text_is_read_or_refused(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)

    for _ in range(ROUNDS):
        target(spoilt(chance.choice(target.seeds), chance))


def test_everything_that_was_ever_found_is_refused() -> None:
    for path in sorted(FOUND.glob("*.bin")):
        TARGETS[path.name.partition(".")[0]](path.read_bytes())
