"""Lists as Stripe answers them: the newest first, a page at a time.

v1 pages by the id of where a page ends, v2 by a URL of the next page.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from tools.sandbox_psp.desk import Call
from tools.sandbox_psp.stripe_face.errors import invalid
from tools.sandbox_psp.stripe_face.params import Params, from_form
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response, answer

PAGING: Final = ("created", "limit", "starting_after", "ending_before")
V2_PAGING: Final = ("created", "limit", "page")
_LIMIT_MAX: Final = 100
_LIMIT: Final = 10
_BOUNDS: Final[dict[str, Callable[[int, int], bool]]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def asked(call: Call, *known: str) -> Params:
    """The query of a call, of these parameters alone."""
    return Params(from_form(call.request.query), known)


def page(call: Call, params: Params, newest_first: Sequence[JsonObject]) -> Response:
    """One page of the objects found.

    Raises:
        StripeError: 400, the limit is none, or the page begins after an object that is not there.
    """
    found = _created(params, newest_first)
    limit, ids = _limit(params), [item["id"] for item in found]
    start, end = 0, len(ids)
    if params.has("starting_after"):
        start = _place(ids, params.text("starting_after"), "starting_after") + 1
    elif params.has("ending_before"):
        end = _place(ids, params.text("ending_before"), "ending_before")
        start = max(end - limit, 0)
    more = start > 0 if params.has("ending_before") else start + limit < end
    return answer(200, {
        "object": "list",
        "data": found[start : min(start + limit, end)],
        "has_more": more,
        "url": call.request.path,
    })  # fmt: skip


def v2_page(call: Call, params: Params, newest_first: Sequence[JsonObject]) -> Response:
    """One page of the objects found, and where the next is."""
    found = _created(params, newest_first)
    limit, start = _limit(params), 0
    if params.has("page"):
        start = _place([item["id"] for item in found], params.text("page"), "page") + 1
    shown, url = found[start : start + limit], None
    if start + limit < len(found):
        query = {**call.request.parameters(), "page": str(shown[-1]["id"])}
        url = f"{call.request.path}?{urlencode(query)}"
    return answer(200, {"data": shown, "next_page_url": url, "previous_page_url": None})


def _limit(params: Params) -> int:
    return params.integer("limit", 1, _LIMIT_MAX) if params.has("limit") else _LIMIT


def _place(ids: Sequence[JsonValue], wanted: str, param: str) -> int:
    if wanted not in ids:
        raise invalid(f"No such object: '{wanted}'", param, "resource_missing")
    return ids.index(wanted)


def _created(params: Params, found: Sequence[JsonObject]) -> list[JsonObject]:
    """The objects whose creation is within the bounds asked for, if any are."""
    if not params.has("created"):
        return list(found)
    bounds = params.below("created", _BOUNDS)
    given = {name: _second(bounds.text(name)) for name in _BOUNDS if bounds.has(name)}
    return [
        item
        for item in found
        if all(_BOUNDS[name](_second(item["created"]), bound) for name, bound in given.items())
    ]


def _second(value: JsonValue) -> int:
    """Seconds since 1970 of an instant as v1 or v2 writes it."""
    try:
        text = str(value)
        return int(text) if text.isdecimal() else seconds(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        raise invalid("Invalid timestamp", "created") from None
