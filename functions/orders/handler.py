"""The order service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.usecases.change_order import cancel_order, request_capture
from countinghouse.usecases.submit_order import checkout_of_single, submit_order
from countinghouse.views import order_view, waiting_order_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import metrics
from functions.orders import schema
from functions.orders.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}


def create_order(request: Request, body: schema.OrderBody, ports: Deps) -> Answer:
    """Execute one payment order that no checkout stands around."""
    order_id = schema.OrderPath.read(request.path).order_id
    p, command = ports, body.to_command(order_id)
    submitted = submit_order(command, p.payments, p.orders, p.clock, p.policy, p.terms, p.screening)
    shown = _shown(order_id, ports)
    return Answer(202, shown, REPLAYED if submitted.replayed else {})


def read_order(request: Request, ports: Deps) -> Answer:
    """An order with its attempts."""
    return Answer(200, _shown(request.path["order_id"], ports))


def _shown(order_id: str, ports: Deps) -> dict[str, object]:
    order = ports.orders.get(order_id)
    if order is not None:
        return order_view(order)
    waiting = ports.payments.get(checkout_of_single(order_id))
    if waiting is None:
        raise NotFound(f"there is no order {order_id}")
    return waiting_order_view(waiting, waiting.lines[0])


def capture(request: Request, body: schema.CaptureBody, ports: Deps) -> Answer:
    """Capture an authorised order, in full or in part."""
    order = request_capture(request.path["order_id"], body.amount, ports.orders, ports.clock)
    return Answer(202, order_view(order))


def cancel(request: Request, ports: Deps) -> Answer:
    """Cancel an order that took no money."""
    return Answer(
        202, order_view(cancel_order(request.path["order_id"], ports.orders, ports.clock))
    )


ROUTES = (
    Route(
        "POST /v1/orders/{order_id}",
        ("checkout",),
        create_order,
        "Execute one payment order without a checkout",
        body=schema.OrderBody,
    ),
    Route(
        "GET /v1/orders/{order_id}",
        ("checkout", "support", "finance", "fulfilment", "operator"),
        read_order,
        "An order with its attempts",
    ),
    Route(
        "POST /v1/orders/{order_id}/capture",
        ("fulfilment",),
        capture,
        "Capture an authorised order",
        body=schema.CaptureBody,
        body_optional=True,
    ),
    Route(
        "POST /v1/orders/{order_id}/cancel",
        ("fulfilment",),
        cancel,
        "Cancel an order that took no money",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
