"""What must hold at every committed write and after every invocation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import is_

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    RESTING_STATUSES,
    TRANSITIONS,
    OrderStatus,
)
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, PaymentStatus
from countinghouse.domain.psp import (
    EventStatus,
    PayoutFact,
    PspEvent,
)
from countinghouse_aws.dynamodb.codec import Plain, from_item
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.psp_events import decode_psp_event
from tests.simulation import cloud
from tests.simulation.faults import PSP, Call
from tests.simulation.psp_wire import Shop
from tests.simulation.watch_of_books import Books
from tests.simulation.watch_of_payout import (
    is_booked_with_its_row,
    is_folded_in_one,
    money_paid_out,
    payout_written,
    unheard,
)
from tests.simulation.watch_of_sale import after_capture, money_given_back
from tools.restore.unheard import would_move

BORN: Mapping[str, frozenset[str]] = {
    "payment_order": frozenset({"sent", "cancelled"}),
    "psp_event": frozenset({"received"}),
}
_EVENT_OPEN = frozenset({"received", "parked"})
_HOLDS_MONEY = ("authorized", "captured")


@dataclass(slots=True)
class Watch:
    """Looks at every committed write; what it finds wrong is kept in `problems`."""

    shop: Shop
    problems: list[str] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(cloud.TABLES, 0))
    _read_to: int = -1
    _looked_at: dict[str, tuple[cloud.Item | None, ...]] = field(default_factory=dict)
    """The rows that each applied event was last found to rest on."""

    def after_call(self, call: Call) -> None:
        """Look at what the call committed."""
        if call.service == PSP:
            self._one_charge_an_order()
            self.problems += money_given_back(self.shop)
            self.problems += money_paid_out(self.shop)
            return
        if self._read_to == cloud.written():
            return
        self._read_to = cloud.written()
        before = dict(self.seen)
        for table, position in self.seen.items():
            for record in cloud.stream(table, position):
                self.seen[table] += 1
                change = record["dynamodb"]
                old, new = change.get("OldImage"), change.get("NewImage")
                self._written(table, from_item(old) if old else None, from_item(new or {}))

        if any(self.seen[table] != before[table] for table in ("payout", "ledger")):
            self.problems += is_booked_with_its_row()
            self.problems += is_folded_in_one()

    def after_invocation(self) -> None:
        """An event that is recorded as applied has had its effect (I11): it has none left.

        Each is looked at again only when it, its order or a payout has become another row.
        """
        payouts = tuple(cloud.items("payout"))
        for item in cloud.items("psp_event"):
            if item["status"]["S"] != EventStatus.APPLIED:
                continue
            order = cloud.item("payment_order", item.get("order_id", {}).get("S", ""))
            rests_on = (item, order, *payouts)
            before = self._looked_at.get(item["event_key"]["S"], ())
            if len(before) == len(rests_on) and all(map(is_, before, rests_on)):
                continue
            self._looked_at[item["event_key"]["S"]] = rests_on
            self._applied(decode_psp_event(from_item(item)), order)

    def _applied(self, event: PspEvent, order: cloud.Item | None) -> None:
        if isinstance(event.fact, PayoutFact):
            self.problems += unheard(event.event_key, event.fact)
        elif order is not None and would_move(decode_order(from_item(order)), event.fact):
            self._wrong("I11", f"{event.event_key} is applied and its order is {from_item(order)}")

    def _written(self, table: str, old: Plain | None, new: Plain) -> None:
        if not new:
            self._wrong("I2", f"a row of {table} was removed: {old}")
            return
        look = {
            "payment_order": self._order,
            "payment_event": self._payment,
            "psp_event": self._event,
            "ledger": self._journal,
            "wallet": self._wallet,
            "payout": self._payout,
        }.get(table)
        if look is not None:
            look(old, new)

    def _wrong(self, invariant: str, detail: str) -> None:
        self.problems.append(f"{invariant}: {detail}")

    def _later_version(self, old: Plain | None, new: Plain, name: str = "version") -> None:
        before = old[name] if old else 0
        if new[name] <= before:
            self._wrong("I10", f"{name} goes from {before} to {new[name]}: {new}")

    def _order(self, old: Plain | None, new: Plain) -> None:
        self._later_version(old, new)
        after = OrderStatus(new["status"])
        if old is None:
            if after not in BORN["payment_order"]:
                self._wrong("I10", f"order {new['order_id']} begins as {after}")
        else:
            before = OrderStatus(old["status"])
            if before is not after and after not in TRANSITIONS[before]:
                self._wrong("I10", f"order {new['order_id']}: {before} to {after}")
            if before in CAPTURED_STATUSES:
                self.problems += after_capture(old, new)
            elif before in RESTING_STATUSES:
                self._wrong("I10", f"order {new['order_id']} is written after {before}: {new}")
        attempts = new.get("attempts", [])
        if any("outcome" not in attempt for attempt in attempts[:-1]):
            self._wrong("I5", f"order {new['order_id']} has two open attempts: {attempts}")
        if not 0 <= new.get("captured", 0) <= new["amount"]:
            self._wrong("I8", f"order {new['order_id']} captured {new.get('captured')}")

    def _payment(self, old: Plain | None, new: Plain) -> None:
        self._later_version(old, new)
        if old is None:
            return
        before, after = PaymentStatus(old["status"]), PaymentStatus(new["status"])
        if before in FINAL_PAYMENT_STATUSES and after is not before:
            self._wrong("I10", f"payment {new['checkout_id']}: {before} to {after}")
        for flag in ("is_payment_done", "is_ledger_updated", "is_wallet_updated"):
            if old.get(flag) and not new.get(flag):
                self._wrong("I10", f"payment {new['checkout_id']}: {flag} is taken back")

    def _event(self, old: Plain | None, new: Plain) -> None:
        self._later_version(old, new)
        if old is None:
            if new["status"] not in BORN["psp_event"]:
                self._wrong("I10", f"event {new['event_key']} begins as {new['status']}")
        elif old["status"] not in _EVENT_OPEN and old["status"] != new["status"]:
            self._wrong("I10", f"event {new['event_key']}: {old['status']} to {new['status']}")

    def _journal(self, old: Plain | None, new: Plain) -> None:
        if old is not None:
            self._wrong("I2", f"{new['kind']} of {new['reference']} is written twice")
        if any(_sums(new["legs"]).values()):
            self._wrong(
                "I1", f"{new['kind']} of {new['reference']} does not balance: {new['legs']}"
            )
        self.problems += self.books.written(new)

    def _wallet(self, old: Plain | None, new: Plain) -> None:
        self._later_version(old, new, "sequence")
        if sum(new["balances"].values()):
            self._wrong("I1", f"wallet {new['owner']} does not balance: {new['balances']}")
        for name, minor in new["balances"].items():
            account = parse_account(name)
            if account.wallet_owner is not None and account.shown(minor) < 0:
                self._wrong("I16", f"{name} of {new['owner']} is below zero: {minor}")

    def _payout(self, old: Plain | None, new: Plain) -> None:
        self._later_version(old, new)
        self.problems += payout_written(old, new)

    def _one_charge_an_order(self) -> None:
        holding = Counter(c.order_id for c in self.shop.charges() if c.status in _HOLDS_MONEY)
        for order_id, charges in holding.items():
            if charges > 1:
                self._wrong("I5", f"order {order_id} is charged {charges} times")


def _sums(legs: list[Plain]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for leg in legs:
        sign = {"debit": 1, "credit": -1}[leg["transact_type"]]
        sums[leg["currency"]] = sums.get(leg["currency"], 0) + sign * leg["amount"]
    return sums
