"""Playing one line, against a system that answers from a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from tools.client import CallFailed, Client, Json, Reply
from tools.local.failure import LocalFailure
from tools.replay.driving import Outcome, Pace, Played, Refused, drive
from tools.replay.lines import Line, Order
from tools.replay.turns import Story

ACTION = {"type": "redirect", "url": "http://psp/pay"}


def payment(status: str, *, booked: bool = True, **extra: Any) -> Json:
    paid = status in ("succeeded", "partially_succeeded")
    flags = {"is_ledger_updated": paid and booked, "is_wallet_updated": paid and booked}
    return {"status": status, "is_payment_done": paid, **flags, "orders": [], **extra}


@dataclass
class System:
    """Says what it is told to, and notes what is asked of it."""

    states: Iterator[Json]
    refuses: Reply | None = None
    is_gone: bool = False
    answers: int = 200
    seen: list[str] = field(default_factory=list)

    def open_session(self, checkout_id: str, amount: int, currency: str) -> str:
        self.seen.append(f"session {checkout_id} {amount} {currency}")
        if self.refuses or self.is_gone:
            raise CallFailed("POST /v1/payments/sessions", self.refuses)
        return "tok_1"

    def enter_card(self, token: str, number: str) -> None:
        self.seen.append(f"card {token} {number[-4:]}")

    def steady(self, method: str, path: str, body: Json) -> Reply:
        self.seen.append(f"{method} {path} {body['payment_details']['method']}")
        return Reply(202, payment("processing"), {})

    def payment(self, checkout_id: str) -> Json:
        self.seen.append("look")
        return next(self.states)

    def answer(self, token: str, result: str) -> None:
        self.seen.append(f"{result} {token}")
        if self.answers >= 400:
            raise CallFailed("POST /_control/actions", Reply(self.answers, {}, {}))


def play(system: System, method: str = "credit_card") -> Outcome:
    line = Line(4, "c1", "b1", "BR", "BRL", method, (Order("o1", "s1", 100),))
    return ended(drive(line, cast(Client, system), Pace()))


def ended(story: Story[Outcome]) -> Outcome:
    """The story's result, without any waiting."""
    for _ in range(100):
        try:
            next(story)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
    raise AssertionError("the story has no end")


def test_a_card_is_entered_and_the_payment_looked_at_until_it_is_booked() -> None:
    states = [payment("processing"), payment("succeeded", booked=False), payment("succeeded")]
    system = System(iter(states))

    outcome = play(system)

    assert isinstance(outcome, Played)
    assert (outcome.status, outcome.is_final) == ("succeeded", True)
    assert system.seen == [
        "session c1 100 BRL",
        "card tok_1 4242",
        "POST /v1/payments/event credit_card",
        *["look"] * 3,
    ]


@pytest.mark.parametrize("method", ["wallet", "qr"])
def test_the_buyer_answers_once_and_only_when_asked(method: str) -> None:
    waits = payment("requires_action", next_action=ACTION)
    system = System(iter([payment("processing"), waits, waits, payment("succeeded")]))

    outcome = play(system, method)

    assert isinstance(outcome, Played)
    assert outcome.is_final
    assert system.seen.count("approve tok_1") == 1
    assert not any(one.startswith("card") for one in system.seen)


def test_an_answer_that_somebody_gave_before_is_no_failure() -> None:
    waits = payment("requires_action", next_action=ACTION)
    system = System(iter([waits, payment("succeeded")]), answers=409)

    assert isinstance(play(system, "qr"), Played)


def test_a_refusal_by_the_api_makes_a_bad_line() -> None:
    outcome = play(System(iter(()), refuses=Reply(422, {"code": "validation_failed"}, {})))

    assert isinstance(outcome, Refused)
    assert "422 validation_failed" in outcome.reason


def test_an_api_that_keeps_failing_leaves_the_line_open() -> None:
    outcome = play(System(iter(()), refuses=Reply(503, {}, {})))

    assert isinstance(outcome, Played)
    assert not outcome.is_final


def test_a_system_that_is_gone_ends_the_replay() -> None:
    with pytest.raises(LocalFailure, match="line 4"):
        play(System(iter(()), is_gone=True))


def test_a_failed_payment_is_final_and_says_why() -> None:
    failure = {"code": "card_declined"}
    failed = payment("failed") | {"orders": [{"failure": failure}, {"order_id": "o2"}]}

    outcome = play(System(iter([failed])))

    assert isinstance(outcome, Played)
    assert (outcome.is_final, outcome.reason) == (True, "card_declined")
