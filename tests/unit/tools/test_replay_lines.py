"""Reading recorded traffic: what is taken, and what is told of the rest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tools.local.failure import LocalFailure
from tools.replay.lines import BadLine, Line, Order, parse, read_lines, survey


def checkout(**changes: Any) -> dict[str, Any]:
    """A good line; only what is interesting is spelled out."""
    return {
        "checkout_id": "c1",
        "purchased_at": "2016-09-04T21:15:00Z",
        "order_status": "delivered",
        "delivered_at": None,
        "buyer_id": "b1",
        "buyer_country": "BR",
        "currency": "BRL",
        "method": "credit_card",
        "payments": [{"type": "credit_card", "installments": 1, "amount": 1500}],
        "orders": [
            {"order_id": "o1", "seller_id": "s1", "amount": 1000},
            {"order_id": "o2", "seller_id": "s2", "amount": 500},
        ],
        **changes,
    }


def order(**changes: Any) -> dict[str, Any]:
    return {"order_id": "o1", "seller_id": "s1", "amount": 1000, **changes}


def test_a_good_line_becomes_a_checkout() -> None:
    line = parse(7, json.dumps(checkout()).encode())

    assert line == Line(
        number=7,
        checkout_id="c1",
        buyer_id="b1",
        buyer_country="BR",
        currency="BRL",
        method="credit_card",
        orders=(Order("o1", "s1", 1000), Order("o2", "s2", 500)),
    )
    assert line.amount == 1500


def test_the_body_holds_what_the_api_takes() -> None:
    line = parse(1, json.dumps(checkout(buyer_country=None)).encode())
    assert isinstance(line, Line)

    assert line.body("tok_1") == {
        "checkout_id": "c1",
        "user_info": {"user_id": "b1"},
        "payment_details": {"method": "credit_card", "psp_token": "tok_1"},
        "currency": "BRL",
        "orders": [
            {"order_id": "o1", "seller_id": "s1", "amount": 1000},
            {"order_id": "o2", "seller_id": "s2", "amount": 500},
        ],
    }


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"17", "not a JSON object"),
        (b"{}", "orders: 1 to 50 of them"),
    ],
)
def test_what_is_no_object_is_told(raw: bytes, reason: str) -> None:
    assert parse(3, raw) == BadLine(3, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"orders": []}, "orders: "),
        ({"orders": [order()] * 51}, "orders: "),
        ({"orders": [order(), order()]}, "orders: an order_id stands twice"),
        ({"orders": ["o1"]}, "orders.0: not an object"),
        ({"orders": [order(amount=0)]}, "orders.0.amount: "),
        ({"orders": [order(), order(order_id="o2", amount=-5)]}, "orders.1.amount: "),
        ({"orders": [order(amount=10.0)]}, "orders.0.amount: "),
        ({"orders": [order(amount="10")]}, "orders.0.amount: "),
        ({"orders": [order(amount=True)]}, "orders.0.amount: "),
        ({"orders": [order(seller_id="a b")]}, "orders.0.seller_id: "),
        ({"orders": [{"order_id": "o1", "amount": 1}]}, "orders.0.seller_id: missing"),
        ({"checkout_id": "c" * 65}, "checkout_id: "),
        ({"checkout_id": None}, "checkout_id: "),
        ({"buyer_id": ""}, "buyer_id: "),
        ({"buyer_country": "Brazil"}, "buyer_country: "),
        ({"currency": "brl"}, "currency: "),
        ({"method": "boleto"}, "method: one of "),
    ],
)
def test_a_field_that_cannot_be_played_is_named(changes: dict[str, Any], reason: str) -> None:
    line = parse(3, json.dumps(checkout(**changes)).encode())

    assert isinstance(line, BadLine)
    assert line.reason.startswith(reason)


@pytest.mark.parametrize("missing", ["checkout_id", "buyer_id", "currency", "method", "orders"])
def test_a_missing_field_makes_a_line_bad(missing: str) -> None:
    fields = checkout()
    del fields[missing]

    assert isinstance(parse(3, json.dumps(fields).encode()), BadLine)


def test_packed_and_plain_files_read_the_same(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(checkout(checkout_id=f"c{n}")) for n in range(3)) + "\nnonsense"
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))

    lines = list(read_lines(plain))

    assert lines == list(read_lines(packed))
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert lines[3] == BadLine(4, "not JSON")
    assert survey(plain) == survey(packed)
    assert survey(plain)[1] == 4


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"x" * (3 << 20) + b"\n" + json.dumps(checkout()).encode())

    first, second = read_lines(file)

    assert isinstance(first, BadLine)
    assert first.reason.startswith("longer than")
    assert isinstance(second, Line)
    assert second.number == 2


def test_a_damaged_or_missing_file_is_a_message(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(json.dumps(checkout()).encode() * 100)[:-12])

    with pytest.raises(LocalFailure, match="damaged"):
        survey(cut)
    with pytest.raises(LocalFailure, match="cannot read"):
        list(read_lines(tmp_path / "nothing"))
