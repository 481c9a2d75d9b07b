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
_FIRST_MIN_S = 0.3
_FIRST_MAX_S = 3.0
_AGAIN_MIN_S = 0.25
# 0.95 three times and 1.17 once come to 1: where three in four are in time, the wait stays.
_SOONER = 0.95
_LATER = 1.17
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

    The first look is due when a payment of its kind is likely to be done. Too early a look makes
    the next payments wait longer, one that was in time makes them wait less; by these two steps
    about three in four first looks are in time, whatever the machine.
    """

    def __init__(self) -> None:
        self._first_s = {"card": 1.0, "buyer": 0.8, "answered": 1.0}

    def first(self, kind: str) -> float:
        """How long to wait before the first look."""
        return self._first_s[kind]

    def again(self, kind: str) -> float:
        """How long to wait before another look."""
        return max(_AGAIN_MIN_S, self._first_s[kind] / 3)

    def learn(self, kind: str, *, in_time: bool) -> None:
        """Whether the first look found what it looked for."""
        wait_s = self._first_s[kind] * (_SOONER if in_time else _LATER)
        self._first_s[kind] = min(max(wait_s, _FIRST_MIN_S), _FIRST_MAX_S)


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
    began, looks = time.monotonic(), 0
    while not is_final(payment):
        if time.monotonic() - began > PATIENCE_S:
            return Played(line, payment["status"], is_final=False, reason="not final in time")
        yield pace.again(kind) if looks else pace.first(kind)
        payment, looks = client.payment(line.checkout_id), looks + 1
        if kind == "buyer" and "next_action" in payment:
            pace.learn(kind, in_time=looks == 1)
            _approve(client, token)
            kind, looks = "answered", 0
    if looks:
        pace.learn(kind, in_time=looks == 1)
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
