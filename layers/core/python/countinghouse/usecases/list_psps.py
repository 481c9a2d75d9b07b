"""What each PSP takes, and how it does."""

from collections.abc import Mapping

from countinghouse.domain.breaker import Breaker
from countinghouse.domain.psp_routes import Capabilities, PspStanding
from countinghouse.ports.psp_health import BreakerBook


def list_psps(psps: Mapping[str, Capabilities], breakers: BreakerBook) -> tuple[PspStanding, ...]:
    """The stage's PSPs, in its order. Raises Unavailable when the breakers cannot be read."""
    known = breakers.get_many(psps)
    return tuple(
        PspStanding(
            name,
            tuple(sorted(psp.methods)),
            tuple(sorted(psp.currencies)),
            known.get(name) or Breaker(name),
        )
        for name, psp in psps.items()
    )
