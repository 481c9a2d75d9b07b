"""Which PSP takes a payment: rules of the market, what each PSP can, its cost and its health.

    eligible by a rule, and able by the PSP's own word
      -> healthy first -> lower priority number -> cheapest for this amount -> stated order

Everything is integers and the order of the document, so that the same question has one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Protocol

from countinghouse.domain.breaker import Breaker, BreakerPolicy, BreakerState
from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass

BASIS = 10_000
"""Basis points of a whole."""

ALTERNATIVES_MAX = 2
"""PSPs beside the first that a checkout is registered at."""

_NO_AMOUNTS: Mapping[str, int] = MappingProxyType({})
_WALLET = "wallet"


class Capabilities(Protocol):
    """What a PSP says it takes."""

    @property
    def methods(self) -> frozenset[str]:
        """The methods of payment."""
        ...

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of charges."""
        ...

    def expresses(self, amount_minor: int, currency: str) -> bool:
        """Whether the amount can be said in the PSP's own units of the currency."""
        ...

    def takes(self, method: str, currency: str, wallet_provider: str | None = None) -> bool:
        """Whether a charge by this method in this currency may be sent at all."""
        ...


def able(
    psp: Capabilities, method: str | None, currency: str, wallet_provider: str | None = None
) -> bool:
    """Whether the PSP takes it, as far as it is known: a method or a wallet may come later."""
    if currency not in psp.currencies:
        return False
    if method is None:
        return True
    if method == _WALLET and wallet_provider is None:
        return method in psp.methods
    return psp.takes(method, currency, wallet_provider)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a PSP takes of a charge: a share of it, and a fixed part in minor units by currency.

    A currency without an entry has no fixed part.
    """

    basis_points: int = 0
    fixed_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)

    def of(self, amount_minor: int, currency: str) -> int:
        """The cost in ten-thousandths of a minor unit: nothing is rounded before it is compared."""
        return amount_minor * self.basis_points + self.fixed_minor.get(currency, 0) * BASIS


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One way to pay through a PSP. None means any; bounds are minor units by currency.

    A rule for some countries does not meet a buyer whose country is not known. `stand_ins` are the
    PSPs that a checkout is registered at beside this one, where failover is on at all.
    """

    psp: str
    methods: frozenset[str] | None = None
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    minimum_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)
    maximum_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)
    cost: Cost = field(default_factory=Cost)
    priority: int = 0
    stand_ins: frozenset[str] | None = None

    def meets(self, request: RouteRequest) -> bool:
        """Whether the rule is for such a payment."""
        amount, currency = request.amount_minor, request.currency
        return (
            (self.methods is None or request.method is None or request.method in self.methods)
            and (self.currencies is None or currency in self.currencies)
            and (self.countries is None or request.country in self.countries)
            and self.minimum_minor.get(currency, 0) <= amount
            and amount <= self.maximum_minor.get(currency, amount)
        )


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """A payment that looks for its PSP. `country` is the buyer's; None: not known yet.

    `psp` is the one that the caller wishes for: it comes first if it may take the payment.
    """

    amount_minor: int
    currency: str
    method: str | None = None
    country: str | None = None
    psp: str | None = None


@dataclass(frozen=True, slots=True)
class PspRoutes:
    """The whole section.

    `failover` registers a checkout at further PSPs and lets its orders move there; `cascade` lets a
    soft decline be tried at one of them. Neither moves what may have been executed.
    """

    routes: tuple[RouteRule, ...] = ()
    failover: bool = False
    cascade: bool = False
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)

    @property
    def psps(self) -> tuple[str, ...]:
        """The PSPs that a rule names, in the order of the rules."""
        return tuple(dict.fromkeys(rule.psp for rule in self.routes))


Health = Callable[[str], BreakerState]
"""A PSP's breaker, as it is at this moment."""


def _all_well(_: str) -> BreakerState:
    return BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class PspStanding:
    """A PSP with what it takes and its breaker; one that never opened has version 0."""

    psp: str
    methods: tuple[str, ...]
    currencies: tuple[str, ...]
    breaker: Breaker


@dataclass(frozen=True, slots=True)
class Routing:
    """The rules, what each PSP of the stage takes, and how each does."""

    routes: PspRoutes = field(default_factory=PspRoutes)
    psps: Mapping[str, Capabilities] = field(default_factory=lambda: MappingProxyType({}))
    health: Health = _all_well


def choose(routing: Routing, request: RouteRequest) -> tuple[str, ...]:
    """The PSPs that may take a payment, the best first and each once.

    One that may be tried again counts as healthy, or nobody would find out that it is back. Those
    that do not answer stand at the end: there may be no other. Raises Invalid when there is none.
    """
    rules, psps = routing.routes.routes, routing.psps
    ranked = sorted(
        (
            routing.health(rule.psp) is BreakerState.OPEN,
            rule.psp != request.psp,
            rule.priority,
            rule.cost.of(request.amount_minor, request.currency),
            place,
        )
        for place, rule in enumerate(rules)
        if rule.meets(request)
        and rule.psp in psps
        and able(psps[rule.psp], request.method, request.currency)
        and psps[rule.psp].expresses(request.amount_minor, request.currency)
    )
    if not ranked:
        country = "an unknown country" if request.country is None else request.country
        raise Invalid(
            f"no PSP takes {request.method or 'a payment'} in {request.currency} from {country}",
            code="no_psp_for_payment",
            field="method" if request.method else "currency",
        )
    return tuple(dict.fromkeys(rules[place].psp for *_, place in ranked))


def stand_ins(routing: Routing, request: RouteRequest, psp: str) -> frozenset[str]:
    """The PSPs that a payment at `psp` may move to, by the first of its rules that it meets."""
    if not routing.routes.failover:
        return frozenset()
    rules = (rule for rule in routing.routes.routes if rule.psp == psp and rule.meets(request))
    rule = next(rules, None)
    named = None if rule is None else rule.stand_ins
    return frozenset(routing.routes.psps) - {psp} if named is None else named - {psp}
