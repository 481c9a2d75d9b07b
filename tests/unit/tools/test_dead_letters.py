"""A dead letter is told without its body."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from tools.dead_letters import letter_of, show_letters

CARD = "4242424242424242"


def message(body: object, **attributes: str) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"MessageId": "m-1", "Body": text, "Attributes": attributes}


def test_ids_of_ours_are_named() -> None:
    body = {"order_id": "ord-1", "checkout_id": "chk-1"}

    letter = letter_of(message(body, ApproximateReceiveCount="6", MessageGroupId="seller:s#EUR#0"))

    assert dict(letter.ids) == body
    assert (letter.receives, letter.group) == (6, "seller:s#EUR#0")


def test_what_is_no_id_is_left_out() -> None:
    body = {
        "order_id": CARD,
        "checkout_id": "Jane Doe, 1 Main Street",
        "event_key": {"order_id": "ord-1"},
        "note": "hello",
    }

    assert letter_of(message(body)).ids == {}


def test_what_cannot_be_read_is_told_by_size_and_digest() -> None:
    letter, other = letter_of(message("{ü")), letter_of(message("[]"))

    assert (letter.ids, letter.size) == ({}, 3)
    assert letter.digest != other.digest


def test_no_body_is_printed() -> None:
    class Sqs:
        def receive_message(self, **asked: Any) -> dict[str, Any]:
            assert asked["VisibilityTimeout"] == 0
            body = {"order_id": "ord-1", "secret": "s3cret", "checkout_id": CARD}
            return {"Messages": [message(body, SentTimestamp="1795338000620")]}

    printed = io.StringIO()
    sqs: Any = Sqs()

    show_letters(Console(file=printed, width=300), sqs, "url")

    assert "2026-11-22T09:00:00Z order_id=ord-1, tried 0 times" in printed.getvalue()
    assert "s3cret" not in printed.getvalue()
    assert CARD not in printed.getvalue()
