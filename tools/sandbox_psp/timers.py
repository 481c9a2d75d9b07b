"""What the PSP will do by itself, and when by its own clock: one timer an object at most.

All timers share one indexed table, so that finding nothing due is a single cheap query whatever
the book holds.
"""

from dataclasses import dataclass
from datetime import datetime

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.times import instant


@dataclass(frozen=True)
class Timer:
    """A task that waits for its time; ``reference`` is the object it is about."""

    task: str
    reference: str
    due_at: datetime


def set_timer(book: Book, task: str, reference: str, due_at: datetime | None) -> None:
    """Set the object's timer in place of the one it has, if any; None leaves it without."""
    book.run("DELETE FROM timers WHERE reference = ?", reference)
    if due_at is not None:
        book.put("timers", {"reference": reference, "task": task, "due_at": due_at})


def next_due(book: Book, now: datetime) -> Timer | None:
    """The timer that is due the longest, or None; of those due together, the one set first."""
    found = book.rows(
        "SELECT task, reference, due_at FROM timers WHERE due_at <= ?"
        " ORDER BY due_at, number LIMIT 1",
        now,
    )
    if not found:
        return None
    row = found[0]
    return Timer(row["task"], row["reference"], instant(row["due_at"]))
