"""How sessions and PSPs look from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countinghouse.domain.instants import Instant, rfc3339
from countinghouse.domain.psp import PspSession

if TYPE_CHECKING:
    # Who shows a session starts without what chooses PSPs.
    from countinghouse.domain.psp_routes import PspStanding

View = dict[str, object]


def session_view(session: PspSession) -> View:
    """A session as the checkout page gets it; with its alternatives when it has any."""
    view: View = {
        "psp": session.psp,
        "psp_token": session.psp_token,
        "expires_at": rfc3339(session.expires_at),
    }
    if session.client_secret is not None:
        view["client_secret"] = session.client_secret
    if session.hosted_url is not None:
        view["hosted_url"] = session.hosted_url
    if session.alternatives:
        view["alternatives"] = [session_view(other) for other in session.alternatives]
    return view


def psp_view(standing: PspStanding, now: Instant) -> View:
    """A PSP as `GET /v1/psps` shows it; `since` is missing of a breaker that never opened."""
    from countinghouse.domain.breaker import BreakerState  # noqa: PLC0415 - as above

    breaker = standing.breaker
    trying = breaker.state is BreakerState.HALF_OPEN
    view: View = {
        "psp": standing.psp,
        "methods": list(standing.methods),
        "currencies": list(standing.currencies),
        "circuit": str(breaker.state if trying else breaker.seen_at(now)),
    }
    if breaker.version:
        view["since"] = rfc3339(breaker.since)
    if breaker.last_error is not None:
        view["last_error"] = breaker.last_error
    return view
