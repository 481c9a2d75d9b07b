"""What the payout run shows on its way: rows sorted out, statuses counted, a pace."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from rich.console import Console

from tools.payout_run.board import Board, described
from tools.payout_run.looking import sort_out

ACCOUNT = {
    "payout_id": {"S": "account#s1#EUR"},
    "seller_id": {"S": "s1"},
    "bank_account": {"S": "ba_1"},
    "version": {"N": "1"},
}


def payout(status: str, *, due: bool = False) -> dict[str, Any]:
    row = {
        "payout_id": {"S": f"po_{status}"},
        "seller_id": {"S": "s1"},
        "bank_account": {"S": "ba_1"},
        "status": {"S": status},
        "version": {"N": "3"},
    }
    return {**row, "due_at": {"N": "1"}} if due else row


def test_payouts_and_bank_accounts_lie_in_one_table() -> None:
    seen = sort_out([ACCOUNT, payout("draft", due=True)])

    assert seen.accounts == {"s1": "ba_1"}
    assert [(row.payout_id, row.version) for row in seen.payouts] == [("po_draft", 3)]


def test_a_payout_is_final_when_its_last_journal_is_booked() -> None:
    seen = sort_out([payout("paid", due=True), payout("failed"), payout("in_transit", due=True)])

    assert (seen.away, seen.final) == (3, 1)


def test_what_is_in_our_hands_is_not_away() -> None:
    ours = ("draft", "reserved", "submitted", "unknown")
    assert sort_out([payout(status, due=True) for status in ours]).away == 0


def test_statuses_are_told_in_the_order_of_a_payouts_life() -> None:
    statuses = Counter({"paid": 3, "draft": 2, "returned": 1, "in_transit": 4})

    assert described(statuses) == ["2 opened", "4 in transit", "3 paid", "1 returned"]


def test_without_a_terminal_the_last_line_says_how_far_it_came() -> None:
    text = io.StringIO()
    with Board(Console(file=text, width=100), "sent", 10) as board:
        board.show(0, Counter({"draft": 10}))
        board.show(10, Counter({"in_transit": 10}))

    assert "sent 10/10  10 in transit" in text.getvalue()
