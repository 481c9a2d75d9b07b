"""What becomes of each queue's samples, and what the books hold before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from countinghouse.domain.psp import FactKind, SettlementKind
from tests.unit.events.books import Books
from tools.sample_events import payout_world, streams, webhooks, world

K = FactKind


@dataclass(frozen=True, slots=True)
class Case:
    """A sample, the places of the messages that come back, and what the books show afterwards."""

    path: str
    shown: dict[str, object]
    failed: tuple[int, ...] = field(default=())


CASES = [
    Case("order_execution/minimal", {"ord_1000": "captured", "psp calls": 1}),
    Case(
        "order_execution/full",
        {
            "ord_1000": "captured",
            "ord_1001_a": "captured",
            "ord_1001_b": "captured",
            "psp calls": 3,
        },
    ),
    Case("order_execution/duplicate", {"ord_1000": "captured", "psp calls": 1}),
    Case("order_execution/malformed", {"ord_1000": "captured", "psp calls": 1}, failed=(1, 2)),
    Case("order_aftercare/minimal", {"ord_1001_a": "succeeded", "psp calls": 1}),
    # The other seller's order has nothing to be looked after.
    Case("order_aftercare/full", {"ord_1001_a": "succeeded", "psp calls": 1}),
    Case("order_aftercare/duplicate", {"ord_1001_a": "succeeded", "psp calls": 1}),
    Case("order_aftercare/malformed", {"ord_1001_a": "succeeded", "psp calls": 1}, failed=(1,)),
    Case("payout_events/minimal", {"started": 1}),
    Case("payout_events/full", {"started": 1}),
    # The same occasion twice: Step Functions knows it by its name.
    Case("payout_events/duplicate", {"started": 1}),
    Case("payout_events/malformed", {"started": 1}, failed=(1,)),
    Case("payment_progress/minimal", {"chk_1000": "succeeded 3", "chk_1001": "processing 2"}),
    Case("payment_progress/full", {"chk_1000": "succeeded 3", "chk_1001": "succeeded 3"}),
    Case("payment_progress/duplicate", {"chk_1000": "succeeded 3", "chk_1001": "processing 2"}),
    Case(
        "payment_progress/malformed",
        {"chk_1000": "succeeded 3", "chk_1001": "processing 2"},
        failed=(1,),
    ),
    Case(
        "psp_events/minimal",
        {
            "sandbox#evt_1": "applied 2",
            "sandbox#evt_3": "received 1",
            "sandbox#evt_4": "received 1",
        },
    ),
    Case(
        "psp_events/full",
        {"sandbox#evt_1": "applied 2", "sandbox#evt_3": "applied 2", "sandbox#evt_4": "parked 2"},
    ),
    Case(
        "psp_events/duplicate",
        {
            "sandbox#evt_1": "applied 2",
            "sandbox#evt_3": "received 1",
            "sandbox#evt_4": "received 1",
        },
    ),
    Case(
        "psp_events/malformed",
        {
            "sandbox#evt_1": "applied 2",
            "sandbox#evt_3": "received 1",
            "sandbox#evt_4": "received 1",
        },
        failed=(1,),
    ),
    Case("posting/minimal", {"seller_pending:s_amber": -4200, "commits": 1}),
    # Both of one seller's orders in one transaction, the other seller's in a second.
    Case(
        "posting/full",
        {"seller_pending:s_amber": -11200, "seller_pending:s_birch": -5500, "commits": 2},
    ),
    Case("posting/duplicate", {"seller_pending:s_amber": -4200, "commits": 1}),
    # The second message comes back although it is booked: it stands behind a failed one.
    Case(
        "posting/malformed",
        {"seller_pending:s_amber": -4200, "seller_pending:s_birch": -5500, "commits": 2},
        failed=(1, 2),
    ),
]


def _to_charge(books: Books) -> None:
    books.payments.put(world.submitted(world.ONE_ORDER), world.submitted(world.TWO_ORDERS))
    books.gateway.will("charge", K.CAPTURED, K.CAPTURED, K.CAPTURED)


def _charged(books: Books) -> None:
    one, two = world.submitted(world.ONE_ORDER), world.submitted(world.TWO_ORDERS)
    books.payments.put(one, two)
    sent = (world.sent(one), world.sent(two, 0), world.sent(two, 1))
    captured = [world.told(order, K.CAPTURED) for order in sent]
    books.orders.put(*captured)


def _to_refund(books: Books) -> None:
    order = world.refund_requested()
    books.orders.put(
        order, world.told(world.sent(world.submitted(world.TWO_ORDERS), 1), K.CAPTURED)
    )
    books.book(*world.journals_of(order))
    books.refunds.will("refund", SettlementKind.SUCCEEDED)


def _drafted(books: Books) -> None:
    books.payouts.put(payout_world.draft())


def _reported(books: Books) -> None:
    one, two = world.submitted(world.ONE_ORDER), world.submitted(world.TWO_ORDERS)
    books.orders.put(world.sent(one), world.sent(two, 1))
    for text in (webhooks.CAPTURED, webhooks.DECLINED, webhooks.UNKNOWN_ORDER):
        books.events.put(streams.received(text))


GIVEN: dict[str, Callable[[Books], None]] = {
    "order_aftercare": _to_refund,
    "order_execution": _to_charge,
    "payment_progress": _charged,
    "payout_events": _drafted,
    "psp_events": _reported,
    "posting": _charged,
}


def _executed(books: Books) -> dict[str, object]:
    shown: dict[str, object] = {key: str(row.status) for key, row in books.orders.rows.items()}
    return shown | {"psp calls": len(books.gateway.calls)}


def _refunded(books: Books) -> dict[str, object]:
    shown: dict[str, object] = {
        key: str(refund.status) for key, row in books.orders.rows.items() for refund in row.refunds
    }
    return shown | {"psp calls": len(books.refunds.calls)}


def _folded(books: Books) -> dict[str, object]:
    rows = books.payments.rows
    return {key: f"{row.status} {row.version}" for key, row in rows.items()}


def _applied(books: Books) -> dict[str, object]:
    return {key: f"{row.status} {row.version}" for key, row in books.events.rows.items()}


def _posted(books: Books) -> dict[str, object]:
    shown: dict[str, object] = {
        name: minor
        for wallet in books.ledger.wallet_rows.values()
        for name, minor in wallet.balances.items()
        if name.startswith("seller_")
    }
    return shown | {"commits": len(books.ledger.commits)}


SHOWN: dict[str, Callable[[Books], dict[str, object]]] = {
    "order_aftercare": _refunded,
    "order_execution": _executed,
    "payment_progress": _folded,
    "payout_events": lambda books: {"started": len(set(books.workflows.started))},
    "psp_events": _applied,
    "posting": _posted,
}
