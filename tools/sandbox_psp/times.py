"""Instants and durations as text: RFC 3339 in UTC, and "1d2h" for moving the clock."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS_S: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:\d{1,9}[dhms])+")
_PART: Final = re.compile(r"(\d+)([dhms])")
_LONGEST: Final = timedelta(days=3_660)


def rfc3339(at: datetime) -> str:
    """Write an aware instant in fixed width, so that text order in the book is time order."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def instant(text: str) -> datetime:
    """Read what ``rfc3339`` wrote."""
    return datetime.fromisoformat(text)


def duration(text: str) -> timedelta:
    """Read "1d", "2h", "5m", "90s" or a sequence of them.

    Raises:
        ValueError: it is none of these, or longer than ten years.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f"not a duration such as 1d, 2h, 5m or 90s: {text!r}")
    total = timedelta(seconds=sum(int(n) * _UNITS_S[unit] for n, unit in _PART.findall(text)))
    if total > _LONGEST:
        raise ValueError("a duration may not exceed ten years")
    return total
