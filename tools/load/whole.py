"""Checkouts through the API, a bounded number under way, each until all its orders are at rest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from tools.client import CallFailed, Client, Reply, is_final
from tools.load.watch import Watch
from tools.local.failure import LocalFailure
from tools.replay.driving import CARDS
from tools.replay.lines import Line, read_lines
from tools.replay.meter import Meter
from tools.replay.turns import Story, tell

INTAKE = "/v1/payments/event"
SESSION = "/v1/payments/sessions"
_PAID, _ASKS = "succeeded", "requires_action"
_NAMED_MAX = 5
_PATIENCE_S = 180.0
_LOOK_S = 0.25
_AGAIN_S = 1.5
"""How long after the buyer's answer another one may be due, for another order."""
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class TimedClient(Client):
    """A client that notes, for each checkout, when its session was asked for and what intake took.

    Instants are seconds since the epoch, by this machine's clock, which is the functions' too.
    """

    sessions: dict[str, float] = field(default_factory=dict, repr=False)
    intakes: dict[str, float] = field(default_factory=dict, repr=False)

    def steady(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """A call that must succeed, timed."""
        at, began = time.time(), time.perf_counter()
        reply = Client.steady(self, method, path, body, headers)
        if path == SESSION:
            self.sessions[body["checkout_id"]] = at
        elif path == INTAKE:
            self.intakes[body["checkout_id"]] = time.perf_counter() - began
        return reply


@dataclass(slots=True)
class Flight:
    """How many calls are in flight and how many checkouts under way, at most."""

    calls: int
    under_way: int


@dataclass(slots=True)
class Whole:
    """Checkouts played: when, how long until the last was at rest, and those that never were."""

    began: float
    seconds: float = 0.0
    lines: list[Line] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def lines_of(path: Path) -> list[Line]:
    """The file's checkouts."""
    return [line for line in read_lines(path) if isinstance(line, Line)]


def endless(lines: list[Line], mark: str) -> Iterator[Line]:
    """The same checkouts again and again, each time under new ids."""
    for turn in count():
        yield from (renamed(line, f"{mark}{turn}") for line in lines)


def renamed(line: Line, mark: str) -> Line:
    """The checkout as another one: its own ids, the same sellers, the same amounts."""
    orders = tuple(
        replace(order, order_id=f"{order.order_id}-{mark}"[-64:]) for order in line.orders
    )
    return replace(line, checkout_id=f"{line.checkout_id}-{mark}"[-64:], orders=orders)


def play(lines: Iterable[Line], client: TimedClient, flight: Flight, meter: Meter) -> Whole:
    """Play the checkouts, and return once each is at rest or has had its time.

    Raises LocalFailure when the system does not answer any more.
    """
    watch = Watch(client)
    done = Whole(time.time())
    began = time.perf_counter()
    stories = (story(line, client, watch) for line in lines)
    outcomes = tell(stories, workers=flight.calls, at_once=flight.under_way)
    with watch.open(), closing(outcomes):
        for line, wrong in outcomes:
            done.finished.append(time.perf_counter() - began)
            if wrong:
                done.wrong.append(f"{line.checkout_id}: {wrong}")
            else:
                done.lines.append(line)
            meter.advance()
    done.seconds = time.perf_counter() - began
    return done


def story(line: Line, client: TimedClient, watch: Watch) -> Story[tuple[Line, str]]:
    """A checkout until it is booked; with what is wrong with its end, if anything is.

    Raises LocalFailure when nobody answers any more.
    """
    try:
        token = client.open_session(line.checkout_id, line.amount, line.currency)
        if line.method in CARDS:
            client.enter_card(token, CARDS[line.method])
        client.steady("POST", INTAKE, line.body(token))
        watch.begin(line.checkout_id)
        return line, (yield from _rest(line, client, watch, token))
    except CallFailed as failed:
        if failed.reply is None:
            raise LocalFailure(f"{failed}; is the system up?") from failed
        return line, str(failed)
    finally:
        watch.end(line.checkout_id)


def _rest(line: Line, client: TimedClient, watch: Watch, token: str) -> Story[str]:
    """Act the buyer's part when it is due, until the payment is at rest."""
    began, answered = time.monotonic(), 0.0
    while time.monotonic() - began < _PATIENCE_S:
        yield _LOOK_S
        payment = watch.payment(line.checkout_id)
        if payment is None:
            continue
        if is_final(dict(payment)):
            return "" if payment["status"] == _PAID else f"{payment['status']}, not paid"
        if payment["status"] == _ASKS and time.monotonic() - answered > _AGAIN_S:
            _approve(client, token)
            answered = time.monotonic()
    return "not at rest in time"


def _approve(client: TimedClient, token: str) -> None:
    try:
        client.answer(token, "approve")
    except CallFailed as failed:
        # Nothing waits any more: the look was from before the last answer.
        if failed.reply is None or failed.reply.status != _CONFLICT:
            raise


def named(wrong: list[str]) -> str:
    """The first few of what went wrong, in a line."""
    more = f" and {len(wrong) - _NAMED_MAX} more" if len(wrong) > _NAMED_MAX else ""
    return "; ".join(wrong[:_NAMED_MAX]) + more


def until(deadline: float, lines: Iterable[Line]) -> Iterator[Line]:
    """Checkouts to begin as long as it is not that late, by the monotonic clock."""
    for line in lines:
        if time.monotonic() > deadline:
            return
        yield line
