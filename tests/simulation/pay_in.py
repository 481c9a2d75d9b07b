"""The flows of a payment: what the client and the buyer do, and how it ends whatever happens."""

from __future__ import annotations

from tests.simulation.checkout import TWO, Checkout
from tests.simulation.flow import Flow
from tests.simulation.psp_wire import (
    CARD_DECLINED,
    CARD_OK,
    CARD_THREE_DS,
    CARD_WITHOUT_FUNDS,
)

_SUCCEEDED = frozenset({"succeeded"})
_FAILED = frozenset({"failed"})
_CANCELLED = frozenset({"cancelled"})
_REFUSED = frozenset({"failed"})
_CAPTURED = frozenset({"captured"})
_LONE = {"ord-1": _CAPTURED}
_BOTH = {"ord-1": _CAPTURED, "ord-2": _CAPTURED}
# Voided when it was authorised before the other's refusal was known, else never sent at all.
_NEITHER = {"ord-1": frozenset({"voided", "cancelled"}), "ord-2": _REFUSED}

PAY_IN: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Flow(
            "F1",
            "one order, card captured at once, webhook after it",
            (Checkout(),),
            _SUCCEEDED,
            _LONE,
        ),
        Flow("F2", "two sellers, each kept on its own", (Checkout(TWO),), _SUCCEEDED, _BOTH),
        Flow(
            "F3",
            "3-D Secure: the buyer acts, the webhook tells",
            (Checkout(card=CARD_THREE_DS, buyer_says="approve"),),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F4",
            "all or none, and one is declined: the other is voided",
            (
                Checkout(
                    TWO,
                    on_partial_failure="cancel_all",
                    cards={"ord-1": CARD_OK, "ord-2": CARD_DECLINED},
                ),
            ),
            _FAILED,
            _NEITHER,
        ),
        Flow(
            "F5",
            "all or none: both are authorised, then both captured",
            (Checkout(TWO, on_partial_failure="cancel_all"),),
            _SUCCEEDED,
            _BOTH,
        ),
        Flow(
            "F6",
            "authorised, then captured on request",
            (Checkout(capture="manual", captures=True),),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F7",
            "the PSP takes the money and never answers",
            (Checkout(psp_fault="timeout_after_success"),),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F8",
            "3-D Secure, and every webhook is lost",
            (Checkout(card=CARD_THREE_DS, buyer_says="approve"),),
            _SUCCEEDED,
            _LONE,
            with_webhooks=False,
        ),
        Flow(
            "F9",
            "two sellers, and every stream record and webhook is lost",
            (Checkout(TWO),),
            _SUCCEEDED,
            _BOTH,
            with_streams=False,
            with_webhooks=False,
        ),
        Flow(
            "F10",
            "two sellers, one declined: the other is kept",
            (Checkout(TWO, cards={"ord-1": CARD_OK, "ord-2": CARD_DECLINED}),),
            frozenset({"partially_succeeded"}),
            {"ord-1": _CAPTURED, "ord-2": _REFUSED},
        ),
        Flow(
            "F11",
            "a soft decline, and the next attempt is paid",
            (Checkout(cards={"ord-1:charge:1": CARD_WITHOUT_FUNDS, "ord-1": CARD_OK}),),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F12",
            "all or none with 3-D Secure: one challenge, two captures",
            (
                Checkout(
                    TWO,
                    card=CARD_THREE_DS,
                    on_partial_failure="cancel_all",
                    buyer_says="approve",
                ),
            ),
            _SUCCEEDED,
            _BOTH,
        ),
        Flow(
            "F13",
            "3-D Secure, and the buyer declines",
            (Checkout(card=CARD_THREE_DS, buyer_says="decline"),),
            _FAILED,
            {"ord-1": _REFUSED},
        ),
        Flow(
            "F14",
            "3-D Secure, and the buyer never answers",
            (Checkout(card=CARD_THREE_DS),),
            _FAILED,
            {"ord-1": frozenset({"expired"})},
        ),
        Flow(
            "F15",
            "cancelled while the buyer is challenged",
            (Checkout(card=CARD_THREE_DS, cancels="challenge"),),
            _CANCELLED,
            {"ord-1": frozenset({"voided", "cancelled"})},
        ),
        Flow(
            "F16",
            "cancelled at once: whichever comes first",
            (Checkout(cancels="payment"),),
            _SUCCEEDED | _CANCELLED,
            {"ord-1": frozenset({"captured", "cancelled"})},
        ),
        Flow(
            "F17",
            "authorised, then the order is cancelled",
            (Checkout(capture="manual", cancels="order"),),
            _CANCELLED,
            {"ord-1": frozenset({"voided"})},
        ),
        Flow(
            "F18",
            "authorised, then captured in part",
            (Checkout(capture="manual", captures=True, capture_amount=1_000),),
            _SUCCEEDED,
            {"ord-1": frozenset({"partially_captured"})},
        ),
        Flow(
            "F19",
            "3-D Secure, the buyer never answers, and the PSP never says so: we end it",
            (Checkout(card=CARD_THREE_DS, psp_waits=True),),
            _FAILED,
            {"ord-1": frozenset({"expired"})},
        ),
        Flow(
            "F20",
            "the same, and the buyer pays while we end it: whichever comes first",
            (Checkout(card=CARD_THREE_DS, psp_waits=True, buyer_says="approve"),),
            _SUCCEEDED | _FAILED,
            {"ord-1": frozenset({"captured", "expired"})},
        ),
    )
}
