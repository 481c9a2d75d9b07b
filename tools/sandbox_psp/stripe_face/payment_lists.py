"""Lists of what belongs to payments: refunds, disputes."""

from collections.abc import Callable
from typing import Any

from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.records import Table
from tools.sandbox_psp.stripe_face import lists
from tools.sandbox_psp.stripe_face.charge_views import charge_of
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.wire import JsonObject, Response


def page(
    desk: Desk, call: Call, table: Table[Any], view: Callable[[Desk, str], JsonObject]
) -> Response:
    """A page of a table's rows: all of them, or those of a PaymentIntent or a Charge.

    Raises:
        StripeError: 404, there is no such Charge; 400 as ``lists.page`` does.
    """
    params = lists.asked(call, *lists.PAGING, "charge", "payment_intent")
    found = table.where(desk.book, **_wanted(desk, params))
    return lists.page(
        call, params, [view(desk, getattr(one, table.key)) for one in reversed(found)]
    )


def _wanted(desk: Desk, params: Params) -> dict[str, str]:
    if params.has("payment_intent"):
        return {"psp_reference": params.text("payment_intent")}
    if params.has("charge"):
        return {"psp_reference": charge_of(desk, params.text("charge"))[0].psp_reference}
    return {}
