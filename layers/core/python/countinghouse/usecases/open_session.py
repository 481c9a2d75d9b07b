"""Register a checkout at the PSP before any payment."""

from dataclasses import dataclass

from countinghouse.domain.errors import KeyReused
from countinghouse.domain.money import Money
from countinghouse.domain.payment import Payment
from countinghouse.ports.books import PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Gateway


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A checkout to register."""

    checkout_id: str
    amount: Money
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The checkout's payment with its session; `replayed` when it was registered before."""

    payment: Payment
    replayed: bool


def open_session(
    command: OpenSession, payments: PaymentBook, gateway: Gateway, clock: Clock
) -> OpenedSession:
    """The one session of a checkout, made at the PSP at most once.

    The PSP's own key is the checkout id, so that a crash between its answer and our write costs
    nothing: the next call gets the same token. Raises KeyReused for another amount or currency.
    """
    existing = payments.get(command.checkout_id)
    if existing is None:
        session = gateway.open_session(
            command.checkout_id, command.amount.minor, command.amount.currency, command.return_url
        )
        now = clock.now()
        payment = Payment(
            checkout_id=command.checkout_id,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            session=session,
            created_at=now,
            updated_at=now,
        )
        existing = payments.add(payment)
        if existing is None:
            return OpenedSession(payment, replayed=False)
    if (existing.amount_minor, existing.currency) != (
        command.amount.minor,
        command.amount.currency,
    ):
        raise KeyReused(f"checkout {command.checkout_id} was registered with another amount")
    return OpenedSession(existing, replayed=True)
