"""Instants: milliseconds since the epoch, UTC, as integers. Rendered as RFC 3339 at the edges."""

from datetime import UTC, datetime, timedelta

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def rfc3339(instant: Instant) -> str:
    """`1700000000123` -> `2023-11-14T22:13:20.123Z`."""
    moment = datetime.fromtimestamp(instant // SECOND, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{instant % SECOND:03d}Z"


def from_rfc3339(text: str) -> Instant:
    """The instant that an RFC 3339 text names. Raises ValueError when it names none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC")
    return (moment - _EPOCH) // _MILLISECOND


def day_of(instant: Instant) -> str:
    """The UTC day of an instant: `2023-11-14`."""
    return rfc3339(instant)[:10]


def start_of_day(day: str) -> Instant:
    """The first instant of a UTC day. Raises ValueError when the text names none."""
    return from_rfc3339(f"{day}T00:00:00Z")
