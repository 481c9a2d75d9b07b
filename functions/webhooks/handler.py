"""The PSPs' way in. Nothing is parsed before the signature fits, nothing acknowledged before it is
stored."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.usecases.receive_psp_event import receive_psp_event
from countinghouse_aws.edge.body import BODY_MAX, BodyTooLarge
from countinghouse_aws.edge.card_numbers import refuse_card_numbers
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import count, logger, metrics
from functions.webhooks.wiring import Deps, deps


def receive(request: Request, ports: Deps) -> Answer:
    """Verify, store, acknowledge."""
    source = ports.sources.get(request.path["psp"])
    if source is None:
        raise NotFound("there is no such PSP")
    if len(request.body) > BODY_MAX:
        raise BodyTooLarge(f"a webhook has at most {BODY_MAX} bytes")
    now = ports.clock.now()
    source.verify(request.headers, request.body, now)
    events = source.parse(request.body, now)
    refuse_card_numbers([[one.event_key, one.event_type, one.order_id or ""] for one in events])
    for event in events:
        # All of them or no acknowledgement: the PSP sends them again, and those stored are known.
        logger().append_keys(event_key=event.event_key, order_id=event.order_id)
        is_new = receive_psp_event(event, ports.events)
        count("WebhookStored" if is_new else "WebhookDuplicate")
    return Answer(200, {"received": True})


ROUTES = (Route("POST /v1/webhooks/{psp}", (), receive, "A PSP's event, signed on its raw bytes"),)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
