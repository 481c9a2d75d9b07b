"""Checkouts of a load: whose they are, when they are at rest, how long their stations took."""

from __future__ import annotations

import itertools
import time
from typing import Any, cast

import pytest

from tools.client import CallFailed, Client, Json, Reply
from tools.load import whole
from tools.load.made import made
from tools.load.memory import Sample
from tools.load.resting import curve, spread, told
from tools.load.soak import series
from tools.load.watch import Watch, payment_of
from tools.local.failure import LocalFailure
from tools.replay.lines import METHODS, Line, Order

CARD = Line(1, "c1", "b", "BR", "BRL", "credit_card", (Order("o1", "s1", 100),))
CODE = Line(2, "c2", "b", "BR", "BRL", "qr", (Order("o2", "s1", 100),))
PAID = {
    "status": "succeeded",
    "is_payment_done": True,
    "is_ledger_updated": True,
    "is_wallet_updated": True,
}


class Shop:
    """Client and watch in one: what it is told to say about a payment, look by look."""

    def __init__(self, *looks: Json | None, refuses: Reply | None = None) -> None:
        self.looks, self.done, self.refuses = list(looks), list[str](), refuses
        self.under_way: set[str] = set()

    def open_session(self, checkout_id: str, *_: Any) -> str:
        self.done.append("session")
        return f"token-{checkout_id}"

    def enter_card(self, *_: Any) -> None:
        self.done.append("card")

    def steady(self, method: str, path: str, body: Any = None) -> None:
        self.done.append("intake")
        if self.refuses is not None:
            raise CallFailed(path, self.refuses if self.refuses.status else None)

    def answer(self, token: str, result: str) -> None:
        self.done.append(f"{result} {token}")
        if self.done.count(self.done[-1]) > 1:
            raise CallFailed("answer", Reply(409, {}, {}))

    def begin(self, checkout_id: str) -> None:
        self.under_way.add(checkout_id)

    def end(self, checkout_id: str) -> None:
        self.under_way.discard(checkout_id)

    def payment(self, _: str) -> Json | None:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def played(line: Line, shop: Shop) -> tuple[Line, str]:
    story = whole.story(line, cast(whole.TimedClient, shop), cast(Watch, shop))
    while True:
        try:
            next(story)
        except StopIteration as end:
            assert not shop.under_way
            return cast(tuple[Line, str], end.value)


def test_a_card_is_entered_and_the_payment_waited_for_until_it_is_booked() -> None:
    unbooked = PAID | {"is_wallet_updated": False}
    shop = Shop(None, {"status": "processing", **dict.fromkeys([*PAID][1:], False)}, unbooked, PAID)

    assert played(CARD, shop) == (CARD, "")
    assert shop.done == ["session", "card", "intake"]
    assert shop.looks == [PAID]


def test_a_buyer_answers_once_while_the_look_is_from_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asks = {"status": "requires_action", **dict.fromkeys([*PAID][1:], False)}

    shop = Shop(asks, asks, asks, PAID)
    assert played(CODE, shop) == (CODE, "")
    assert shop.done == ["session", "intake", "approve token-c2"]

    monkeypatch.setattr(whole, "_AGAIN_S", -1.0)
    shop = Shop(asks, asks, PAID)
    assert played(CODE, shop) == (CODE, "")
    assert shop.done[2:] == ["approve token-c2"] * 2


def test_who_is_not_paid_or_not_in_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = {"status": "failed", **dict.fromkeys([*PAID][1:], False)}
    assert played(CARD, Shop(failed)) == (CARD, "failed, not paid")

    monkeypatch.setattr(whole, "_PATIENCE_S", 0.0)
    assert played(CARD, Shop(None)) == (CARD, "not at rest in time")


def test_a_refused_checkout_is_named_and_an_unanswered_one_ends_the_run() -> None:
    _, wrong = played(CARD, Shop(None, refuses=Reply(422, {"code": "bad"}, {})))
    assert "422 bad" in wrong

    with pytest.raises(LocalFailure, match="is the system up"):
        played(CARD, Shop(None, refuses=Reply(0, {}, {})))


