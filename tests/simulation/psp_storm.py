"""Two sandbox PSPs in one process, between whom orders fail over; what befalls them, and workers.

The PSPs are the sandbox's own engine, each with a book of its own; the workers are what
`order_execution` is made of, down to the adapter. Only the network between them is the test's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from countinghouse.domain.breaker import BreakerPolicy
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.order import Order
from countinghouse.domain.psp import PspFact, PspSession
from countinghouse.domain.psp_routes import PspRoutes, RouteRule, Routing
from countinghouse.usecases.execute_order import Execution
from countinghouse_aws.psp.breakers import Breakers
from countinghouse_aws.psp.guarded import GuardedGateway, GuardedSessions
from countinghouse_aws.psp.routed import RoutedGateway
from countinghouse_aws.psp.sandbox import SandboxGateway
from countinghouse_aws.psp.sandbox_profile import SANDBOX_PROFILE
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.builders import POLICY
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.psp_health import FakeBreakerBook
from tests.simulation.clock import EPOCH
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.wire import Request

API_KEY = "sk_storm"
ANSWER_MS = 15
TIMEOUTS_PERCENT = 30
REFUSALS_PERCENT = 8
HELD_UP_PERCENT = 5
LATE_MAX = 90 * SECOND
"""How late a swallowed request may still reach its PSP."""

DEATHS_PERCENT = 2
NAMES = ("sandbox", "stripe")
ROUTES = PspRoutes(
    tuple(map(RouteRule, NAMES)),
    failover=True,
    cascade=True,
    breaker=BreakerPolicy(cool_off=3 * SECOND, probe_lease=3 * SECOND),
)
"""With a short cool-off: the spells of this storm are short too."""


class Died(BaseException):
    """A worker's process ended in the middle of its call."""


@dataclass(frozen=True)
class Spell:
    """A while in which a PSP cannot be reached: refused, or held up without a word and late."""

    begins: Instant
    ends: Instant
    refuses: bool


@dataclass
class ModelPsp:
    """A PSP and the line to it. `befell` counts what went wrong on the line."""

    name: str
    clock: FakeClock
    chance: Random
    spells: tuple[Spell, ...]
    befell: Counter[str] = field(default_factory=Counter)
    held_up: list[tuple[Instant, Request]] = field(default_factory=list)
    book: Book = field(init=False)
    psp: Sandbox = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(":memory:", seed=self.name)
        self.psp = Sandbox(self.book, self._now, Config(api_key=API_KEY))

    def _now(self) -> datetime:
        return EPOCH + timedelta(milliseconds=self.clock.instant)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The transport of the adapter. Raises NeverSent or NoAnswer."""
        now = self.clock.advance(ANSWER_MS)
        spell = next((one for one in self.spells if one.begins <= now < one.ends), None)
        bare, _, query = path.partition("?")
        request = Request(method, bare, query, headers, body or b"")
        self.arrive()
        if spell is not None and spell.refuses:
            self.befell["refused"] += 1
            raise NeverSent("storm")
        if spell is not None:
            self._hold_up(request)
        if (method, path) == ("POST", "/v1/charges"):
            self._befall(request)
        response = self.psp.handle(request)
        if response.transport != "ok":
            raise NoAnswer("storm")
        return Reply(response.status, response.body)

    def arrive(self) -> None:
        """What was swallowed and given up for lost reaches the PSP after all, in its time."""
        due = [request for at, request in self.held_up if at <= self.clock.now()]
        self.held_up = [(at, one) for at, one in self.held_up if at > self.clock.now()]
        for request in due:
            self.psp.handle(request)

    def _hold_up(self, request: Request) -> None:
        """Keep a request for later. Raises NoAnswer."""
        self.befell["held up"] += 1
        self.held_up.append((self.clock.now() + self.chance.randrange(LATE_MAX), request))
        raise NoAnswer("storm")

    def _befall(self, request: Request) -> None:
        """What may happen to a charge. Raises NeverSent or NoAnswer."""
        self.befell["charge calls"] += 1
        if self.chance.randrange(100) < REFUSALS_PERCENT:
            self.befell["refused"] += 1
            raise NeverSent("storm")
        if self.chance.randrange(100) < HELD_UP_PERCENT:
            self._hold_up(request)
        if self.chance.randrange(100) < TIMEOUTS_PERCENT:
            self.befell["timed out after success"] += 1
            order_id = json.loads(request.body)["reference"]
            fault = {"kind": "timeout_after_success", "order_id": order_id}
            self._ask("/_control/faults", fault)

    def attach(self, psp_token: str, number: str) -> None:
        """The buyer enters a card on the PSP's page."""
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        self._ask(f"/sessions/{psp_token}/payment_method", {"type": "card", "card": card})

    def _ask(self, path: str, body: object) -> None:
        headers = {"Content-Type": "application/json"}
        response = self.psp.handle(Request("POST", path, "", headers, json.dumps(body).encode()))
        assert response.status in range(200, 300), response.body

    def captured(self) -> list[Charge]:
        """The ground truth: the charges that took money."""
        return [charge for charge in self.book.charges() if charge.status == "captured"]

    def gateway(self) -> NamedGateway:
        """The adapter, under this PSP's name."""
        return NamedGateway(SandboxGateway(self, API_KEY), self.name)


@dataclass(frozen=True)
class NamedGateway:
    """The sandbox's adapter at a PSP of another name."""

    inner: SandboxGateway
    name: str

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        session = self.inner.open_session(checkout_id, amount_minor, currency, return_url)
        return replace(session, psp=self.name)

    def charge(self, order: Order) -> PspFact:
        return self.inner.charge(order)

    def capture(self, order: Order) -> PspFact:
        return self.inner.capture(order)

    def void(self, order: Order) -> PspFact:
        return self.inner.void(order)

    def find(self, order: Order) -> PspFact:
        return self.inner.find(order)


@dataclass(frozen=True)
class Mortal:
    """A gateway in a process that sometimes dies before it can write down what it heard."""

    inner: GuardedGateway
    dies: Callable[[], bool]

    def charge(self, order: Order) -> PspFact:
        fact = self.inner.charge(order)
        if self.dies():
            raise Died
        return fact

    def capture(self, order: Order) -> PspFact:
        return self.inner.capture(order)

    def void(self, order: Order) -> PspFact:
        return self.inner.void(order)

    def find(self, order: Order) -> PspFact:
        return self.inner.find(order)


@dataclass
class Worker:
    """A process: its breakers are its own, the books are everybody's."""

    psps: Mapping[str, ModelPsp]
    shared: FakeBreakerBook
    clock: FakeClock
    chance: Random
    breakers: Breakers = field(init=False)
    routing: Routing = field(init=False)

    def __post_init__(self) -> None:
        self.breakers = Breakers(NAMES, self.shared, self.clock, ROUTES.breaker)
        able = dict.fromkeys(NAMES, SANDBOX_PROFILE)
        self.routing = Routing(ROUTES, able, self.breakers.state)

    def execution(self, orders: FakeOrderBook, payments: FakePaymentBook) -> Execution:
        """What this process executes orders with."""
        routed = RoutedGateway(lambda name: self.psps[name].gateway())
        guarded = GuardedGateway(routed, self.breakers)
        gateway = Mortal(guarded, lambda: self.chance.randrange(100) < DEATHS_PERCENT)
        return Execution(orders, payments, gateway, self.clock, POLICY, self.routing)

    def sessions(self, name: str) -> GuardedSessions:
        """What this process registers checkouts with."""
        return GuardedSessions(name, self.psps[name].gateway, self.breakers)
