"""The one error the local tools raise on purpose: what went wrong and what to do about it."""

from pathlib import Path

_TAIL_LINES = 20


class LocalFailure(RuntimeError):
    """A step of the local environment did not work; the text is for the person at the terminal."""


def with_tail(message: str, log: Path) -> LocalFailure:
    """A failure that shows the end of the step's log, so that nobody has to go and look for it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    tail = "\n".join(f"  | {line}" for line in lines[-_TAIL_LINES:])
    return LocalFailure(f"{message}\n{tail}\n  (all of it: {log})")
