"""Step by step progress with seconds: colours on a terminal, plain lines anywhere else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Progress:
    """Prints one line per finished step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time the block; a spinner while it runs where there is a terminal to draw it on."""
        began = time.monotonic()
        try:
            if self._console.is_terminal:
                with self._console.status(title):
                    yield
            else:
                yield
        except BaseException:
            self._line("failed", "red", title, time.monotonic() - began)
            raise
        self._line("done", "green", title, time.monotonic() - began)

    def skipped(self, title: str, reason: str) -> None:
        """A step that had nothing to do."""
        self._console.print(f"[dim]   same[/] {title:<34} [dim]{reason}[/]", highlight=False)

    @property
    def seconds(self) -> float:
        """Seconds since the first step could have begun."""
        return time.monotonic() - self._began

    def _line(self, word: str, colour: str, title: str, seconds: float) -> None:
        self._console.print(
            f"[{colour}]{word:>7}[/] {title:<34} {seconds:5.1f} s", highlight=False, soft_wrap=True
        )
