"""What the order service answers once an order is captured."""

from __future__ import annotations

from countinghouse_aws.edge.answers import Answers, Order, Problem, Refund

_REFUSED = {404: Problem, 409: Problem, 422: Problem}

ANSWERS: Answers = {
    "POST /v1/orders/{order_id}/deliveries": {202: Order, **_REFUSED},
    "POST /v1/orders/{order_id}/refunds": {202: Refund, **_REFUSED},
    "GET /v1/orders/{order_id}/refunds/{refund_id}": {200: Refund, 404: Problem},
}
