"""The careful caller: again after an answer that proves nothing, never after a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from tools.client import TRIES, CallFailed, Client, Json, Reply, is_final
from tools.local.endpoints import Endpoints

Answer = Reply | urllib3.exceptions.HTTPError
NO_ANSWER = urllib3.exceptions.ProtocolError("cut")


class Scripted:
    """A client whose calls are answered from a list; `seen` are the paths that were called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
        self.client = Client(Endpoints("http://api", "http://psp", "http://aws"))
        self.seen: list[str] = []
        self._answers: Iterator[Answer] = iter(answers)
        monkeypatch.setattr("tools.client.time.sleep", lambda _: None)
        monkeypatch.setattr(Client, "call", lambda _, *given, **__: self._answer(*given))

    def _answer(self, method: str, path: str, *_: Any) -> Reply:
        self.seen.append(f"{method} {path}")
        answer = next(self._answers)
        if isinstance(answer, Reply):
            return answer
        raise answer


def reply(status: int, **body: Any) -> Reply:
    return Reply(status, body, {})


@pytest.mark.parametrize("first", [reply(429), reply(500), reply(503), NO_ANSWER])
def test_a_call_is_made_again_while_nothing_is_proved(
    monkeypatch: pytest.MonkeyPatch, first: Answer
) -> None:
    script = Scripted(monkeypatch, first, first, reply(202, checkout_id="c1"))

    assert script.client.steady("POST", "/v1/x", {}).status == 202
    assert len(script.seen) == 3


def test_a_refusal_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(monkeypatch, reply(422, code="validation_failed"))

    with pytest.raises(CallFailed, match="POST /v1/x: 422 validation_failed") as caught:
        script.client.steady("POST", "/v1/x", {})

    assert caught.value.reply == reply(422, code="validation_failed")
    assert len(script.seen) == 1


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(monkeypatch, *[NO_ANSWER] * (TRIES + 1))

    with pytest.raises(CallFailed, match="no answer") as caught:
        script.client.steady("GET", "/v1/x")

    assert caught.value.reply is None
    assert len(script.seen) == TRIES


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(
        monkeypatch,
        reply(200, data=[{"n": 1}, {"n": 2}], next_cursor="a~b"),
        reply(200, data=[{"n": 3}], next_cursor=None),
    )

    assert [one["n"] for one in script.client.pages("/v1/list", limit="2")] == [1, 2, 3]
    assert script.seen == ["GET /v1/list?limit=2", "GET /v1/list?limit=2&cursor=a~b"]


@pytest.mark.parametrize(
    ("status", "booked", "final"),
    [
        ("processing", False, False),
        ("requires_action", False, False),
        ("failed", False, True),
        ("cancelled", False, True),
        ("succeeded", False, False),
        ("succeeded", True, True),
        ("partially_succeeded", True, True),
    ],
)
def test_a_payment_is_final_when_its_money_is_booked(
    status: str, booked: bool, final: bool
) -> None:
    payment: Json = {
        "status": status,
        "is_payment_done": status in ("succeeded", "partially_succeeded"),
        "is_ledger_updated": booked,
        "is_wallet_updated": booked,
    }

    assert is_final(payment) is final
