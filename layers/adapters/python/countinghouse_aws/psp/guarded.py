"""The gateway behind the PSPs' breakers: what is not let through was provably never sent."""

from __future__ import annotations

from collections.abc import Callable

from countinghouse.domain.errors import CountinghouseError, Unavailable
from countinghouse.domain.order import Order
from countinghouse.domain.psp import FactKind, PspFact, PspSession
from countinghouse.domain.psp_presence import is_there
from countinghouse.ports.gateway import Gateway, Sessions
from countinghouse.ports.psp_health import PspHealth
from countinghouse.records import dataclass
from countinghouse_aws.psp.timed import timed


@dataclass(frozen=True, slots=True)
class GuardedGateway:
    """Every PSP's gateway, each behind its breaker. `inner` goes by the order's PSP."""

    inner: Gateway
    health: PspHealth

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt; NOT_SENT when its PSP's breaker is open."""
        return self._guarded(self.inner.charge, order, FactKind.NOT_SENT)

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture; NOT_SENT when its PSP's breaker is open."""
        return self._guarded(self.inner.capture, order, FactKind.NOT_SENT)

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void; NOT_SENT when its PSP's breaker is open."""
        return self._guarded(self.inner.void, order, FactKind.NOT_SENT)

    def find(self, order: Order) -> PspFact:
        """Ask what became of the newest attempt; UNKNOWN when its PSP's breaker is open."""
        return self._guarded(self.inner.find, order, FactKind.UNKNOWN)

    def _guarded(
        self, call: Callable[[Order], PspFact], order: Order, instead: FactKind
    ) -> PspFact:
        psp = order.payment_info.psp
        if not self.health.admits(psp):
            return PspFact(instead, key=order.attempts[-1].key)
        fact = call(order)
        match is_there(fact):
            case True:
                self.health.answered(psp)
            case False:
                self.health.failed(psp, str(fact.kind))
        return fact


@dataclass(frozen=True, slots=True)
class GuardedSessions:
    """One PSP, where checkouts are registered, behind its breaker."""

    psp: str
    inner: Callable[[], Sessions]
    health: PspHealth

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        """Register a checkout; the same checkout gets the same token.

        Raises Unavailable when the PSP cannot be reached or its breaker is open, Rejected when it
        refuses.
        """
        if not self.health.admits(self.psp):
            raise Unavailable(f"{self.psp} does not answer these days")
        try:
            session = timed(
                self.psp,
                lambda: self.inner().open_session(checkout_id, amount_minor, currency, return_url),
            )
        except Unavailable:
            self.health.failed(self.psp, "unavailable")
            raise
        except CountinghouseError:
            self.health.answered(self.psp)
            raise
        self.health.answered(self.psp)
        return session
