"""Instants as Stripe writes them: v1 counts seconds, v2 writes RFC 3339."""

from datetime import UTC, datetime

_EPOCH = datetime.fromtimestamp(0, UTC)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return (at - _EPOCH).days * 86_400 + (at - _EPOCH).seconds


def milliseconds_text(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
