"""Stories told by a few threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tools.replay.turns import Story, tell


def counting(name: str, turns: int) -> Story[str]:
    for _ in range(turns):
        yield 0.0
    return name


def test_every_story_is_told_to_its_end() -> None:
    stories = [counting(f"s{number}", number % 4) for number in range(50)]

    told = list(tell(stories, workers=3, at_once=7))

    assert sorted(told) == sorted(f"s{number}" for number in range(50))


def test_no_stories_give_no_results() -> None:
    assert list(tell([], workers=2, at_once=2)) == []


def crowd(*, at_once: int, gently: bool) -> list[int]:
    """How many of forty stories were under way as each began."""
    under_way: set[int] = set()
    seen: list[int] = []
    lock = threading.Lock()

    def story(number: int) -> Story[int]:
        with lock:
            under_way.add(number)
            seen.append(len(under_way))
        yield 0.001
        with lock:
            under_way.remove(number)
        return number

    stories = (story(number) for number in range(40))
    list(tell(stories, workers=4, at_once=at_once, gently=gently))
    return seen


@pytest.mark.parametrize("gently", [False, True])
def test_stories_under_way_stay_within_the_bound(gently: bool) -> None:
    assert max(crowd(at_once=5, gently=gently)) <= 5


def test_a_gentle_beginning_lets_one_more_in_for_each_that_ended() -> None:
    seen = crowd(at_once=40, gently=True)

    assert all(count <= 1 + place for place, count in enumerate(seen))
    assert seen[:2] == [1, 1]


def test_a_story_that_waits_gives_its_thread_away() -> None:
    order: list[str] = []

    def story(name: str, pause_s: float) -> Story[str]:
        yield pause_s
        order.append(name)
        return name

    list(tell([story("late", 0.2), story("soon", 0.01)], workers=1, at_once=2))

    assert order == ["soon", "late"]


def test_an_error_in_a_story_is_raised_to_the_listener() -> None:
    def broken() -> Story[str]:
        yield 0.0
        raise ValueError("no")

    told = tell([broken()], workers=2, at_once=2)

    with pytest.raises(ValueError, match="no"):
        list(told)


def test_closing_begins_no_more_stories() -> None:
    begun: list[int] = []

    def endless() -> Iterator[Story[int]]:
        number = 0
        while True:
            number += 1
            begun.append(number)
            yield told_at_once(number)

    def told_at_once(number: int) -> Story[int]:
        yield 0.0
        return number

    told = tell(endless(), workers=2, at_once=3)
    next(told)
    told.close()
    known = len(begun)

    assert threading.active_count() >= 1
    assert len(begun) == known
