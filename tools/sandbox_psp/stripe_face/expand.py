"""Puts whole objects where an answer has their ids, as ``expand`` asks."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.stripe_face.errors import invalid
from tools.sandbox_psp.stripe_face.lists import asked
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response, answer

View = Callable[[Desk, str], JsonObject]
_DEPTH_MAX: Final = 4


def _views() -> Mapping[str, View]:
    from tools.sandbox_psp.stripe_face import charge_views, intent_views, payment_methods, setups

    return {
        "cus": setups.customer_view,
        "pm": payment_methods.method_view,
        "seti": setups.setup_view,
        "pi": intent_views.intent_view,
        "ch": charge_views.charge_view,
        "py": charge_views.charge_view,
        "txn": charge_views.transaction_view,
    }


def answered(desk: Desk, view: JsonObject, params: Params, status: int = 200) -> Response:
    """The object, with what its call wants expanded."""
    return answer(status, expanded(desk, view, params))


def retrieved(desk: Desk, call: Call, view: JsonObject) -> Response:
    """The object of a call that has no parameter but ``expand``."""
    return answered(desk, view, asked(call))


def expanded(desk: Desk, view: JsonObject, params: Params) -> JsonObject:
    """The object with whole objects at every asked path.

    Raises:
        StripeError: 400, a path leads to nothing that can be expanded.
    """
    shown: JsonValue = view
    for path in params.expand():
        parts = path.split(".")
        if len(parts) > _DEPTH_MAX:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        shown = _opened(desk, shown, parts, path)
    return cast(JsonObject, shown)


def _opened(desk: Desk, value: JsonValue, parts: list[str], path: str) -> JsonValue:
    if isinstance(value, str):
        load = _views().get(value.partition("_")[0])
        if load is None:
            raise invalid(f"This property cannot be expanded ({path}).", "expand")
        value = load(desk, value)
    if not parts or value is None:
        return value
    if isinstance(value, list):
        return [_opened(desk, item, parts, path) for item in value]
    if not isinstance(value, Mapping) or parts[0] not in value:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return {**value, parts[0]: _opened(desk, value[parts[0]], parts[1:], path)}
