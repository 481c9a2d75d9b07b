"""Keys are rotated while buyers come: the PSP's API key and the webhooks' secret.

With an even seed the PSP lets both API keys live for ten minutes, as it should. With an odd one it
retires the old key at once, in somebody's hurry: what our processes still send with it is refused
unread and goes out again under the same idempotency key.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import boto3

from countinghouse.domain.instants import MINUTE, SECOND
from tests.drills.market import charged_twice, market, open_world
from tests.simulation import mail
from tests.simulation.client import Pass, Script
from tests.simulation.clock import START_MS
from tests.simulation.cloud import API_KEY, SECRET_ID, WEBHOOK_SECRET
from tests.simulation.events import webhook_event
from tests.simulation.machine import Machine
from tests.simulation.psp_wire import Shop
from tests.simulation.world import World
from tools.sandbox_psp.native import SIGNATURE_HEADER
from tools.sandbox_psp.outbox import Delivery, signature
from tools.sandbox_psp.wire import Request

_known = mail._is_genuine
NEW_KEY = "sk_simulation_2"
NEW_SECRET = "whsec_simulation_2"
NEVER = "whsec_of_somebody"
APART_MS = 40 * SECOND
ROTATED_MS = 2 * MINUTE
SIGNS_ANEW_MS = 4 * MINUTE
RETIRED_MS = 12 * MINUTE
LOOKED_MS = RETIRED_MS + 2 * MINUTE
"""A process keeps what it read of a secret for a minute."""


@dataclass
class KeyRing:
    """The PSP's door: which API keys it takes. Calls under another are refused unread."""

    shop: Shop
    takes: set[str] = field(default_factory=lambda: {API_KEY})
    calls: Counter[str] = field(default_factory=Counter)

    def handle(self, request: Request) -> Any:
        given = (request.header("authorization") or "").removeprefix("Bearer ")
        fate = "taken" if given in self.takes else "refused"
        self.calls[f"{'old' if given == API_KEY else 'new'} key {fate}"] += 1
        # The engine knows one key; that of a stranger stays what it is, and is refused.
        known = {**request.headers, "Authorization": f"Bearer {API_KEY}"}
        headers = known if fate == "taken" else {**request.headers, "Authorization": "Bearer x"}
        return Shop.handle(self.shop, replace(request, headers=headers))


@dataclass(frozen=True, slots=True)
class Rotated:
    """What one history came to."""

    orders: int
    is_hurried: bool
    calls: Counter[str]
    answers: Counter[int]
    """What callers of the API and the PSP's webhooks were told."""
    signed: dict[str, int]
    """By secret and phase: what a webhook signed with it was told."""
    circuit_opened: int
    charged_twice: int


class _Heard(World):
    """Keeps what everybody outside is told."""

    answers: Counter[int]
    hushed = False

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        answer = super().invoke(function, event)
        if not self.hushed and isinstance(answer, dict) and "statusCode" in answer:
            self.answers[answer["statusCode"]] += 1
        return answer


def play_rotation(machine: Machine, seed: int, buyers: int = 24) -> Rotated:
    """One history. Raises Broken."""
    is_hurried = bool(seed % 2)
    flow = market("rotation", buyers, lambda _: director(), apart_ms=APART_MS)
    signed: dict[str, int] = {}

    def director() -> Script:
        yield Pass(START_MS + ROTATED_MS)
        ring.takes = {NEW_KEY} if is_hurried else {API_KEY, NEW_KEY}
        _store(NEW_KEY, NEW_SECRET)
        yield Pass(START_MS + SIGNS_ANEW_MS)
        _sign_with(world.shop, NEW_SECRET)
        _try_signatures(world, "both live", signed)
        yield Pass(START_MS + RETIRED_MS)
        ring.takes = {NEW_KEY}
        # Once more the same: the version before is now the new one too.
        _store(NEW_KEY, NEW_SECRET)
        yield Pass(START_MS + LOOKED_MS)
        _try_signatures(world, "old retired", signed)

    with open_world(machine, flow, seed, _Heard) as world, ExitStack() as stack:
        world.answers = Counter()
        ring = KeyRing(world.shop)
        # Only the tables that things follow from are relayed, and this is none of them.
        del world.mail.positions["psp_health"]
        opened: list[str] = []
        stack.enter_context(_circuit_may_open(machine, opened))
        stack.enter_context(patch.object(world.shop, "handle", ring.handle))
        stack.enter_context(patch.object(mail, "_is_genuine", _is_genuine))
        world.play()
        return Rotated(
            orders=len(flow.orders),
            is_hurried=is_hurried,
            calls=ring.calls,
            answers=world.answers,
            signed=signed,
            circuit_opened=len(opened),
            charged_twice=charged_twice(world.shop),
        )


@contextmanager
def _circuit_may_open(machine: Machine, opened: list[str]) -> Iterator[None]:
    """A PSP that refuses our key is left alone for half a minute: no bug, and the log says so."""

    def is_other(record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if said == "psp circuit open":
            opened.append(said)
        return not said.startswith("psp circuit")

    machine.journalist.addFilter(is_other)
    try:
        yield
    finally:
        machine.journalist.removeFilter(is_other)


def _is_genuine(delivery: Delivery, now_ms: int) -> bool:
    """Whether the PSP signed it, under either secret."""
    if _known(delivery, now_ms):
        return True
    with patch("tests.simulation.cloud.WEBHOOK_SECRET", NEW_SECRET):
        return _known(delivery, now_ms)


def _store(api_key: str, webhook_secret: str) -> None:
    """What the runbook says: put a new version; the one before stays readable beside it."""
    value = json.dumps({"api_key": api_key, "webhook_secret": webhook_secret})
    boto3.client("secretsmanager").put_secret_value(SecretId=SECRET_ID, SecretString=value)


def _sign_with(shop: Shop, secret: str) -> None:
    desk = shop.psp._desk
    shop.psp._desk = replace(desk, config=replace(desk.config, webhook_secret=secret))


def _try_signatures(world: _Heard, phase: str, signed: dict[str, int]) -> None:
    """Send a genuine event once more under each secret."""
    world.hushed = True
    for name, secret in (("old", WEBHOOK_SECRET), ("new", NEW_SECRET), ("stranger's", NEVER)):
        answer = world.invoke("webhooks", webhook_event(_sent_again(world, secret)))
        signed[f"{name}, {phase}"] = answer["statusCode"]
    world.hushed = False


def _sent_again(world: World, secret: str) -> Delivery:
    (event,) = world.shop.book.rows("SELECT * FROM events ORDER BY created_at LIMIT 1")
    header = signature(secret, world.machine.clock.datetime(), event["body"])
    return Delivery(
        delivery_id=0,
        event_id=event["event_id"],
        psp_reference=event["psp_reference"],
        order_id=event["order_id"],
        attempt=1,
        headers={SIGNATURE_HEADER: header},
        body=event["body"],
    )
