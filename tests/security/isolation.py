"""What stands for seller isolation here: callers are services of the marketplace's own, none is a
seller, so a call is bound to what it names and to nothing else.

An id of one kind answers for no other kind, and tells nothing that an id of nobody would not tell;
a seller's lists hold that seller's rows alone, and reach for no other's; a cursor goes on with the
list it came from, or is refused; an idempotency key counts for its caller and route alone.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from countinghouse_aws.system.clients import aws_client
from tests.security.doors import document
from tests.security.gateway import Json, Reply
from tests.security.hostile import Template, templates
from tests.security.house import House
from tools.sample_events import (
    audits,
    fx,
    payout_world,
    proposals,
    reconciliations,
    run_changes,
    world,
)

SELLERS = ("s_amber", "s_birch")
IDS: dict[str, tuple[str, ...]] = {
    "checkout_id": ("chk_1000", "chk_1001", "chk_7", "chk_9", "order~ord_2001"),
    "order_id": ("ord_1001_a", "ord_1001_b", "ord_2001", "ord_7"),
    "refund_id": (world.REFUND_ID,),
    "payout_id": (payout_world.PAYOUT_ID, *(f"po_{n:024x}" for n in range(1, 7))),
    "ledger_id": (world.adjustment().ledger_id, world.capture_journal().ledger_id),
    "quote_id": (fx.QUOTE_ID,),
    "proposal_id": (proposals.proposal().proposal_id,),
    "finding_id": (audits.finding().finding_id,),
    "break_id": (reconciliations.found().break_id,),
    "run_id": (run_changes.completed().run_id,),
    "seller_id": SELLERS,
    "report": ("success_rate", "volume"),
    "month": ("2026-09", "2026-10"),
    "currency": ("EUR", "USD"),
    "psp": ("sandbox",),
}
"""Every kind of id that a path may have, with those that stand for something."""

OF_SELLER = ("GET /v1/wallets/{seller_id}", "GET /v1/wallets/{seller_id}/entries",
             "GET /v1/wallets/{seller_id}/payability", "GET /v1/sellers/{seller_id}/bank-accounts",
             "GET /v1/sellers/{seller_id}/statements/{month}")  # fmt: skip
CREATES = frozenset({"POST /v1/orders/{order_id}", "POST /v1/sellers/{seller_id}/bank-accounts"})
"""Whoever calls these names something new: any id is a good one."""

_REQUEST_ID = re.compile(r"req-\d+")


@dataclass(slots=True)
class Swapped:
    """How many swaps were tried, of which kinds, and what leaked."""

    count: int = 0
    leaks: list[str] = field(default_factory=list)

    def add(self, leak: str) -> None:
        """Count one swap, and what it leaked, if anything."""
        self.count += 1
        if leak:
            self.leaks.append(leak)


def swaps(house: House, count: int, number: int = 0) -> Swapped:
    """So many ids in places that are not theirs."""
    chance, found = random.Random(number), Swapped()
    routes = [t for t in templates(document()) if t.path and t.route.key not in CREATES]
    kinds: tuple[Callable[..., str], ...] = (_other_kind, _other_kind, _other_seller, _other_order)
    for turn in range(count):
        if turn % 500 == 0:
            house.fresh()
        found.add(chance.choice(kinds)(house, routes, chance))
    return found


def _other_kind(house: House, routes: list[Template], chance: random.Random) -> str:
    """An id of one kind where another kind's belongs: answered as an id of nobody is."""
    template = chance.choice(routes)
    name = chance.choice(sorted(template.path))
    others = sorted(kind for kind in IDS if kind != name)
    wrong = chance.choice(IDS[chance.choice(others)])
    if wrong in template.path.values():
        # The answer may name the other id as well, which is the same text.
        wrong = _of_nobody(wrong)
    before = house.state() if template.route.method == "POST" else ""
    told = _told(_asked(house, template, name, wrong), wrong)
    nobodys = _of_nobody(wrong)
    as_nobody = _told(_asked(house, template, name, nobodys), nobodys)
    if told != as_nobody:
        return f"{template.route.key} with {wrong}: {told} instead of {as_nobody}"
    if before and house.state() != before:
        return f"{template.route.key} with {wrong} wrote something"
    return ""


