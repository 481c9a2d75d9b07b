"""How soon everything is at rest after a fault (I14)."""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.instants import DAY, HOUR

_MS: Mapping[str, int] = {
    # We ask the PSP for an hour and longer.
    "F14": 4 * HOUR,
    # We give the buyer an hour beyond the time that the PSP had named.
    "F19": 4 * HOUR,
    "F20": 4 * HOUR,
    # The bank takes a day, and with no webhook we ask on the second, or once more on the third.
    "P11": 2 * DAY,
    "P12": 3 * DAY,
    # With no stream nobody is woken: we ask once a bank had it for two hours, or once more then.
    **dict.fromkeys(("P13", "L8"), 5 * HOUR),
}


def rest_max_ms(flow: str) -> int:
    """How long a history with one fault may take: an hour, or what a bank takes."""
    return _MS.get(flow, HOUR)
