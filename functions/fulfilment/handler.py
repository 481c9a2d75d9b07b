"""The order service's HTTP edge for what follows a capture."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.domain.order_refunds import refund_of
from countinghouse.refund_views import refund_view
from countinghouse.usecases.deliver_order import deliver_order
from countinghouse.usecases.refund_order import refund_order
from countinghouse.views import order_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import scope_of
from countinghouse_aws.observability import count, metrics
from functions.fulfilment import schema
from functions.fulfilment.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}


def create_delivery(request: Request, body: schema.DeliveryBody, ports: Deps) -> Answer:
    """Record a delivery; the seller's money is released."""
    delivered = deliver_order(
        request.path["order_id"], body.instant, ports.orders, ports.clock, ports.reserves
    )
    count("DeliveryReplayed" if delivered.replayed else "DeliveryAccepted")
    return Answer(202, order_view(delivered.order), REPLAYED if delivered.replayed else {})


def create_refund(request: Request, body: schema.RefundBody, ports: Deps) -> Answer:
    """Refund a captured order, in full or in part."""
    order_id = request.path["order_id"]
    wanted = body.to_request(scope_of(request), order_id)
    requested = refund_order(order_id, wanted, ports.orders, ports.clock)
    count("RefundReplayed" if requested.replayed else "RefundAccepted")
    view = refund_view(requested.order, requested.refund)
    return Answer(202, view, REPLAYED if requested.replayed else {})


def read_refund(request: Request, ports: Deps) -> Answer:
    """One refund as it stands."""
    order = ports.orders.get(request.path["order_id"])
    refund = refund_of(order, request.path["refund_id"]) if order else None
    if order is None or refund is None:
        raise NotFound("there is no such refund")
    return Answer(200, refund_view(order, refund))


READERS = ("fulfilment", "support", "finance", "operator")

ROUTES = (
    Route(
        "POST /v1/orders/{order_id}/deliveries",
        ("fulfilment",),
        create_delivery,
        "Record a delivery, which releases the seller's money",
        body=schema.DeliveryBody,
        body_optional=True,
    ),
    Route(
        "POST /v1/orders/{order_id}/refunds",
        ("fulfilment",),
        create_refund,
        "Refund a captured order, in full or in part",
        body=schema.RefundBody,
        idempotency_key=True,
    ),
    Route("GET /v1/orders/{order_id}/refunds/{refund_id}", READERS, read_refund, "One refund"),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
