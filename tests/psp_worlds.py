"""PSPs as the core sees them: what they take, and routes to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countinghouse.domain.psp import PspToken
from countinghouse.domain.psp_routes import PspRoutes, RouteRule, Routing
from tests.builders import NOW, an_info
from tests.fakes.psp_health import FakeHealth


@dataclass(frozen=True)
class Able:
    """A PSP that takes these methods in these currencies."""

    methods: frozenset[str] = frozenset({"credit_card", "wallet", "qr"})
    currencies: frozenset[str] = frozenset({"EUR", "USD"})
    wallets: frozenset[str] | None = None

    steps: Mapping[str, int] = field(default_factory=dict)

    def expresses(self, amount_minor: int, currency: str) -> bool:
        return amount_minor % self.steps.get(currency, 1) == 0

    def takes(self, method: str, currency: str, wallet_provider: str | None = None) -> bool:
        wallet = method != "wallet" or self.wallets is None or wallet_provider in self.wallets
        return method in self.methods and currency in self.currencies and wallet


STRIPE_TOKEN = PspToken("stripe", "seti_c1", NOW + 10**9)
ADYEN_TOKEN = PspToken("adyen", "CS_c1", NOW + 10**9)
TWO_MORE = an_info(alternatives=(STRIPE_TOKEN, ADYEN_TOKEN))
ONE_MORE = an_info(alternatives=(STRIPE_TOKEN,))


def a_routing(
    health: FakeHealth | None = None, *, failover: bool = True, cascade: bool = False
) -> Routing:
    """Three PSPs that take everything, healthy unless said otherwise."""
    names = ("sandbox", "stripe", "adyen")
    routes = PspRoutes(tuple(map(RouteRule, names)), failover=failover, cascade=cascade)
    return Routing(routes, dict.fromkeys(names, Able()), (health or FakeHealth()).state)
