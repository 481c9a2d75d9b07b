"""The file's own sums, and the ways to hold them against the books."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tools.client import Client, Json
from tools.replay.amounts import decimal, money
from tools.replay.folding import folded
from tools.replay.lines import Line, Order
from tools.replay.sums import Sums, captured, check_entries, check_psp


def line(number: int, *orders: tuple[str, str, int], currency: str = "BRL") -> Line:
    """A line with the given (order, seller, amount)s."""
    parts = tuple(Order(*order) for order in orders)
    return Line(number, f"c{number}", "b1", None, currency, "qr", parts)


def file_of(tmp_path: Path, lines: Iterable[Line]) -> Path:
    path = tmp_path / "file.jsonl"
    rows = ({**one.body("tok"), "buyer_id": "b1", "method": one.method} for one in lines)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def capture(order_id: str, seller_id: str, amount: int, currency: str = "BRL") -> Json:
    """A journal as the API shows it."""
    return {
        "ledger_id": f"jrn_{order_id}",
        "kind": "capture",
        "reference": order_id,
        "legs": [
            leg("psp_receivable:sandbox", amount, "debit", currency),
            leg(f"seller_pending:{seller_id}", amount, "credit", currency),
        ],
    }


def leg(account: str, amount: int, side: str, currency: str = "BRL") -> Json:
    return {"account": account, "amount": amount, "currency": currency, "transact_type": side}


def charge(order_id: str, amount: int, currency: str = "BRL") -> Json:
    return {"order_id": order_id, "captured": amount, "currency": currency}


@dataclass
class Ledger:
    """A client that knows nothing but sellers' entries."""

    entries: dict[str, list[Json]]

    def pages(self, path: str, **_: str) -> Iterator[Json]:
        yield from self.entries[path.split("/")[3]]


def test_sums_are_by_seller_and_currency() -> None:
    sums = Sums()
    sums.add(line(1, ("o1", "s1", 100), ("o2", "s2", 50)))
    sums.add(line(2, ("o3", "s1", 7), currency="EUR"))
    sums.add(line(3, ("o4", "s1", 1)))

    assert sums.by_seller == {"s1": {"BRL": 101, "EUR": 7}, "s2": {"BRL": 50}}


def test_folding_takes_each_side_and_each_bucket() -> None:
    release: Json = {
        "ledger_id": "jrn_r",
        "kind": "release",
        "reference": "o1",
        "legs": [
            leg("seller_pending:s1", 100, "debit"),
            leg("seller_available:s1", 80, "credit"),
            leg("platform_fee_revenue", 20, "credit"),
        ],
    }
    debt: Json = {
        "ledger_id": "jrn_d",
        "legs": [leg("seller_receivable:s1", 5, "debit"), leg("refund_clearing", 5, "credit")],
    }
    first = capture("o1", "s1", 100)

    assert folded("s1", [first, release, debt]) == {
        "BRL": {"pending": 0, "available": 80, "debt": 5}
    }
    assert folded("s1", [first, first]) == {"BRL": {"pending": 100}}
    assert folded("s2", [first]) == {}


def test_only_captures_of_the_files_orders_are_counted() -> None:
    entries = [
        capture("o1", "s1", 100),
        capture("other", "s1", 900),
        {**capture("o1", "s1", 5), "ledger_id": "jrn_x", "kind": "adjustment"},
    ]

    assert captured("s1", entries, {"o1": ("BRL", 100)}) == {"BRL": 100}


def test_a_wallet_with_other_money_is_compared_by_the_files_orders(tmp_path: Path) -> None:
    path = file_of(tmp_path, [line(1, ("o1", "s1", 100)), line(2, ("o1", "s1", 100))])
    ledger = Ledger({"s1": [capture("o1", "s1", 100), capture("other", "s1", 900)]})

    (check,) = check_entries(cast(Client, ledger), path, ["s1"], set())

    assert check.agrees
    assert check.by_entries
    assert check.file == {"BRL": 100}


def test_a_missing_journal_makes_a_seller_differ(tmp_path: Path) -> None:
    path = file_of(tmp_path, [line(1, ("o1", "s1", 100), ("o2", "s1", 30))])
    ledger = Ledger({"s1": [capture("o1", "s1", 100)]})

    (check,) = check_entries(cast(Client, ledger), path, ["s1"], set())

    assert not check.agrees


def test_lines_that_were_refused_are_left_out(tmp_path: Path) -> None:
    path = file_of(tmp_path, [line(1, ("o1", "s1", 100)), line(2, ("o2", "s1", 30))])
    ledger = Ledger({"s1": [capture("o1", "s1", 100)]})

    (check,) = check_entries(cast(Client, ledger), path, ["s1"], {2})

    assert check.agrees
    assert check_psp([charge("o1", 100)], path, {2}).agrees


def wrong(tmp_path: Path, *charges: Any) -> int:
    path = file_of(tmp_path, [line(1, ("o1", "s1", 100)), line(2, ("o2", "s2", 30))])
    return len(check_psp(charges, path, set()).wrong)


def test_the_psp_must_have_charged_each_order_once_and_for_its_amount(tmp_path: Path) -> None:
    good = charge("o2", 30)

    assert wrong(tmp_path, charge("o1", 100), good) == 0
    assert wrong(tmp_path, charge("o1", 100), good, charge("stranger", 5)) == 0
    assert wrong(tmp_path, charge("o1", 0), charge("o1", 100), good) == 0
    assert wrong(tmp_path, good) == 1
    assert wrong(tmp_path, charge("o1", 99), good) == 1
    assert wrong(tmp_path, charge("o1", 100), charge("o1", 100), good) == 1
    assert wrong(tmp_path, charge("o1", 100, "EUR"), good) == 1


def test_an_order_that_stands_twice_in_the_file_counts_once(tmp_path: Path) -> None:
    path = file_of(tmp_path, [line(1, ("o1", "s1", 100)), line(2, ("o1", "s1", 100))])

    check = check_psp([charge("o1", 100)], path, set())

    assert check.agrees
    assert check.file == {"BRL": 100}


def test_minor_units_are_shown_by_the_currencys_own_places() -> None:
    assert decimal(1250, "EUR") == "12.50"
    assert decimal(1250, "JPY") == "1,250"
    assert decimal(1250, "KWD") == "1.250"
    assert decimal(-5, "EUR") == "-0.05"
    assert money(123_456_789, "USD") == "USD 1,234,567.89"
