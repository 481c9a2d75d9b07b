"""Closes, bills and documents in memory, conditional as the DynamoDB ones (tests/contract)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from countinghouse.domain.close import Closes, Month
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.invoice import Bill

TRANSACTION_MAX = 100


@dataclass
class FakeCloseBook:
    """The closes; `interfere` holds what others do just before the next writes."""

    kept: Closes = field(default_factory=Closes)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def closes(self) -> Closes:
        return self.kept

    def record(self, old: Closes, new: Closes) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        if len(self.kept.months) != len(old.months):
            raise Conflict("other months were closed")
        self.kept = new


@dataclass
class FakeBillRegister:
    """Bills by seller and month; `series` counts each seller's numbers."""

    bills: dict[tuple[str, Month], Bill] = field(default_factory=dict)
    series: dict[str, int] = field(default_factory=dict)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def bill(self, seller_id: str, month: Month) -> Bill | None:
        return self.bills.get((seller_id, month))

    def billed(self, seller_ids: Iterable[str], month: Month) -> frozenset[str]:
        return frozenset(one for one in seller_ids if (one, month) in self.bills)

    def taken(self, seller_id: str) -> int:
        return self.series.get(seller_id, 0)

    def register(self, seller_id: str, month: Month, taken: int, bill: Bill) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        moved = bill.papers and self.taken(seller_id) != taken
        if len(bill.papers) + 2 > TRANSACTION_MAX:
            raise Invalid("a bill of more papers than one transaction holds")
        if moved or (seller_id, month) in self.bills:
            raise Conflict("somebody else billed this seller")
        self.bills[seller_id, month] = bill
        if bill.papers:
            self.series[seller_id] = taken + len(bill.papers)


@dataclass
class FakeDocumentStore:
    """Every version of every document; `fail` are writes that do not come through."""

    versions: dict[str, list[bytes]] = field(default_factory=dict)
    media_types: dict[str, str] = field(default_factory=dict)
    fail: list[Exception] = field(default_factory=list)

    def read(self, key: str) -> bytes | None:
        return self.versions[key][-1] if key in self.versions else None

    def write(self, key: str, content: bytes, media_type: str) -> None:
        if self.fail:
            raise self.fail.pop(0)
        self.versions.setdefault(key, []).append(content)
        self.media_types[key] = media_type


@dataclass
class FakeCloseWorkflow:
    """The runs that were started, by name."""

    runs: dict[str, Month] = field(default_factory=dict)

    def start(self, month: Month, name: str) -> None:
        self.runs.setdefault(name, month)