def test_renamed_checkouts_have_ids_of_their_own_and_the_same_sellers() -> None:
    first, _, again = itertools.islice(whole.endless([CARD, CODE], "soak"), 3)

    assert (first.checkout_id, again.checkout_id) == ("c1-soak0", "c1-soak1")
    assert [one.order_id for one in again.orders] == ["o1-soak1"]
    assert (again.orders[0].seller_id, again.amount) == ("s1", 100)
    long = Line(1, "x" * 64, "b", None, "BRL", "qr", ())
    assert len(whole.renamed(long, "r2").checkout_id) == 64


def test_no_checkout_is_begun_after_the_deadline() -> None:
    now = time.monotonic()

    assert list(whole.until(now + 60, [CARD])) == [CARD]
    assert list(whole.until(now - 1, [CARD])) == []


def test_wrong_ends_are_told_by_the_first_few() -> None:
    assert whole.named(["a", "b"]) == "a; b"
    assert whole.named([*"abcdefg"]) == "a; b; c; d; e and 2 more"


def test_a_row_without_flags_is_a_payment_that_is_not_booked() -> None:
    row: dict[str, dict[str, Any]] = {"checkout_id": {"S": "c1"}, "status": {"S": "processing"}}
    assert payment_of(row)["is_wallet_updated"] is False

    booked = row | {"status": {"S": "succeeded"}}
    booked |= {name: {"BOOL": True} for name in [*PAID][1:]}
    assert payment_of(booked) == {"checkout_id": "c1", **PAID}


class Table:
    """DynamoDB, of which only a batch is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def batch_get_item(self, RequestItems: Json) -> Json:  # noqa: N803 - boto3's name
        keys = RequestItems["payments"]["Keys"]
        self.asked.append(len(keys))
        rows = [{"checkout_id": key["checkout_id"], "status": {"S": "processing"}} for key in keys]
        return {"Responses": {"payments": rows}}


def test_all_under_way_are_looked_at_a_hundred_at_a_time() -> None:
    class Endpoints:
        table_names = {"PaymentEvent": "payments"}  # noqa: RUF012 - a test's

    class Stub:
        endpoints = Endpoints()

    watch, table = Watch(cast(Client, Stub())), Table()
    for number in range(230):
        watch.begin(f"c{number}")
    assert watch.payment("c0") is None
    watch.end("c229")
    watch.look(table)

    assert table.asked == [100, 100, 29]
    seen = watch.payment("c228")
    assert seen is not None
    assert seen["status"] == "processing"
    assert watch.payment("c229") is None


def test_stations_are_of_these_checkouts_captured_orders_alone() -> None:
    orders = [
        {"order_id": "o1", "checkout_id": "c1", "status": "captured", "updated_at": "12500"},
        {"order_id": "o2", "checkout_id": "c1", "status": "failed", "updated_at": "12500"},
        {"order_id": "o3", "checkout_id": "c9", "status": "captured", "updated_at": "12500"},
    ]
    journals = [
        {"reference": "o1", "kind": "capture", "created_at": "13250"},
        {"reference": "o1", "kind": "delivery", "created_at": "99000"},
        {"kind": "opening", "created_at": "1"},
    ]

    found = told({"c1": 10.0, "c9": 1.0}, {"c1": 0.25, "c9": 9.0}, {"c1"}, orders, journals)

    assert (found.intake, found.captured, found.booked) == ([0.25], [2.5], [0.75])


def test_percentiles_are_interpolated_and_the_curve_ends_at_the_most() -> None:
    seconds = [float(number) for number in range(101)]

    found = spread(seconds)
    assert (found.p50, found.p90, found.p99, found.most) == (50.0, 90.0, 99.0, 100.0)
    assert curve(seconds, 5) == [0.0, 25.0, 50.0, 75.0, 100.0]


def test_a_series_adds_a_functions_processes_up_at_each_look() -> None:
    samples = [
        Sample("relay", 1, 0.0, 0, 10, 0),
        Sample("relay", 2, 0.0, 0, 5, 0),
        Sample("relay", 1, 1.0, 7, 11, 0),
    ]

    assert series(samples) == {"relay": [(0, 15), (7, 11)]}


def test_made_up_checkouts_are_the_same_every_time_and_can_be_played() -> None:
    lines = made(400)

    assert lines == made(400)
    assert len({line.checkout_id for line in lines}) == 400
    assert {line.method for line in lines} == set(METHODS)
    assert {len(line.orders) for line in lines} == {1, 2}
    assert min(order.amount for line in lines for order in line.orders) >= 100