def _of_nobody(like: str) -> str:
    """An id that looks like another and stands for nothing."""
    kept = 6 if like.startswith("order~") else 4
    head, tail = like[:kept], like[kept:]
    return head + "".join("0" if c.isdigit() else "q" if c.isalpha() else c for c in tail)


def _asked(house: House, template: Template, name: str, value: str) -> Reply:
    changed = replace(template, path={**template.path, name: value})
    return house.gateway.answer(changed.sent())


def _told(reply: Reply, named: str) -> tuple[int, str]:
    """What an answer tells but for the id that was asked for."""
    text = _REQUEST_ID.sub("req", reply.content.decode(errors="replace"))
    return reply.status, text.replace(named, "<id>")


def _other_seller(house: House, routes: list[Template], chance: random.Random) -> str:
    """A seller's list, also with a cursor of another's: none but the seller's rows, nor reach."""
    key = chance.choice((*OF_SELLER, "GET /v1/payouts"))
    template = next(t for t in templates_by_key() if t.route.key == key)
    own, other = chance.sample(SELLERS, 2)
    query = {} if "statements" in key else {"limit": str(chance.choice((1, 2, 20)))}
    if key.endswith(("payability", "bank-accounts", "{seller_id}")):
        query = {}
    if key == "GET /v1/payouts":
        query["seller_id"] = own
    cursor = chance.choice(_cursors(house, key, other))
    if cursor and query:
        query["cursor"] = cursor
    path = {**template.path, "seller_id": own} if "{seller_id}" in key else {}
    with reached(house) as calls:
        reply = house.gateway.answer(replace(template, path=path, query=query).sent())
    if reply.status not in (200, 422):
        return f"{key} of {own} with {query}: {reply.status}"
    if other in reply.content.decode():
        return f"{key} of {own} with {query} tells of {other}"
    if any(other in call for call in calls if cursor is None):
        return f"{key} of {own} reached for rows of {other}"
    return ""


_TEMPLATES: list[Template] = []


def templates_by_key() -> list[Template]:
    """Every route's good request, read once."""
    if not _TEMPLATES:
        _TEMPLATES.extend(templates(document()))
    return _TEMPLATES


def _cursors(house: House, key: str, seller: str) -> list[str | None]:
    """None, and the cursor of another seller's list where there is one."""
    if key not in ("GET /v1/wallets/{seller_id}/entries", "GET /v1/payouts"):
        return [None]
    template = next(t for t in templates_by_key() if t.route.key == key)
    query = {"limit": "1"} | ({} if template.path else {"seller_id": seller})
    path = {**template.path, "seller_id": seller} if template.path else {}
    page = house.gateway.answer(replace(template, path=path, query=query).sent()).json()
    return [None, page["next_cursor"]]


def _other_order(house: House, routes: list[Template], chance: random.Random) -> str:
    """A refund under an order that is not its own."""
    key = "GET /v1/orders/{order_id}/refunds/{refund_id}"
    template = next(t for t in routes if t.route.key == key)
    order = chance.choice(["ord_1001_b", "ord_2001", "ord_7", "ord_none"])
    reply = _asked(house, template, "order_id", order)
    return "" if reply.status == 404 else f"{key} with {order}: {reply.status}"


@contextmanager
def reached(house: House) -> Iterator[list[str]]:
    """What DynamoDB is asked for meanwhile."""
    calls: list[str] = []

    def note(params: Any, **_: Any) -> None:
        calls.append(json.dumps(params, default=str))

    events = aws_client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("provide-client-params.dynamodb", note)


# Cursors of one list on another.

