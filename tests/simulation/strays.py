"""The flows of what should not come: messages and charges again, a forged webhook, a key of two.

None of it does anything, and that is how these flows end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from ministack.services import sqs

from countinghouse.domain.instants import MINUTE, SECOND
from countinghouse.messages import Message, orders_message, postings_message, progress_message
from countinghouse_aws.dynamodb.orders import decode_order
from tests.simulation import cloud
from tests.simulation.checkout import CHECKOUT, Checkout, Orders
from tests.simulation.client import Ask, Pass, Script, Until
from tests.simulation.events import api_event
from tests.simulation.flow import Flow, Play
from tests.simulation.pay_out import ALL_PAID
from tests.simulation.payday import COLLEAGUE, pay_out, payouts, sent
from tests.simulation.preludes import order
from tests.simulation.psp_wire import CARD_DECLINED, CARD_OK, CARD_THREE_DS, Shop
from tests.simulation.sale import Ending, Sale

_SUCCEEDED = frozenset({"succeeded"})
_CAPTURED = {"ord-1": frozenset({"captured"})}
_SMALL_AND_LARGE: Orders = (("ord-1", "seller-1", 1_200), ("ord-2", "seller-2", 2_500))
_REFUSED = frozenset({400})
_ANOTHER_IS_OPEN = frozenset({409, 422})


def _payment() -> dict[str, Any]:
    return cloud.row("payment_event", CHECKOUT) or {}


def redriven(after_ms: int) -> Play:
    """Paid; so much later an operator sends every message about the order once more."""

    def play(shop: Shop) -> Script:
        yield from Checkout()(shop)
        yield Until(lambda: _payment().get("status") == "succeeded")
        yield Pass(_payment()["updated_at"] + after_ms)
        paid = decode_order(order("ord-1"))
        _redrive("orders", orders_message(paid.order_id, CHECKOUT))
        _redrive("postings.fifo", postings_message(paid, "redrive"))
        _redrive("progress", progress_message(CHECKOUT, paid.order_id))

    return play


def _redrive(queue: str, message: Message) -> None:
    """Put a message on its queue, with an id of its own; no call of ours."""
    body: dict[str, object] = {
        "QueueUrl": cloud.queue_url(queue),
        "MessageBody": json.dumps(message.body),
    }
    if message.group is not None:
        body |= {"MessageGroupId": message.group, "MessageDeduplicationId": message.deduplication}
    cloud._ask(sqs, "AmazonSQS.SendMessage", body)


def _forged(shop: Shop) -> Script:
    """While the buyer is challenged somebody says that the money was taken; the buyer declines."""
    yield from Checkout(card=CARD_THREE_DS)(shop)
    yield Until(lambda: _payment()["status"] == "requires_action")
    yield _webhook(_says_captured(shop))
    shop.act(order("ord-1")["payment_info"]["psp_token"], "decline")


def _says_captured(shop: Shop) -> bytes:
    (charge,) = shop.charges()
    data = {
        "order_id": charge.order_id,
        "psp_reference": charge.psp_reference,
        "idempotency_key": charge.idempotency_key,
        "status": "captured",
        "amount": charge.amount,
        "captured": charge.amount,
        "currency": charge.currency,
        "updated_at": charge.updated_at.isoformat(),
    }
    return json.dumps({"event_id": "evt_forged", "type": "charge.captured", "data": data}).encode()


def _webhook(body: bytes) -> Ask:
    """Signed under `v0` alone: what a sender adds for tests, and no receiver may believe."""
    stamp = str(order("ord-1")["updated_at"] // SECOND)
    digest = hmac.new(cloud.WEBHOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    event = api_event("POST /v1/webhooks/{psp}", None, {"psp": "sandbox"}) | {
        "headers": {"sandbox-signature": f"t={stamp},v0={digest.hexdigest()}"},
        "requestContext": {"requestId": "webhook"},
        "body": body.decode(),
    }
    return Ask("webhooks", event, lambda: True, _REFUSED)


def _first_of_two(shop: Shop) -> Script:
    yield pay_out(accepts=_ANOTHER_IS_OPEN)
    yield from sent(shop, "pay")


def _second_of_two(_: Shop) -> Script:
    """Somebody else, who happens to use the same key for the same wish."""
    ask = pay_out(caller=COLLEAGUE, accepts=_ANOTHER_IS_OPEN)
    yield Ask(ask.function, ask.event, _is_the_colleagues, ask.accepts)


def _is_the_colleagues() -> bool:
    return any(payout.requested_by == COLLEAGUE for payout in payouts())


STRAYS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Flow(
            "S1",
            "every message about a paid order comes again eleven minutes later",
            # DynamoDB knows a transaction's token for ten minutes, SQS a message's for five.
            (redriven(11 * MINUTE),),
            _SUCCEEDED,
            _CAPTURED,
        ),
        Flow(
            "S2",
            "a forged webhook says paid, and the buyer declines",
            (_forged,),
            frozenset({"failed"}),
            {"ord-1": frozenset({"failed"})},
        ),
        Flow(
            "S3",
            "two callers ask for a payout under one key",
            (_first_of_two, _second_of_two),
            _SUCCEEDED,
            _CAPTURED,
            prelude="payable",
            sale=Sale((Ending(ALL_PAID, payouts=("paid",)),)),
        ),
        Flow(
            "S4",
            "a large order is declined, which leaves room for the small one to be charged again",
            (Checkout(_SMALL_AND_LARGE, cards={"ord-1": CARD_OK, "ord-2": CARD_DECLINED}),),
            frozenset({"partially_succeeded"}),
            _CAPTURED | {"ord-2": frozenset({"failed"})},
        ),
    )
}
