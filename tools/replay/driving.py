"""Playing one recorded checkout to its end, as its buyer would have."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tools.client import CallFailed, Client, Json, is_final
from tools.local.failure import LocalFailure
from tools.replay.lines import BadLine, Line
from tools.replay.turns import Story

CARDS = {"credit_card": "4242424242424242", "debit_card": "4000056655665556"}
PATIENCE_S = 180.0
_CONFLICT = 409
_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a line: its payment's status, or why there is no final one."""

    line: Line
    status: str
    is_final: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that an earlier run has played."""

    line: Line


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the API would not take: as bad as one that cannot be read."""

    line: Line
    reason: str


Outcome = Played | Skipped | Refused | BadLine


class Pace:
    """When to look at a payment: every look costs the emulator what a booking costs.

    The first look is due when a payment of its kind is likely to be done, which is learnt from
    those before it; the others follow at a fraction of that.
    """

    def __init__(self) -> None:
        self._usual_s = {"card": 1.0, "buyer": 0.8, "answered": 1.0}

    def first(self, kind: str) -> float:
        """How long to wait before the first look."""
        return self._usual_s[kind]

    def again(self, kind: str) -> float:
        """How long to wait before another look."""
        return max(0.25, self._usual_s[kind] / 3)

    def learn(self, kind: str, took_s: float) -> None:
        """It was done `took_s` after it could begin; found late rather than early."""
        self._usual_s[kind] += (took_s * 0.9 - self._usual_s[kind]) / 10


def drive(line: Line, client: Client, pace: Pace) -> Story[Outcome]:
    """Register, pay, act the buyer's part, and look until it is final.

    Raises LocalFailure when nobody answers any more.
    """
    try:
        return (yield from _drive(line, client, pace))
    except CallFailed as failed:
        if failed.reply is None:
            raise LocalFailure(f"line {line.number}: {failed}; is the system up?") from failed
        if failed.reply.status in _REFUSED:
            return Refused(line, str(failed))
        return Played(line, "unknown", is_final=False, reason=str(failed))


def told(outcome: Outcome) -> Story[Outcome]:
    """A line about which there is nothing to do."""
    yield 0.0
    return outcome


def _drive(line: Line, client: Client, pace: Pace) -> Story[Outcome]:
    token = client.open_session(line.checkout_id, line.amount, line.currency)
    if line.method in CARDS:
        client.enter_card(token, CARDS[line.method])
    payment = client.steady("POST", "/v1/payments/event", line.body(token)).body
    kind = "card" if line.method in CARDS else "buyer"
    began = since = time.monotonic()
    pause_s = pace.first(kind)
    while not is_final(payment):
        if time.monotonic() - began > PATIENCE_S:
            return Played(line, payment["status"], is_final=False, reason="not final in time")
        yield pause_s
        payment = client.payment(line.checkout_id)
        pause_s = pace.again(kind)
        if kind == "buyer" and "next_action" in payment:
            pace.learn(kind, time.monotonic() - since)
            _approve(client, token)
            kind, since = "answered", time.monotonic()
            pause_s = pace.first(kind)
    pace.learn(kind, time.monotonic() - since)
    return Played(line, payment["status"], is_final=True, reason=_reason(payment))


def _approve(client: Client, token: str) -> None:
    try:
        client.answer(token, "approve")
    except CallFailed as failed:
        # Nothing waits any more: somebody has answered already.
        if failed.reply is None or failed.reply.status != _CONFLICT:
            raise


def _reason(payment: Json) -> str:
    failures = {order["failure"]["code"] for order in payment["orders"] if order.get("failure")}
    return ", ".join(sorted(failures))
