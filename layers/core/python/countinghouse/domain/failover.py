"""Whether an order's next attempt goes to another PSP.

The money rule: an attempt is left for another PSP only when it is proved that no PSP executed it.
Either nothing was sent, or every sending ended provably before the PSP (NOT_SENT), or the PSP
refused it for good. An attempt that was ever in doubt stays with its PSP, which is only asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Attempt, Order, OrderStatus
from countinghouse.domain.payment import OrderState
from countinghouse.domain.psp import PspToken
from countinghouse.domain.psp_routes import Routing, able
from countinghouse.domain.retry import RetryPolicy

S = OrderStatus
_AT_ONE_PSP = frozenset({"wallet", "qr"})
"""Methods by which the buyer acts at one PSP, for all orders of a checkout at once."""

_ACTED = frozenset({S.REQUIRES_ACTION, S.AUTHORIZED, S.CAPTURE_PENDING, S.VOID_PENDING})
_PAID = frozenset({S.CAPTURED, S.PARTIALLY_CAPTURED})


def next_target(
    order: Order,
    siblings: Mapping[str, OrderState],
    routing: Routing,
    now: Instant,
    policy: RetryPolicy,
) -> PspToken | None:
    """Where the order's next attempt goes instead of to its PSP; None: it stays.

    `siblings` is what is known of the checkout's orders: a buyer who was sent to one PSP by a
    wallet or a code is not sent to a second one.
    """
    info = order.payment_info
    if not info.alternatives or order.status not in (S.CREATED, S.ROUTED):
        return None
    last = order.attempts[-1] if order.attempts else None
    ailing = _ails(order, routing)
    if not (_wants_to_move(last, routing, ailing=ailing) and _may_move(last, policy)):
        return None
    if info.method in _AT_ONE_PSP and _was_sent_to_act(order, siblings):
        return None
    well = [token for token in info.alternatives if _takes(token, order, routing, now)]
    tried = {attempt.psp or info.psp for attempt in order.attempts}
    fresh = [token for token in well if token.psp not in tried]
    if fresh:
        return fresh[0]
    # Back to one that was tried only from one that is down: two that do not answer are no reason
    # to use up the attempts between them.
    return well[0] if well and ailing else None


def _wants_to_move(last: Attempt | None, routing: Routing, *, ailing: bool) -> bool:
    routes = routing.routes
    if last is None or last.outcome is None:
        return routes.failover and (last is not None or ailing)
    return routes.cascade or (routes.failover and ailing)


def _ails(order: Order, routing: Routing) -> bool:
    """Whether its PSP does not answer, is gone from the stage, or cannot say the order's amount.

    The checkout's PSP was chosen by the amount of the whole; a part of it may be none that the PSP
    has units for, and would be declined there.
    """
    info = order.payment_info
    psp = routing.psps.get(info.psp)
    if psp is None or routing.health(info.psp) is not BreakerState.CLOSED:
        return True
    return not psp.expresses(order.amount_minor, order.currency)


def _may_move(last: Attempt | None, policy: RetryPolicy) -> bool:
    """Whether no PSP can have executed what was sent so far, and another attempt is left."""
    if last is None:
        return True
    left_open_in_doubt = last.outcome is None and last.doubtful
    return not left_open_in_doubt and last.number < policy.attempts_max


def _was_sent_to_act(order: Order, siblings: Mapping[str, OrderState]) -> bool:
    others = (state for order_id, state in siblings.items() if order_id != order.order_id)
    return any(state.status in _ACTED | _PAID for state in others)


def _takes(token: PspToken, order: Order, routing: Routing, now: Instant) -> bool:
    info, psp = order.payment_info, routing.psps.get(token.psp)
    return (
        psp is not None
        and able(psp, info.method, order.currency, info.wallet_provider)
        and psp.expresses(order.amount_minor, order.currency)
        and routing.health(token.psp) is BreakerState.CLOSED
        and (token.expires_at is None or now < token.expires_at)
    )
