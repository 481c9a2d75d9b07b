"""What the payment service's edge is made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import Terms
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.screening import Screening
from countinghouse.records import dataclass
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly

if TYPE_CHECKING:
    # Where ledger, rates and the choice of PSPs begin: a payment in one currency needs none.
    from countinghouse.ports.fx import QuoteBook
    from countinghouse.ports.ledger import Journals
    from countinghouse.ports.payouts import PayoutBook
    from countinghouse.usecases.open_session import Registration


@dataclass(frozen=True, slots=True)
class TrailBooks:
    """What a trail is read from, beside the payment. Made for a trail alone."""

    orders: OrderBook
    events: PspEventBook
    journals: Journals
    payouts: PayoutBook


def drawn(payload: str) -> bytes:
    """A code as a picture. What draws it is in a layer of its own, and imported when one is."""
    from countinghouse_aws.rendering.qr_image import qr_svg  # noqa: PLC0415

    return qr_svg(payload)


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. What intake never needs is made on first use."""

    payments: PaymentBook
    clock: Clock
    policy: RetryPolicy
    terms: Terms
    screening: Screening
    quotes: Callable[[], QuoteBook]
    grants: Grants
    registration: Callable[[], Registration]
    orders: Callable[[], OrderBook]
    trail_books: Callable[[], TrailBooks]
    pause: Callable[[float], None]
    draw: Callable[[str], bytes] = drawn


@lru_cache(maxsize=1)
def registration(parts: PayoutAssembly) -> Registration:
    """What registers checkouts; paying them needs none of it."""
    from countinghouse.usecases.open_session import Registration  # noqa: PLC0415
    from countinghouse_aws.psp_assembly import PspRouting  # noqa: PLC0415

    psps = PspRouting(parts)
    return Registration(parts.payments, psps.sessions, psps.routing, parts.clock)


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    return Deps(
        payments=parts.payments,
        clock=parts.clock,
        policy=parts.environment.policy(),
        terms=parts.terms,
        screening=parts.screening,
        quotes=lambda: parts.fx_quotes,
        grants=parts.environment.grants(),
        registration=lambda: registration(parts),
        orders=lambda: parts.orders,
        trail_books=lambda: TrailBooks(parts.orders, parts.events, parts.journals, parts.payouts),
        pause=time.sleep,
    )
