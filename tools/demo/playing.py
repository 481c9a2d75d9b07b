"""Playing one checkout: the buyer, the PSP's mishaps and the operator, over HTTP only."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

from tools.client import CallFailed, Client, Json, Reply, is_final
from tools.demo.cast import Checkout
from tools.demo.plots import GOOD_CARD, Step
from tools.replay.turns import Story

# The PSP is asked about an open charge after 5, 15 and 60 seconds on this stage, so a payment that
# no webhook helps may take as long as these together on a slow machine.
PATIENCE_S = 180.0
_FIRST_LOOK_S = 0.8
_LOOK_MIN_S = 0.5
_LOOK_MAX_S = 2.5


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a checkout: the payment as last seen, and each answer to its submission."""

    checkout: Checkout
    payment: Json
    answers: tuple[Reply, ...]
    seconds: float
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Scene:
    checkout: Checkout
    client: Client
    began: float = field(default_factory=time.monotonic)
    token: str = ""
    todo: list[Step] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


def play(checkout: Checkout, client: Client) -> Story[Played]:
    """A checkout from its session to its end, or to the end of patience."""
    scene = _Scene(checkout, client, todo=[checkout.plot.step])
    payment: Json = {}
    answers: tuple[Reply, ...] = ()
    try:
        answers = _check_out(scene)
        payment = answers[0].body
        yield _FIRST_LOOK_S
        while scene.seconds < PATIENCE_S:
            payment = client.payment(checkout.checkout_id)
            if is_final(payment):
                break
            _take_part(scene, payment)
            yield min(max(scene.seconds / 3, _LOOK_MIN_S), _LOOK_MAX_S)
    except CallFailed as failed:
        return Played(checkout, payment, answers, scene.seconds, (str(failed),))
    return Played(checkout, payment, answers, scene.seconds)


def _check_out(scene: _Scene) -> tuple[Reply, ...]:
    """Register, plant what is to go wrong, enter the card, submit."""
    checkout, client = scene.checkout, scene.client
    scene.token = client.open_session(checkout.checkout_id, checkout.amount, checkout.currency)
    for fault, part in checkout.faults:
        planted = {"kind": fault.kind, "times": fault.times, "order_id": part.order_id}
        if fault.operation is not None:
            planted["operation"] = fault.operation
        client.at_psp("POST", "/_control/faults", planted)
    card = checkout.plot.card or checkout.means.card
    if card is not None:
        client.enter_card(scene.token, card)
    return _submit(client, checkout.body(scene.token), times=2 if checkout.twice else 1)


def _submit(client: Client, body: Json, times: int) -> tuple[Reply, ...]:
    """The same submission from as many threads at one moment."""
    together = Barrier(times)

    def click(_: int) -> Reply:
        together.wait()
        return client.steady("POST", "/v1/payments/event", body)

    if times == 1:
        return (click(0),)
    with ThreadPoolExecutor(times) as pool:
        return tuple(pool.map(click, range(times)))


def _take_part(scene: _Scene, payment: Json) -> None:
    """Do what the buyer or the operator has to, once it can be done."""
    checkout, client = scene.checkout, scene.client
    if scene.todo and _is_ready(scene.todo[0], payment):
        match scene.todo.pop(0):
            case Step.CAPTURE:
                for part in checkout.parts:
                    path = f"/v1/orders/{part.order_id}/capture"
                    client.steady("POST", path, {"amount": part.capture})
            case Step.CHANGE_CARD:
                client.enter_card(scene.token, GOOD_CARD)
            case Step.CANCEL:
                client.steady("POST", f"/v1/payments/{checkout.checkout_id}/cancel")
            case Step.CANCEL_LAST:
                client.steady("POST", f"/v1/orders/{checkout.parts[-1].order_id}/cancel")
                scene.todo.append(Step.APPROVE_OTHERS)
            case Step.APPROVE_OTHERS:
                client.answer(scene.token, Step.APPROVE.value)
            case answer:
                client.answer(scene.token, answer.value)


def _is_ready(step: Step, payment: Json) -> bool:
    """Whether the payment is where this step is due."""
    statuses = [order["status"] for order in payment["orders"]]
    match step:
        case Step.CAPTURE:
            return all(status == "authorized" for status in statuses)
        case Step.CHANGE_CARD:
            return bool(statuses[-1] == "failed")
        case Step.CANCEL_LAST:
            return all(status == "requires_action" for status in statuses)
        case Step.APPROVE_OTHERS:
            return statuses[-1] in ("voided", "cancelled")
        case _:
            return "next_action" in payment
