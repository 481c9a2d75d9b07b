"""What callers send, looked for in all that the functions leave behind.

Of a card number nothing may be written down, of a secret and a body nothing logged.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from countinghouse_aws.edge import http
from tests.security.doors import document
from tests.security.ear import Ear, Hay, Needle, listening
from tests.security.gateway import Reply, Sent
from tests.security.hostile import Template, holders, templates
from tests.security.house import API_KEY, House
from tests.security.planted import SECRETS, planted
from tools.sample_events.webhooks import SECRET

FRESH_EVERY = 300
"""Requests after which everything that is kept is looked through, and the house begins anew."""
MARK = "zq7mark4w"
"""Stands in bodies, and has no business in a log."""
_LOGGED = ("_id", "reference", "idempotency_key")
"""How the names of ids end, which logs may hold."""


@dataclass(slots=True)
class Spilled:
    """What was tried, by kind, and every place where something was found that may not be there.

    What was found is not shown again. `lines` counts what was logged meanwhile.
    """

    tried: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    lines: int = 0


def requests(house: House, count: int, seed: int = 1) -> Spilled:
    """So many card numbers in requests to every route."""
    found = Spilled()
    with listening(house) as ear:
        waiting: list[tuple[str, Needle]] = []
        for one in islice(planted(document(), seed), count):
            found.tried[one.place] += 1
            where = f"{one.route}, {one.place}, {one.disguise}"
            status = answer(ear, one.sent).status
            look(found, where, one.needle, ear.heard(), "the log")
            if status >= 400:
                waiting.append((where, one.needle))
            else:
                # Taken: it must not be because nobody saw it.
                look(found, where, one.needle, ear.kept(), "what is kept")
            if len(waiting) == FRESH_EVERY:
                _look_at_kept(found, waiting, ear)
        _look_at_kept(found, waiting, ear)
        found.lines = ear.lines
    return found


def answer(ear: Ear, sent: Sent) -> Reply:
    """The answer, as the house's gateway gives it over this ear."""
    with patch.object(ear.house.gateway, "invoke", ear.invoke):
        return ear.house.gateway.answer(sent)


def _look_at_kept(found: Spilled, waiting: list[tuple[str, Needle]], ear: Ear) -> None:
    kept = ear.kept()
    for where, needle in waiting:
        look(found, where, needle, kept, "what is kept")
    if any(secret in kept.text for secret in (*SECRETS, API_KEY, SECRET)):
        found.leaks.append("a secret stands in what is kept")
    waiting.clear()
    ear.house.fresh()


def look(found: Spilled, where: str, needle: Needle, hay: Hay, place: str) -> None:
    if needle.stands_in(hay):
        found.leaks.append(f"{where}: the card number stands in {place}")
    if place == "the log" and any(one in hay.text for one in (*SECRETS, API_KEY, SECRET)):
        found.leaks.append(f"{where}: a secret stands in {place}")


def bodies(house: House) -> Spilled:
    """Every text of every route's good body replaced by a mark; nothing of it may be logged."""
    found = Spilled()
    with listening(house) as ear:
        for template, where in _marked():
            found.tried["a text of a body"] += 1
            answer(ear, template.sent())
            if MARK in ear.heard().text:
                found.leaks.append(f"{where}: the body's text stands in the log")
        house.fresh()
        found.lines = ear.lines
    return found


def _marked() -> Iterator[tuple[Template, str]]:
    for template in templates(document()):
        for place, name in texts_of(template.body):
            if not name.endswith(_LOGGED):
                yield (
                    replace(template, body=with_text(template.body, place, MARK)),
                    (f"{template.route.key}, {name}"),
                )


def texts_of(value: Any) -> list[tuple[int, str]]:
    """The texts in a body: which they are, counted through, and the name each stands under."""
    found = []
    for holder in holders(value):
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
        found += [str(name) for name, part in pairs if isinstance(part, str)]
    return list(enumerate(found))


def with_text(value: Any, place: int, text: str) -> Any:
    """The body with another text at that place."""
    changed = copy.deepcopy(value)
    count = 0
    for holder in holders(changed):
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            if isinstance(holder[key], str):
                if count == place:
                    holder[key] = text
                count += 1
    return changed


def bugs(house: House) -> Spilled:
    """Every route fails in the middle, by our own fault and by DynamoDB's, quoting what it was
    given."""
    found = Spilled()
    for name, broken in (("a bug", _bug), ("a refusal of DynamoDB's", _refusal)):
        with listening(house) as ear:
            for template in templates(document()):
                sent = _with_mark(template)
                with broken():
                    answer(ear, sent)
                hay = ear.heard()
                found.tried[name] += 1
                if MARK in hay.text or any(one in hay.text for one in SECRETS):
                    found.leaks.append(f"{template.route.key}: {name} quotes the request")
            house.fresh()
            found.lines += ear.lines
    return found


def _with_mark(template: Template) -> Sent:
    headers = {**template.headers, "user-agent": MARK, "x-token": f"Bearer {SECRETS[2]}"}
    body = template.body
    for place, name in texts_of(body):
        if name in ("reason", "note", "name"):
            body = with_text(body, place, MARK)
    return replace(template, headers=headers, body=body).sent()


def _bug() -> AbstractContextManager[object]:
    dispatch = http._dispatch

    def broken(routes: Any, request: Any, deps: Any) -> Any:
        answer = dispatch(routes, request, deps)
        raise RuntimeError(f"cannot answer {request.body!r} {request.headers!r} with {answer!r}")

    return patch.object(http, "_dispatch", broken)


def _refusal() -> AbstractContextManager[object]:
    def broken(_: Any, operation: str, params: Any) -> Any:
        error: Any = {"Error": {"Code": "ValidationException", "Message": f"{params} {MARK}"}}
        raise ClientError(error, operation)

    return patch.object(BaseClient, "_make_api_call", broken)
