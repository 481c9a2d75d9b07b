"""The payment service's HTTP edge."""

from __future__ import annotations

from functools import partial
from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.psp_views import session_view
from countinghouse.usecases.await_payment import await_payment, is_settled
from countinghouse.usecases.cancel_payment import cancel_payment
from countinghouse.usecases.show_code import MEDIA_TYPE, show_code
from countinghouse.usecases.submit_payment import submit_payment
from countinghouse.views import payment_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.prefer import preferred_wait_s
from countinghouse_aws.observability import count, logger, metrics
from functions.payments import schema
from functions.payments.wiring import Deps, deps

WAIT_MAX_S = 20
LOOK_EVERY_S = 0.25
REPLAYED = {"Idempotent-Replayed": "true"}


def create_session(request: Request, body: schema.SessionBody, ports: Deps) -> Answer:
    """Register a checkout at the PSP."""
    from countinghouse.usecases.open_session import open_session  # noqa: PLC0415 - as in `schema`

    opened = open_session(body.to_command(), ports.registration())
    if (session := opened.payment.session) is None:
        raise NotFound("this checkout has no session")
    shown = {"checkout_id": opened.payment.checkout_id, **session_view(session)}
    return Answer(200, shown, REPLAYED) if opened.replayed else Answer(201, shown)


def create_payment(request: Request, body: schema.PaymentBody, ports: Deps) -> Answer:
    """Take in a checkout's payment; wait for its end when the caller prefers that."""
    logger().append_keys(checkout_id=body.checkout_id)
    submitted = submit_payment(
        body.to_command(),
        ports.payments,
        ports.clock,
        ports.policy,
        ports.terms,
        ports.screening,
        ports.quotes,
    )
    count("PaymentReplayed" if submitted.replayed else "PaymentAccepted")
    payment = submitted.payment
    headers = dict(REPLAYED) if submitted.replayed else {}
    seconds = preferred_wait_s(request, WAIT_MAX_S)
    if seconds is None:
        return Answer(202, payment_view(payment), headers)
    pause = partial(ports.pause, LOOK_EVERY_S)
    payment = await_payment(payment, seconds, ports.payments, ports.clock, pause)
    headers["Preference-Applied"] = f"wait={seconds}"
    return Answer(200 if is_settled(payment) else 202, payment_view(payment), headers)


def read_payment(request: Request, ports: Deps) -> Answer:
    """A payment as it stands."""
    checkout_id = request.path["checkout_id"]
    payment = ports.payments.get(checkout_id)
    if payment is None:
        raise NotFound(f"there is no payment {checkout_id}")
    # What went back to the buyer stands with the orders, and only a paid one has any.
    ids = [line.order_id for line in payment.lines] if payment.is_payment_done else []
    orders = ports.orders().get_many(ids).values() if ids else ()
    return Answer(200, payment_view(payment, orders))


def draw_code(request: Request, query: schema.CodeQuery, ports: Deps) -> Answer:
    """The code that the buyer scans, as a picture: of one order, or of the first that waits."""
    payload = show_code(request.path["checkout_id"], query.order_id, ports.payments, ports.clock)
    return Answer(200, ports.draw(payload), media_type=MEDIA_TYPE)


def read_trail(request: Request, ports: Deps) -> Answer:
    """A payment's money trail."""
    # Brings in ledger and payouts, which no other route needs: at the top, every cold start pays.
    from countinghouse.trail_views import trail_view  # noqa: PLC0415
    from countinghouse.usecases.trace_payment import trace_payment  # noqa: PLC0415

    checkout_id, books = request.path["checkout_id"], ports.trail_books()
    trail = trace_payment(
        checkout_id, ports.payments, books.orders, books.events, books.journals, books.payouts
    )
    return Answer(200, trail_view(trail))


def cancel(request: Request, ports: Deps) -> Answer:
    """Cancel what is not paid yet."""
    payment = cancel_payment(request.path["checkout_id"], ports.payments, ports.clock)
    return Answer(202, payment_view(payment))


READERS = ("checkout", "support", "finance", "fulfilment", "operator")
ROUTES = (
    Route(
        "POST /v1/payments/sessions",
        ("checkout",),
        create_session,
        "Register a checkout at the PSP before any payment",
        body=schema.SessionBody,
    ),
    Route(
        "POST /v1/payments/event",
        ("checkout",),
        create_payment,
        "Pay a checkout's orders",
        body=schema.PaymentBody,
    ),
    Route("GET /v1/payments/{checkout_id}", READERS, read_payment, "A payment as it stands"),
    Route(
        "GET /v1/payments/{checkout_id}/qr.svg",
        READERS,
        draw_code,
        "The code that the buyer scans",
        query=schema.CodeQuery,
        media_types=(MEDIA_TYPE,),
    ),
    Route("GET /v1/payments/{checkout_id}/trail", READERS, read_trail, "A payment's money trail"),
    Route(
        "POST /v1/payments/{checkout_id}/cancel",
        ("checkout", "fulfilment"),
        cancel,
        "Cancel what is not paid yet",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
