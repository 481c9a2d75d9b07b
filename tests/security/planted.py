"""Good requests with a card number planted where a caller can plant one, and with secrets."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.security.ear import Needle, as_text
from tests.security.gateway import Json, Sent
from tests.security.hostile import Template, holders, templates
from tools.secure.card_numbers import DISGUISES, number

HEADERS = (
    "idempotency-key", "x-correlation-id", "x-request-id", "user-agent", "x-forwarded-for",
    "referer", "cookie", "traceparent", "x-amzn-trace-id", "prefer", "content-type", "accept",
    "if-none-match", "sandbox-signature", "origin",
)  # fmt: skip
SECRETS = ("sk_live_5tRq9ZpLw2", "whsec_7Hn3KfVb81", "eyJhbGciOi.J9eyJzdWIi.hQ4xZ")
"""An API key, a webhook secret and a bearer token that callers send along by mistake."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A request, where its card number is and how it looks there."""

    route: str
    place: str
    disguise: str
    sent: Sent
    needle: Needle


def planted(document: Json, seed: int) -> Iterator[Planted]:
    """Requests without end: every route in turn, every place, every disguise."""
    chance = random.Random(seed)
    found, ways = templates(document), list(DISGUISES)
    count = 0
    while True:
        for template in found:
            for place, plant in PLACES.items():
                way = ways[count % len(ways)]
                count += 1
                card = number(chance)
                value = DISGUISES[way](card, chance)
                changed = plant(template, value, chance)
                if changed is not None:
                    needle = Needle(card, as_text(value))
                    yield Planted(template.route.key, place, way, _with_secrets(changed), needle)


def _with_secrets(template: Template) -> Sent:
    key, hook, bearer = SECRETS
    sent = template.sent()
    also = [("x-api-key", key), ("x-webhook-secret", hook), ("x-token", f"Bearer {bearer}")]
    return replace(sent, headers=[*sent.headers, *also])


Plant = Callable[[Template, Any, random.Random], Template | None]


def _header(template: Template, value: object, chance: random.Random) -> Template:
    return replace(template, headers={**template.headers, chance.choice(HEADERS): as_text(value)})


def _key(template: Template, value: object, _: random.Random) -> Template:
    return replace(template, headers={**template.headers, "idempotency-key": as_text(value)})


def _path(template: Template, value: object, chance: random.Random) -> Template | None:
    if not template.path:
        return None
    name = chance.choice(sorted(template.path))
    return replace(template, path={**template.path, name: as_text(value)})


def _query(template: Template, value: object, chance: random.Random) -> Template:
    name = chance.choice([*template.names, "card"])
    return replace(template, query={**template.query, name: as_text(value)})


def _query_name(template: Template, value: object, _: random.Random) -> Template:
    return replace(template, query={**template.query, as_text(value): "1"})


def _field(template: Template, value: object, chance: random.Random) -> Template | None:
    if not isinstance(template.body, dict):
        return None
    body = copy.deepcopy(template.body)
    holder = chance.choice([one for one in holders(body) if one])
    place = chance.choice(list(holder) if isinstance(holder, dict) else list(range(len(holder))))
    holder[place] = value
    return replace(template, body=body)


def _new_field(template: Template, value: object, _: random.Random) -> Template | None:
    is_object = isinstance(template.body, dict)
    return replace(template, body={**template.body, "card": value}) if is_object else None


def _field_name(template: Template, value: object, _: random.Random) -> Template | None:
    is_object = isinstance(template.body, dict)
    return replace(template, body={**template.body, as_text(value): 1}) if is_object else None


def _no_json(template: Template, value: object, _: random.Random) -> Template:
    return replace(template, body=f'{{"card": "{as_text(value)}'.encode())


def _other_type(template: Template, value: object, _: random.Random) -> Template:
    headers = {**template.headers, "content-type": "text/plain"}
    return replace(template, headers=headers, body=f"card={as_text(value)}".encode())


def _bytes(template: Template, value: object, _: random.Random) -> Template:
    # No text, so that it comes in base64.
    return replace(template, body=b"\xff" + json.dumps({"card": value}).encode())


PLACES: Mapping[str, Plant] = {
    "a header": _header,
    "the idempotency key": _key,
    "the path": _path,
    "the query": _query,
    "a query's name": _query_name,
    "a field": _field,
    "a field of its own": _new_field,
    "a field's name": _field_name,
    "a body that is no JSON": _no_json,
    "a body of another type": _other_type,
    "a body that is no text": _bytes,
}
