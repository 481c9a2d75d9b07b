"""Lakes for reports: rows as deliveries leave them, late and twice, and what a person would count.

Nothing here knows the queries: a count goes over the facts, one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from countinghouse.domain.analytics import Question, Report

Row = dict[str, Any]
PSPS = ("sandbox", "other_psp")
METHODS = ("credit_card", "wallet")
CURRENCIES = ("EUR", "JPY")
FIRST, LAST = "2026-11-01", "2026-11-30"
PAID = ("captured", "partially_captured")
STATUSES = (*PAID, "failed", "expired", "cancelled", "voided", "unknown", "requires_action")
CATEGORY = {
    "capture": "capture",
    "late_payment": "capture",
    "refund_paid": "refund",
    "refund_reversed": "refund_reversal",
    "dispute_withdrawn": "chargeback",
    "dispute_reinstated": "chargeback_reversal",
}


@dataclass
class World:
    """The facts of so many orders, each once, and the lake's rows of them."""

    seed: int
    size: int = 80
    orders: list[Row] = field(default_factory=list)
    legs: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        for number in range(self.size):
            self._order(number)
        for number in range(self.size // 3):
            self._payout(number)
        self._batch_lines()
        versions = [row for order in self.orders for row in self._versions(order)]
        self.rows = {
            "orders": self._delivered(versions),
            "postings": self._delivered(self.legs),
            "settlement_lines": self._delivered(self.lines),
        }

    def _day(self, after: str = "2026-10-20", days: int = 50) -> str:
        later = self.random.randrange(days)
        return (date.fromisoformat(after) + timedelta(days=later)).isoformat()

    def _delivered(self, rows: list[Row]) -> list[Row]:
        """Some rows twice, lines in another file, and all of them in no order."""
        again = self.random.sample(rows, len(rows) // 4)
        found = rows + [row | {"file_id": "again"} if "file_id" in row else row for row in again]
        self.random.shuffle(found)
        return found

    def _versions(self, order: Row) -> Iterator[Row]:
        yield order
        for version in range(1, order["version"]):
            unpaid = {"captured": 0, "refunded": 0, "disputed": 0, "failure_code": "not_yet"}
            yield {**order, **unpaid, "version": version, "status": "sent"}

    def _order(self, number: int) -> None:
        random = self.random
        status = random.choice(STATUSES)
        captured = random.randrange(1, 20_000) if status in PAID else 0
        order: Row = {
            "order_id": f"ord_{number}",
            "version": random.randrange(1, 13),
            "seller_id": f"s{random.randrange(5)}",
            "status": status,
            "currency": random.choice(CURRENCIES),
            "captured": captured,
            "refunded": random.choice((0, captured // 3, captured)),
            "disputed": random.choice((0, captured // 2)),
            "method": random.choice(METHODS),
            "psp": random.choice(PSPS),
            "failure_code": random.choice(("do_not_honor", "expired_card"))
            if status == "failed"
            else None,
            "decline_type": random.choice(("hard", "soft")) if status == "failed" else None,
            "country": random.choice(("DE", "JP", None)),
            "day": self._day(),
        }
        self.orders.append(order)
        if captured:
            self._history(order)
        elif status == "expired":
            self._late(order)

    def _late(self, order: Row) -> None:
        """Money that came after the expiry, and its way back."""
        minor, name = self.random.randrange(1, 20_000), order["order_id"]
        psp, kept = f"psp_receivable:{order['psp']}", f"unallocated:{order['psp']}"
        came = self._day(order["day"], 4)
        charge = self._known(f"ch_{name}")
        self._journal("late_payment", order, came, charge, {psp: minor, kept: -minor})
        legs = {kept: minor, "refund_clearing": -minor}
        self._journal("refund_requested", order, came, None, legs)
        if self.random.random() < 0.7:
            legs, paid = {"refund_clearing": minor, psp: -minor}, self._day(came, 6)
            self._journal("refund_paid", order, paid, self._known(f"re_{name}"), legs)

    def _history(self, order: Row) -> None:
        """An order's journals, of which some stand in a file."""
        random, amount = self.random, order["captured"]
        name, psp = order["order_id"], f"psp_receivable:{order['psp']}"
        day = self._day(order["day"], 4)
        self._journal(
            "capture",
            order,
            day,
            self._known(f"ch_{name}"),
            {psp: amount, "seller_pending:s": -amount},
        )
        for number in range(random.randrange(3)):
            part, subject = random.randrange(1, amount + 1), self._known(f"re_{name}_{number}")
            asked = self._day(day, 12)
            self._journal(
                "refund_requested",
                order,
                asked,
                None,
                {"seller_pending:s": part, "refund_clearing": -part},
            )
            if random.random() < 0.7:
                paid = self._day(asked, 6)
                legs = {"refund_clearing": part, psp: -part}
                self._journal("refund_paid", order, paid, subject, legs)
                if random.random() < 0.2:
                    legs = {psp: part, "seller_pending:s": -part}
                    self._journal("refund_reversed", order, self._day(paid, 5), subject, legs)
        if random.random() < 0.4:
            lost, subject = random.randrange(1, amount + 1), f"dp_{name}"
            taken = self._day(day, 35)
            legs = {"chargeback_suspense": lost, "dispute_fee_expense": 1_500, psp: -lost - 1_500}
            self._journal("dispute_withdrawn", order, taken, subject, legs)
            if random.random() < 0.5:
                legs = {psp: lost, "chargeback_suspense": -lost}
                self._journal("dispute_reinstated", order, self._day(taken, 20), subject, legs)

    def _known(self, reference: str) -> str | None:
        """An id of the PSP's, which the ledger may lack."""
        return reference if self.random.random() < 0.85 else None

    def _payout(self, number: int) -> None:
        amount, account = self.random.randrange(1, 9_999), f"seller_in_payout:s{number % 3}"
        payout: Row = {"order_id": f"po_{number}", "currency": self.random.choice(CURRENCIES)}
        day = self._day()
        self._journal(
            "payout_reserved", payout, day, None, {"seller_available:s": amount, account: -amount}
        )
        if self.random.random() < 0.6:
            day = self._day(day, 8)
            self._journal("payout_paid", payout, day, None, {account: amount, "bank:b": -amount})
            if self.random.random() < 0.4:
                day = self._day(day, 8)
                legs = {"bank:b": amount, account: -amount}
                self._journal("payout_returned", payout, day, None, legs)

    def _journal(
        self, kind: str, order: Row, day: str, psp_reference: str | None, legs: Mapping[str, int]
    ) -> None:
        ledger_id = f"jrn_{len(self.legs)}"
        for place, (account, amount) in enumerate(legs.items()):
            account_kind, _, owner = account.partition(":")
            self.legs.append(
                {
                    "ledger_id": ledger_id,
                    "leg": place,
                    "kind": kind,
                    "reference": order["order_id"],
                    "account": account,
                    "account_kind": account_kind,
                    "owner_id": owner,
                    "currency": order["currency"],
                    "amount": amount,
                    "psp_reference": psp_reference,
                    "day": day,
                }
            )
        moved = next((minor for name, minor in legs.items() if "psp_receivable" in name), 0)
        if kind in CATEGORY and self.random.random() < 0.7:
            self._line(CATEGORY[kind], order, psp_reference or "", moved, day)

    def _line(self, category: str, order: Row, subject: str, moved: int, day: str) -> None:
        """A line that may lack one of the references, as PSPs' lines do."""
        lacks = self.random.choice(("nothing", "nothing", "merchant", "charge"))
        fee = self.random.randrange(300) if category == "capture" else 0
        capture, stray = category == "capture", self.random.random() < 0.2
        self.lines.append(
            {
                "line_hash": f"line_{len(self.lines)}",
                "file_id": "first",
                "category": category,
                "merchant_reference": None if lacks == "merchant" else order["order_id"],
                "psp_reference": None
                if capture and lacks == "charge"
                else f"ch_{order['order_id']}",
                "modification_reference": None if capture else subject,
                "currency": order["currency"],
                "gross": moved,
                "fee": fee,
                "net": moved - fee,
                # Now and then another PSP's file tells of it, which settles nothing here.
                "psp": self.random.choice(PSPS) if stray else order["psp"],
                "day": self._day(day, 6),
            }
        )

    def _batch_lines(self) -> None:
        """Lines of batches: a fee in the one column or the other, and what was paid out."""
        for psp in PSPS:
            for category, gross, fee in (("fee", -250, 0), ("fee", 0, 125), ("payout", -90_000, 0)):
                order: Row = {"order_id": "", "currency": "EUR", "psp": psp}
                self._line(category, order, "", gross, self._day(FIRST, 20))
                self.lines[-1] |= {"fee": fee, "net": gross - fee}


Counted = list[tuple[Any, ...]]


def count(world: World, question: Question) -> Counted:
    """What a person would find, row by row, in the order of the report's columns."""
    return _COUNTS[question.report](world, question.first_day, question.last_day)


def within(rows: Iterable[Row], first: str, last: str) -> list[Row]:
    return [row for row in rows if first <= row["day"] <= last]


def grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] or "" for name in names)].append(row)
    return dict(sorted(found.items()))


def share(part: int, whole: int) -> int | None:
    return part * 10_000 // whole if whole > 0 and part >= 0 else None


def _sum(rows: Iterable[Row], name: str) -> int:
    return sum(row[name] for row in rows)


def _success_rate(world: World, first: str, last: str) -> Counted:
    found = []
    orders = within(world.orders, first, last)
    for key, rows in grouped(orders, "psp", "method", "country").items():
        states = [row["status"] for row in rows]
        good = sum(state in PAID for state in states)
        bad = states.count("failed") + states.count("expired")
        gone = states.count("cancelled") + states.count("voided")
        rest = len(states) - good - bad - gone
        found.append((*key, len(states), good, bad, gone, rest, share(good, good + bad)))
    return found


def _movements(world: World) -> list[Row]:
    """The journals that moved something at a PSP: what they did to it, and the fee in it."""
    fees = {
        leg["ledger_id"]: leg["amount"]
        for leg in world.legs
        if leg["account_kind"] == "dispute_fee_expense"
    }
    return [
        {**leg, "psp": leg["owner_id"], "dispute_fee": fees.get(leg["ledger_id"], 0)}
        for leg in world.legs
        if leg["account_kind"] == "psp_receivable"
    ]


def _volume(world: World, first: str, last: str) -> Counted:
    found = []
    for key, rows in grouped(
        within(_movements(world), first, last), "day", "psp", "currency"
    ).items():
        of = grouped(rows, "kind")
        took, gave = (of.get((f"dispute_{how}",), []) for how in ("withdrawn", "reinstated"))
        paid, undone = (of.get((f"refund_{how}",), []) for how in ("paid", "reversed"))
        captures = of.get(("capture",), []) + of.get(("late_payment",), [])
        captured, refunded = _sum(captures, "amount"), -_sum([*paid, *undone], "amount")
        charged = -_sum([*took, *gave], "amount") - _sum(took, "dispute_fee")
        net = captured - refunded - charged
        counts = (len(captures), captured, len(paid), refunded, len(took), charged, net)
        found.append((*key, *counts))
    return found


def _psp_cost(world: World, first: str, last: str) -> Counted:
    found = []
    lines = [row for row in within(world.lines, first, last) if row["category"] != "payout"]
    for key, rows in grouped(lines, "psp", "currency").items():
        captures = [row for row in rows if row["category"] == "capture"]
        fees = _sum(rows, "fee") + sum(-r["gross"] for r in rows if r["category"] == "fee")
        captured, own = _sum(captures, "gross"), _sum(captures, "fee")
        found.append(
            (*key, len(rows), len(captures), captured, own, fees - own, fees, share(fees, captured))
        )
    return found


def _seller_volume(world: World, first: str, last: str) -> Counted:
    found = []
    for key, rows in grouped(within(world.orders, first, last), "seller_id", "currency").items():
        sums = [_sum(rows, name) for name in ("captured", "refunded", "disputed")]
        found.append((*key, len(rows), sum(row["captured"] > 0 for row in rows), *sums))
    return sorted(found, key=lambda row: (row[1], -row[4], row[0]))


def _paid(world: World, first: str, last: str) -> dict[tuple[Any, ...], list[Row]]:
    orders = (row for row in within(world.orders, first, last) if row["captured"])
    return grouped(orders, "psp", "method", "currency")


def _refund_rate(world: World, first: str, last: str) -> Counted:
    found = []
    for key, rows in _paid(world, first, last).items():
        some = sum(row["refunded"] > 0 for row in rows)
        captured, refunded = _sum(rows, "captured"), _sum(rows, "refunded")
        shares = (share(some, len(rows)), share(refunded, captured))
        found.append((*key, len(rows), some, captured, refunded, *shares))
    return found


def _dispute_rate(world: World, first: str, last: str) -> Counted:
    taken, back = defaultdict[str, int](int), defaultdict[str, int](int)
    for row in _movements(world):
        if row["kind"] == "dispute_withdrawn":
            taken[row["reference"]] -= row["amount"] + row["dispute_fee"]
        elif row["kind"] == "dispute_reinstated":
            back[row["reference"]] += row["amount"]
    found = []
    for key, rows in _paid(world, first, last).items():
        names = [row["order_id"] for row in rows]
        some = sum(taken[name] > 0 for name in names)
        captured, lost = _sum(rows, "captured"), sum(taken[name] for name in names)
        shares = (share(some, len(rows)), share(lost, captured))
        won = sum(back[name] for name in names)
        found.append((*key, len(rows), some, captured, lost, won, *shares))
    return found


def _decline_reasons(world: World, first: str, last: str) -> Counted:
    failed = [row for row in within(world.orders, first, last) if row["status"] == "failed"]
    whole = {key: len(rows) for key, rows in grouped(failed, "psp", "method").items()}
    found = [
        (*key, len(rows), share(len(rows), whole[key[:2]]))
        for key, rows in grouped(failed, "psp", "method", "failure_code", "decline_type").items()
    ]
    return sorted(found, key=lambda row: (row[0], row[1], -row[4], row[2], row[3]))


def _clearing_ageing(world: World, _: str, last: str) -> Counted:
    items = [*_open_references(world, last), *_untold_movements(world, last)]
    ages: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for account_kind, currency, since, amount in items:
        days = (date.fromisoformat(last) - date.fromisoformat(since)).days
        limits = ((1, "0-1"), (4, "1-4"), (30, "4-30"), (10**6, "over-30"))
        age = next(name for limit, name in limits if days < limit)
        ages[account_kind, currency, age].append(amount)
    return [(*key, len(found), sum(found)) for key, found in sorted(ages.items())]


def _open_references(world: World, last: str) -> Iterator[tuple[str, str, str, int]]:
    kinds = ("refund_clearing", "chargeback_suspense", "seller_in_payout")
    legs = [leg for leg in world.legs if leg["account_kind"] in kinds and leg["day"] <= last]
    for key, rows in grouped(legs, "account_kind", "currency", "account", "reference").items():
        held, since = 0, ""
        for day, moved in grouped(rows, "day").items():
            since = since if held else day[0]
            held += _sum(moved, "amount")
        if held:
            yield key[0], key[1], since, held


def _same(told: str | None, booked: str | None) -> bool:
    """Whether both know an id, and the same one."""
    return bool(told) and told == booked


def _untold_movements(world: World, last: str) -> Iterator[tuple[str, str, str, int]]:
    lines = [line for line in world.lines if line["day"] <= last]
    for row in _movements(world):
        category = CATEGORY[row["kind"]]
        mine = [x for x in lines if (x["psp"], x["category"]) == (row["psp"], category)]
        if category == "capture":
            told = [x for x in mine if x["merchant_reference"] == row["reference"]]
            told += [x for x in mine if _same(x["psp_reference"], row["psp_reference"])]
        else:
            told = [x for x in mine if _same(x["modification_reference"], row["psp_reference"])]
        if row["day"] <= last and not told:
            yield "psp_receivable", row["currency"], row["day"], row["amount"]


_COUNTS: Mapping[Report, Callable[[World, str, str], Counted]] = {
    Report.SUCCESS_RATE: _success_rate,
    Report.VOLUME: _volume,
    Report.PSP_COST: _psp_cost,
    Report.SELLER_VOLUME: _seller_volume,
    Report.REFUND_RATE: _refund_rate,
    Report.DISPUTE_RATE: _dispute_rate,
    Report.DECLINE_REASONS: _decline_reasons,
    Report.CLEARING_AGEING: _clearing_ageing,
}
