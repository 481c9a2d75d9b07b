"""What the order service answers."""

from __future__ import annotations

from countinghouse_aws.edge.answers import Answers, Order, Problem

ANSWERS: Answers = {
    "POST /v1/orders/{order_id}": {202: Order, 422: Problem},
    "GET /v1/orders/{order_id}": {200: Order, 404: Problem},
    "POST /v1/orders/{order_id}/capture": {202: Order, 404: Problem, 409: Problem, 422: Problem},
    "POST /v1/orders/{order_id}/cancel": {202: Order, 404: Problem, 409: Problem},
}
