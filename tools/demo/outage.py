"""A PSP fails half way through the day, and comes back: who was moved, who waited, and that nobody
paid twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.client import Client, Json, is_final
from tools.demo.comparing import Comparison
from tools.demo.psp_clock import held_still
from tools.demo.same_day import Tale, enter, pay

FAILING, STANDING_IN = "stripe", "adyen"
THIRD = "sandbox"
_BEFORE = 4
_IN_DOUBT = 2
_BETWEEN_MAX = 24
_WHILE_OPEN = 6
_NEW = 3
_PATIENCE_S = 180.0
_LOOK_S = 0.5
_PAYS = Tale("credit card")
_Entered = tuple[str, Json]
"""A checkout's name, and its session."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The checkouts in the order in which they came, as they ended, and both PSPs' charges."""

    parts: Sequence[tuple[str, Sequence[Json]]]
    charges: Sequence[Json]
    circuit: str


def play_outage(client: Client, run: str) -> Outage:
    """Pay, cut the PSP off, pay until its circuit opens, pay on, let it come back.

    All but the last few buyers had entered their cards before: their checkouts are registered at
    both PSPs.
    """
    with held_still(STANDING_IN):
        return _play(client, run)


def _play(client: Client, run: str) -> Outage:
    names = [
        f"{run}-out{number:02d}" for number in range(1, _BEFORE + _IN_DOUBT + _BETWEEN_MAX + 1)
    ]
    waiting = [(name, enter(client, _PAYS, FAILING, name)) for name in names]
    sooner, waiting = waiting[:_BEFORE], waiting[_BEFORE:]
    _buy(client, sooner)
    _until_final(client, sooner)
    doubtful, waiting = waiting[:_IN_DOUBT], waiting[_IN_DOUBT:]
    for name, _ in doubtful:
        for kind, times in (("timeout_after_success", 1), ("webhook_lost", 9)):
            planted = {"kind": kind, "order_id": f"{name}-1", "times": times}
            client.at_psp("POST", "/_control/faults", planted, FAILING)
    _buy(client, doubtful)
    _until(client, doubtful, lambda order: order.get("status") == "unknown")
    client.at_psp("POST", "/_control/outage", {"mode": "refuse"}, FAILING)
    between: list[_Entered] = []
    try:
        while (circuit := client.circuit(FAILING)) != "open" and len(waiting) > _WHILE_OPEN:
            between.append(waiting.pop(0))
            _buy(client, between[-1:])
            time.sleep(_LOOK_S)
        moved = waiting[:_WHILE_OPEN]
        _buy(client, moved)
        new = [f"{run}-new{number}" for number in range(1, _NEW + 1)]
        with held_still(THIRD):
            late = [(name, enter(client, _PAYS, FAILING, name)) for name in new]
            _buy(client, late)
            _until_final(client, [*moved, *late])
    finally:
        client.at_psp("POST", "/_control/outage", {"mode": "off"}, FAILING)
    parts = (
        (f"before {FAILING} failed", sooner),
        ("its last answers were lost", doubtful),
        ("until its circuit opened", between),
        ("while it was open", moved),
        ("checkouts begun then", late),
    )
    everybody = [one for _, some in parts for one in some]
    payments = {one["checkout_id"]: one for one in _until_final(client, everybody)}
    charges = [
        {**charge, "psp": psp}
        for psp in (FAILING, STANDING_IN, THIRD)
        for name, _ in everybody
        for charge in client.charges_of(f"{name}-1", psp)
    ]
    ended = [(title, [payments[name] for name, _ in some]) for title, some in parts]
    return Outage(ended, charges, circuit)


def _buy(client: Client, entered: Sequence[_Entered]) -> None:
    for name, session in entered:
        pay(client, _PAYS, name, session)


def _until(client: Client, entered: Sequence[_Entered], met: Callable[[Json], bool]) -> None:
    """Wait for every order to be so, or for the end of patience."""
    deadline = time.monotonic() + _PATIENCE_S
    for name, _ in entered:
        path = f"/v1/orders/{name}-1"
        while not met(client.call("GET", path).body) and time.monotonic() < deadline:
            time.sleep(_LOOK_S)


def _until_final(client: Client, entered: Sequence[_Entered]) -> list[Json]:
    """The payments, each looked at until it is final or patience ends."""
    names = [name for name, _ in entered]
    deadline = time.monotonic() + _PATIENCE_S
    found: dict[str, Json] = {}
    while len(found) < len(names) and time.monotonic() < deadline:
        for name in names:
            payment = client.payment(name)
            if name not in found and is_final(payment):
                found[name] = payment
        time.sleep(_LOOK_S)
    return [found.get(name) or client.payment(name) for name in names]


def compare_outage(played: Outage) -> Comparison:
    """Where every order ended, and how often it was charged."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for title, payments in played.parts:
        charges = [_held(played, payment) for payment in payments]
        wrong = [
            text
            for payment, held in zip(payments, charges, strict=True)
            for text in _wrong(payment, held)
        ]
        differences += wrong
        by_psp = [
            str(sum(1 for held in charges if [one["psp"] for one in held] == [psp]))
            for psp in (FAILING, STANDING_IN, THIRD)
        ]
        paid = sum(payment["status"] == "succeeded" for payment in payments)
        twice = sum(len(held) > 1 for held in charges)
        verdict = "DIFFERS" if wrong else "ok"
        rows.append((title, str(len(payments)), str(paid), *by_psp, str(twice), verdict))
    if played.circuit != "open":
        differences.append(f"{FAILING}'s circuit never opened: {played.circuit}")
    in_doubt, moved = rows[1], rows[3]
    if in_doubt[3] != in_doubt[1]:
        differences.append(f"an order in doubt was moved: {in_doubt}")
    if moved[4] != moved[1]:
        differences.append(f"only {moved[4]} of {moved[1]} went to {STANDING_IN}")
    at = (f"at {psp}" for psp in (FAILING, STANDING_IN, THIRD))
    columns = ("", "orders", "paid", *at, "charged twice", "")
    title = f"{FAILING} fails half way, {STANDING_IN} stands in, {FAILING} comes back"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _held(played: Outage, payment: Json) -> list[Json]:
    """The charges of the payment's order that hold money, at either PSP."""
    (order,) = payment["orders"]
    return [
        one
        for one in played.charges
        if one["order_id"] == order["order_id"] and int(one["captured"])
    ]


def _wrong(payment: Json, held: Sequence[Json]) -> list[str]:
    name = payment["checkout_id"]
    found = []
    if payment["status"] != "succeeded":
        found.append(f"{name} is {payment['status']}, not succeeded")
    if [int(one["captured"]) for one in held] != [_PAYS.amount]:
        found.append(f"{name}: the PSPs' books hold {[one['captured'] for one in held]}")
    return found
