"""I18: who works on one seller's order touches no other order, and no other seller's rows.

The log of an invocation's calls gives the keys; what the invocation is about is what its event
names. One that names nobody, the sweep, is about everybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from countinghouse_aws.dynamodb.codec import Plain, from_item
from tests.simulation import cloud

_OF_CHECKOUTS = frozenset({"payments", "payment_progress"})
"""What folds a checkout looks at all of its orders, whoever sells them."""
_OF_SELLERS = frozenset({"wallet", "ledger", "payout"})
_WALLET_OWNERS = ("seller:", "exchange:")

Order = tuple[str, ...]
"""An order's id, its checkout's and its seller's."""
Touched = tuple[str, Plain]
"""A table's name and a row's key, or the whole row where it is put."""


@dataclass(slots=True)
class _Invocation:
    function: str
    event: Mapping[str, Any]
    calls: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Isolation:
    """The keys that each invocation under way has touched so far."""

    _running: list[_Invocation] = field(default_factory=list)

    def begin(self, function: str, event: Mapping[str, Any]) -> None:
        """An invocation begins, perhaps while another one stands still."""
        self._running.append(_Invocation(function, event))

    def called(self, operation: str, body: bytes) -> None:
        """The innermost invocation makes a call to DynamoDB."""
        if self._running:
            self._running[-1].calls.append((operation, body))

    def end(self) -> Iterator[str]:
        """The innermost invocation is over: everything it touched and had no business with."""
        invocation = self._running.pop()
        orders = list(cloud.texts("payment_order", "order_id", "checkout_id", "seller_id"))
        if len(orders) < 2:
            return
        touched = [key for operation, body in invocation.calls for key in keys(operation, body)]
        yield from strangers(invocation.function, invocation.event, touched, orders)


def keys(operation: str, body: bytes) -> Iterator[Touched]:
    """The keys of every row that a call reads or writes by its key."""
    asked = json.loads(body)
    match operation:
        case "BatchGetItem":
            for table, wanted in asked["RequestItems"].items():
                yield from ((table, from_item(key)) for key in wanted["Keys"])
        case "TransactWriteItems":
            for item in asked["TransactItems"]:
                ((_, write),) = item.items()
                yield _key_of(write)
        case "GetItem" | "PutItem" | "UpdateItem":
            yield _key_of(asked)


def _key_of(write: Mapping[str, Any]) -> Touched:
    return write["TableName"], from_item(write.get("Key") or write["Item"])


def strangers(
    function: str, event: Mapping[str, Any], touched: list[Touched], orders: list[Order]
) -> Iterator[str]:
    """I18: every row touched that is of an order, or a seller, the event does not name."""
    text = json.dumps(event)
    about = [order for order in orders if _is_about(function, order, text)]
    payouts = {payout: seller for payout, seller in cloud.texts("payout", "payout_id", "seller_id")}
    sellers = {seller for _, _, seller in about}
    sellers |= {seller for _, _, seller in orders if _is_named(seller, text)}
    sellers |= {seller for payout, seller in payouts.items() if _is_named(payout, text)}
    if not sellers:
        return
    named = {order for order, _, _ in about}
    known = {order: seller for order, _, seller in orders} | payouts
    for table, key in touched:
        if table == "payment_order" and named and key["order_id"] in known.keys() - named:
            yield f"I18: {function} is about {sorted(named)} and touches {key['order_id']}"
        if table in _OF_SELLERS and (seller := _seller(table, key, known)) not in {None, *sellers}:
            yield f"I18: {function} is about {sorted(sellers)} and touches {key} of {seller}"


def _is_about(function: str, order: Order, text: str) -> bool:
    order_id, checkout_id, _ = order
    in_checkout = function in _OF_CHECKOUTS and _is_named(checkout_id, text)
    return in_checkout or _is_named(order_id, text)


def _is_named(name: str, text: str) -> bool:
    """Whether the id stands in the event, not as the beginning of a longer one."""
    before, found, behind = text.partition(name)
    while found:
        if not behind[:1].isalnum() and not before[-1:].isalnum():
            return True
        before, found, behind = behind.partition(name)
    return False


def _seller(table: str, key: Plain, known: Mapping[str, str]) -> str | None:
    """Whose row that is; None where it is the platform's, or nobody's yet."""
    if table == "wallet":
        owner: str = key["owner"]
        return owner.partition(":")[2] if owner.startswith(_WALLET_OWNERS) else None
    if table == "payout":
        return known.get(key["payout_id"])
    journal = cloud.row("ledger", key["book"], key["entry"])
    return known.get(journal.get("reference", "")) if journal else None
