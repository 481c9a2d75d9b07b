"""Many stories told by a few threads: one that has to wait gives its thread to another.

A story is a generator. It makes its calls as it goes, and yields the seconds that it wants to be
left alone for; what it returns is its result. So a few hundred payments can be under way at once
while no more calls are in flight than there are threads.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
Story = Generator[float, None, T]


@dataclass(order=True)
class _Turn(Generic[T]):
    """A story that waits until `due`, by the monotonic clock."""

    due: float
    number: int
    story: Story[T] = field(compare=False)


@dataclass(frozen=True)
class _Told(Generic[T]):
    result: T


@dataclass(frozen=True)
class _Broken:
    error: BaseException


class _Table(Generic[T]):
    """Where the threads sit: the stories that wait, and those that nobody has begun."""

    def __init__(self, stories: Iterator[Story[T]], at_once: int, *, gently: bool) -> None:
        self.outcomes: SimpleQueue[_Told[T] | _Broken | None] = SimpleQueue()
        self._stories = stories
        self._at_once = at_once
        self._gently = gently
        self._changed = threading.Condition()
        self._waiting: list[_Turn[T]] = []
        self._begun = 0
        self._ended = 0
        self._all_begun = False
        self._stopped = False

    def work(self) -> None:
        """Take turns until there is nothing left to tell."""
        try:
            while (turn := self._next_turn()) is not None:
                self._take(turn)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that listens
            self.outcomes.put(_Broken(error))

    def stop(self) -> None:
        """Let every thread end after the turn it is taking."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _take(self, turn: _Turn[T]) -> None:
        try:
            pause_s = next(turn.story)
        except StopIteration as end:
            self.outcomes.put(_Told(end.value))
            with self._changed:
                self._ended += 1
                self._changed.notify_all()
            return
        with self._changed:
            turn.due = time.monotonic() + pause_s
            heapq.heappush(self._waiting, turn)
            self._changed.notify()

    def _next_turn(self) -> _Turn[T] | None:
        """The turn to take now: one that is due, else a new story; waits while there is neither."""
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                if self._waiting and self._waiting[0].due <= now:
                    return heapq.heappop(self._waiting)
                begun = self._begin(now)
                if begun is not None:
                    return begun
                if self._all_begun and self._begun == self._ended:
                    self._stopped = True
                    self.outcomes.put(None)
                    self._changed.notify_all()
                    break
                self._changed.wait(self._waiting[0].due - now if self._waiting else None)
        return None

    def _begin(self, now: float) -> _Turn[T] | None:
        bound = min(self._at_once, 1 + self._ended) if self._gently else self._at_once
        if self._all_begun or self._begun - self._ended >= bound:
            return None
        story = next(self._stories, None)
        if story is None:
            self._all_begun = True
            return None
        self._begun += 1
        return _Turn(now, self._begun, story)


def tell(
    stories: Iterable[Story[T]], *, workers: int, at_once: int, gently: bool = False
) -> Generator[T, None, None]:
    """The stories' results as they end, with `workers` threads and `at_once` stories under way.

    `gently` begins with one and lets one more be under way for each that has ended: what they talk
    to may have to start first, and does so sooner without a crowd at the door.

    An error in a story ends the telling and is raised here. Closing the iterator, or leaving its
    loop by an exception, lets every thread finish the one call it is making and no more.
    """
    table = _Table(iter(stories), at_once, gently=gently)
    threads = [threading.Thread(target=table.work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        while (outcome := table.outcomes.get()) is not None:
            if isinstance(outcome, _Broken):
                raise outcome.error
            yield outcome.result
    finally:
        table.stop()
        for thread in threads:
            thread.join()