LISTS: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
    *(("GET /v1/wallets/{seller_id}/entries", {"seller_id": one}, {}) for one in SELLERS),
    *(("GET /v1/payouts", {}, {"seller_id": one}) for one in SELLERS),
    ("GET /v1/payouts", {}, {}),
    ("GET /v1/payouts/{payout_id}/items", {"payout_id": payout_world.PAYOUT_ID}, {}),
    ("GET /v1/audit/findings", {}, {}),
    ("GET /v1/reconciliations", {}, {"psp": "sandbox"}),
    ("GET /v1/reconciliations/{run_id}/breaks", {"run_id": IDS["run_id"][0]}, {}),
    ("GET /v1/reconciliations/{run_id}/breaks", {"run_id": IDS["run_id"][0]}, {"open": "true"}),
)


def cursor_swaps(house: House) -> Swapped:
    """Every list's cursor on every other list: refused, or that list's own rows and no others."""
    found = Swapped()
    cursors = {str(one): _page(house, one, {"limit": "1"}).get("next_cursor") for one in LISTS}
    made = [*filter(None, cursors.values()), *_MADE_UP]
    for one in LISTS:
        own = {json.dumps(row) for row in _page(house, one, {"limit": "100"})["data"]}
        for cursor in made:
            page = _page(house, one, {"limit": "100", "cursor": cursor})
            rows = {json.dumps(row) for row in page.get("data", [])}
            refused = page.get("status") == 422
            found.add(
                "" if refused or rows <= own else f"{one} with {cursor}: {sorted(rows - own)}"
            )
    return found


_MADE_UP = (
    "9999999999999~po_000000000000000000000002",
    "9999999999999~brk_none",
    "9999999999999~fnd_none",
    "2026-11-30",
    f"EUR~0~{world.adjustment().ledger_id}",
    world.capture_journal().ledger_id,
)


def _page(house: House, one: tuple[str, dict[str, str], dict[str, str]], query: Json) -> Json:
    key, path, given = one
    template = next(t for t in templates_by_key() if t.route.key == key)
    changed = replace(template, path=path, query={**given, **query})
    page: Json = house.gateway.answer(changed.sent()).json()
    return page


# Idempotency keys of one caller and route.


def key_swaps(house: House) -> Swapped:
    """The same key and body from others and elsewhere: never answered with what was done before."""
    found = Swapped()
    keyed = [t for t in templates_by_key() if "idempotency-key" in t.headers]
    for template in keyed:
        house.fresh()
        good = _with_key(template, "isolated")
        first = house.gateway.answer(good.sent())
        again = house.gateway.answer(good.sent())
        role = template.caller
        other = house.gateway.answer(replace(good, caller=f"{role}:somebody-else").sent())
        found.add("" if _replayed(again) else f"{template.route.key}: {again.status} to a repeat")
        found.add("" if _is_new(first, other) else f"{template.route.key}: another caller's answer")
        for elsewhere in keyed:
            if elsewhere.route.key != template.route.key and elsewhere.caller == role:
                reply = house.gateway.answer(_with_key(elsewhere, "isolated").sent())
                leak = f"{elsewhere.route.key} answers for {template.route.key}"
                found.add("" if _is_new(first, reply) else leak)
                house.fresh()
                first = house.gateway.answer(good.sent())
    return found


def _with_key(template: Template, key: str) -> Template:
    body = dict(template.body)
    if template.route.key == "POST /v1/wallet":
        body["transact_type"] = "credit"
    path = {**template.path, "order_id": "ord_7"} if "order_id" in template.path else template.path
    return replace(
        template, body=body, path=path, headers={**template.headers, "idempotency-key": key}
    )


def _replayed(reply: Reply) -> bool:
    return reply.status < 300 and reply.headers.get("idempotent-replayed") == "true"


def _is_new(first: Reply, reply: Reply) -> bool:
    """Whether a reply is no repeat of the first: done anew, or refused for what it asks."""
    if _replayed(reply):
        return False
    return reply.content != first.content
