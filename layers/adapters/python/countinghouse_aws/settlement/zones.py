"""Time zones as a report writes them: an abbreviation, or a name of the time zone database."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# An abbreviation is an offset, summer time told apart by it: `CET` in the hour that October has
# twice is the second one. Those that two regions claim (IST) are not taken.
_OFFSETS_H = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "SAST": 2,
    "MSK": 3,
    "SGT": 8,
    "HKT": 8,
    "AWST": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "BRT": -3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
}


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo | None:
    """The zone of `CEST` or `Europe/Amsterdam`, None when it is not known."""
    if name in _OFFSETS_H:
        return timezone(timedelta(hours=_OFFSETS_H[name]))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
