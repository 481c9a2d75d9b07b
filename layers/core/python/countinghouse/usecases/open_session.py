"""Register a checkout at its PSP before any payment, and at those that may have to stand in."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from countinghouse.domain.errors import KeyReused, Rejected, Unavailable
from countinghouse.domain.money import Money
from countinghouse.domain.payment import Payment
from countinghouse.domain.psp import PspSession
from countinghouse.domain.psp_routes import (
    ALTERNATIVES_MAX,
    RouteRequest,
    Routing,
    choose,
    stand_ins,
)
from countinghouse.ports.books import PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Sessions
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A checkout to register. `method` and the buyer's `country` choose the PSP, where known.

    `psp` is the PSP that the caller wishes for; one that may not take the payment is passed over.
    """

    checkout_id: str
    amount: Money
    return_url: str | None = None
    method: str | None = None
    country: str | None = None
    psp: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering a checkout needs; `sessions` gives a PSP by its name."""

    payments: PaymentBook
    sessions: Callable[[str], Sessions]
    routing: Routing
    clock: Clock


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The checkout's payment with its session; `replayed` when it was registered before."""

    payment: Payment
    replayed: bool


def open_session(command: OpenSession, ports: Registration) -> OpenedSession:
    """The one session of a checkout, made at the best PSP that answers, at most once.

    The PSP's own key is the checkout id, so that a crash between its answer and our write costs
    nothing: no money is involved, and what is stored first is what everybody gets. Raises KeyReused
    for another amount or currency, Invalid when no PSP takes it, Unavailable when none answers.
    """
    existing = ports.payments.get(command.checkout_id)
    if existing is None:
        session = _registered(command, ports)
        now = ports.clock.now()
        payment = Payment(
            checkout_id=command.checkout_id,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            session=session,
            created_at=now,
            updated_at=now,
        )
        existing = ports.payments.add(payment)
        if existing is None:
            return OpenedSession(payment, replayed=False)
    if (existing.amount_minor, existing.currency) != (
        command.amount.minor,
        command.amount.currency,
    ):
        raise KeyReused(f"checkout {command.checkout_id} was registered with another amount")
    return OpenedSession(existing, replayed=True)


def _registered(command: OpenSession, ports: Registration) -> PspSession:
    """The session at the first PSP that answers, with those at the PSPs after it."""
    amount = command.amount
    request = RouteRequest(
        amount.minor, amount.currency, command.method, command.country, command.psp
    )
    silent: Unavailable | None = None
    psps = choose(ports.routing, request)
    for place, psp in enumerate(psps):
        try:
            session = _at(psp, command, ports)
        except Unavailable as error:
            silent = error
        else:
            named = stand_ins(ports.routing, request, psp)
            others = [one for one in psps[place + 1 :] if one in named]
            return replace(session, alternatives=_alternatives(others, command, ports))
    raise silent or Unavailable("no PSP answered")


def _alternatives(
    psps: Sequence[str], command: OpenSession, ports: Registration
) -> tuple[PspSession, ...]:
    """The sessions at further PSPs, as many as can be had: none of them is needed to pay."""
    found: list[PspSession] = []
    for psp in psps[:ALTERNATIVES_MAX]:
        try:
            found.append(_at(psp, command, ports))
        except (Unavailable, Rejected):
            continue
    return tuple(found)


def _at(psp: str, command: OpenSession, ports: Registration) -> PspSession:
    amount = command.amount
    return ports.sessions(psp).open_session(
        command.checkout_id, amount.minor, amount.currency, command.return_url
    )
