"""Days of a marketplace, told by the ledger and by PSP and bank, with faults planted.

Every fault says by itself which differences it must make; whatever else is found is false.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.ledger import journal_key
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import settlement_reference, shifted
from countinghouse.ports.lakehouse import Window
from tests.lakes import DuckLake

PSP = "sandbox"
DAY = "2026-11-22"
"""The run's day; files are there for it and all ten before."""
FIRST = "2026-11-13"
FEE = ContractFee(14, 25)
WINDOW = Window(PSP, FIRST, DAY, FEE)
KINDS = {
    "capture": "capture",
    "refund": "refund_paid",
    "refund_reversal": "refund_reversed",
    "chargeback": "dispute_withdrawn",
    "chargeback_reversal": "dispute_reinstated",
}
DISPUTE_FEE = 1_500


Terms = dict[str, Any]
"""Fields of a row, or of a difference."""


def hash_of(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def batch_of(day: str) -> str:
    return day.replace("-", "")[4:]


@dataclass
class Sale:
    """An order's part of a checkout, as both sides should know it."""

    order: str
    amount: int
    day: str
    currency: str = "EUR"
    checkout: str = ""
    charge: str = ""

    def __post_init__(self) -> None:
        self.checkout = self.checkout or f"chk_{self.order}"
        self.charge = self.charge or f"ch_{self.order}"

    @property
    def ledger_id(self) -> str:
        return journal_key(self.order, "capture").ledger_id


@dataclass
class Days:
    """Rows of the lake, and the differences they must make."""

    lake: DuckLake = field(default_factory=DuckLake)
    expected: list[Difference] = field(default_factory=list)
    _open_batches: set[tuple[str, str]] = field(default_factory=set)

    # --- what both sides tell ------------------------------------------------------------------
    def post(
        self,
        sale: Sale,
        category: str = "capture",
        amount: int | None = None,
        *,
        reference: str = "",
        day: str = "",
        fee: int = 0,
        sequence: str = "0",
        **changes: Any,
    ) -> dict[str, Any]:
        """Book a movement; its leg on the PSP's account. A chargeback's `fee` is on top."""
        kind = KINDS[category]
        booked = sale.amount if amount is None else amount
        leg = {
            "ledger_id": journal_key(sale.order, kind, f"{reference}{sequence}").ledger_id
            if category != "capture"
            else sale.ledger_id,
            "leg": 0,
            "kind": kind,
            "reference": sale.order,
            "account": f"psp_receivable:{PSP}",
            "account_kind": "psp_receivable",
            "owner_id": PSP,
            "currency": sale.currency,
            "amount": booked - fee,
            "checkout_id": sale.checkout,
            "psp_reference": sale.charge if category == "capture" else reference,
            "day": day or sale.day,
            **changes,
        }
        other = leg | {"leg": 1, "account_kind": "seller_pending", "owner_id": "s1"}
        self.lake.rows["postings"] += [leg, other | {"amount": -booked}]
        if fee:
            cost = {"leg": 2, "account_kind": "dispute_fee_expense", "owner_id": None}
            self.lake.rows["postings"].append(leg | cost | {"amount": fee})
        return leg

    def tell(
        self,
        sale: Sale,
        category: str = "capture",
        gross: int | None = None,
        *,
        reference: str = "",
        day: str = "",
        **changes: Any,
    ) -> dict[str, Any]:
        """A line of the PSP's file, the fee by contract."""
        day = day or sale.day
        told = sale.amount if gross is None else gross
        line = {
            "file_id": f"f{batch_of(day)}",
            "line_no": len(self.lake.rows["settlement_lines"]) + 1,
            "batch": batch_of(day),
            "category": category,
            "raw_type": f"raw_{category}",
            "merchant_reference": sale.order,
            "psp_reference": sale.charge,
            "modification_reference": reference or None,
            "currency": sale.currency,
            "gross": told,
            "fee": FEE.of(told) if category == "capture" else 0,
            "booked_at": 0,
            "psp": PSP,
            "day": day,
            **changes,
        }
        line["net"] = line["gross"] - line["fee"]
        line["line_hash"] = hash_of(*line.values())
        self.lake.rows["settlement_lines"].append(line)
        return line

    def sell(self, order: str, amount: int = 7_000, day: str = DAY, **changes: Any) -> Sale:
        """A capture that both sides know."""
        sale = Sale(order, amount, day, **changes)
        self.post(sale)
        self.tell(sale)
        return sale

    def show(
        self, category: str, reference: str, amount: int, day: str = DAY, **changes: Any
    ) -> dict[str, Any]:
        """A line of the bank's statement."""
        line = {
            "file_id": f"b{batch_of(day)}",
            "line_no": len(self.lake.rows["bank_lines"]) + 1,
            "category": category,
            "reference": reference or None,
            "currency": "EUR",
            "amount": amount,
            "account": PSP,
            "day": day,
            **changes,
        }
        line["line_hash"] = hash_of(*line.values())
        self.lake.rows["bank_lines"].append(line)
        return line

    def pay_out(
        self, payout: str, amount: int, kind: str = "payout_paid", day: str = DAY, **changes: Any
    ) -> dict[str, Any]:
        """Book a seller's payout, or its return; the bank's leg."""
        leg = {
            "ledger_id": journal_key(payout, kind).ledger_id,
            "leg": 1,
            "kind": kind,
            "reference": payout,
            "account": f"bank:{PSP}",
            "account_kind": "bank",
            "owner_id": PSP,
            "currency": "EUR",
            "amount": amount,
            "psp_reference": f"po_{payout}",
            "day": day,
            **changes,
        }
        self.lake.rows["postings"].append(leg)
        return leg

    # --- what must be found --------------------------------------------------------------------
    def expect(
        self,
        sides: Sides,
        ours: dict[str, Any] | None,
        line: dict[str, Any] | None,
        **changes: Any,
    ) -> None:
        """A difference made of a leg and a line as they are; `changes` say the rest."""
        self.expected.append(replace(difference(sides, ours, line), **changes))

    # --- the files' ends -----------------------------------------------------------------------
    def close(self, *, arrive: bool = True) -> None:
        """Add each batch's payout row, and the bank's line of it, to what was told so far."""
        for (day, batch, currency), net in sorted(self.nets().items()):
            if (batch, currency) in self._open_batches or net == 0:
                continue
            sale = Sale("", -net, day, currency)
            row: Terms = {"batch": batch, "merchant_reference": None, "psp_reference": None}
            self.tell(sale, "payout", **row)
            if arrive:
                self.show("settlement", batch, net, day, currency=currency)

    def nets(self) -> dict[tuple[str, str, str], int]:
        """What each batch comes to, each line once."""
        nets: dict[tuple[str, str, str], int] = {}
        seen: set[str] = set()
        for line in self.lake.rows["settlement_lines"]:
            if line["psp"] == PSP and line["line_hash"] not in seen:
                seen.add(line["line_hash"])
                key = (line["day"], line["batch"], line["currency"])
                nets[key] = nets.get(key, 0) + line["net"]
        return nets

    def leave_open(self, batch: str, currency: str = "EUR") -> None:
        """Let `close` pass a batch over."""
        self._open_batches.add((batch, currency))

    def fill_days(self, first: str = FIRST, last: str = DAY) -> None:
        """A sale on every day, so that each has its file."""
        day = first
        while day <= last:
            self.sell(f"day_{day}", 4_200, day)
            day = shifted(day, 1)

    def settle(self, batches: Iterable[str]) -> None:
        """Book the settlement journals of these batches, by the rule of the contract."""
        credit: dict[tuple[str, str, str], int] = {}
        seen: set[str] = set()
        for line in self.lake.rows["settlement_lines"]:
            if line["psp"] != PSP or line["batch"] not in batches or line["line_hash"] in seen:
                continue
            seen.add(line["line_hash"])
            if line["category"] not in ("payout", "fee"):
                fee_due = FEE.of(line["gross"]) if line["category"] == "capture" else 0
                key = (line["day"], line["batch"], line["currency"])
                credit[key] = credit.get(key, 0) + line["net"] + fee_due
        for (day, batch, currency), amount in credit.items():
            sale = Sale(settlement_reference(PSP, batch, currency), -amount, day, currency)
            self.post(sale, kind="settlement")

    def copied(self, random: Random, share: int = 10) -> None:
        """Deliver some rows again, as a lake that takes each at least once does."""
        for rows in self.lake.rows.values():
            rows += [dict(row) for row in rows if random.randrange(share) == 0]
            random.shuffle(rows)


def difference(
    sides: Sides, ours: dict[str, Any] | None, line: dict[str, Any] | None
) -> Difference:
    """What a leg and a line make when neither knows more than itself."""
    leg: dict[str, Any] = ours or {}
    said: dict[str, Any] = line or {}
    category = next(
        (name for name, kind in KINDS.items() if kind == leg.get("kind")), said.get("category", "")
    )
    capture = category == "capture"
    anchors = {Sides.THEIRS: f"line:{said.get('line_hash')}"}
    gross = said.get("gross", 0)
    return Difference(
        anchor=anchors.get(sides, f"ledger:{leg.get('ledger_id')}"),
        sides=sides,
        category=category,
        day=max(leg.get("day", ""), said.get("day", "")),
        order_id=leg.get("reference", said.get("merchant_reference") or ""),
        checkout_id=leg.get("checkout_id") or "",
        ledger_id=leg.get("ledger_id", ""),
        psp_reference=said.get("psp_reference")
        or (leg.get("psp_reference") or "" if capture else ""),
        modification_reference=""
        if capture
        else said.get("modification_reference") or leg.get("psp_reference") or "",
        file_id=said.get("file_id", ""),
        line_no=said.get("line_no", 0),
        batch=said.get("batch", ""),
        our_currency=leg.get("currency", ""),
        our_amount=leg.get("amount", 0),
        their_currency=said.get("currency", ""),
        their_amount=gross,
        fee=said.get("fee", 0),
        expected_fee=FEE.of(gross) if said and capture else 0,
        parent_known=not capture and bool(leg),
        checkout_open=leg.get("amount", 0) - gross if capture and leg.get("checkout_id") else 0,
        returned=0,
        suggestion="",
        raw_type=said.get("raw_type", ""),
        original_currency=said.get("original_currency") or "",
        original_gross=said.get("original_gross") or 0,
    )
