"""What the file itself says each seller is owed, and whether the books say the same.

The sums are made from the file's lines alone, never from an answer of the API.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tools.client import Client, Json
from tools.replay.folding import folded
from tools.replay.lines import Line, read_lines
from tools.replay.meter import Meter

_CAPTURE = "capture"
# How many sellers' orders are held in memory at a time.
_SELLERS_AT_ONCE = 500

Amounts = dict[str, int]


@dataclass(slots=True)
class Sums:
    """Minor units by seller and currency; `left_out` are lines that the API would not take."""

    by_seller: dict[str, Amounts] = field(default_factory=lambda: defaultdict(dict))
    left_out: set[int] = field(default_factory=set)

    def add(self, line: Line) -> None:
        """Count a line's orders."""
        for order in line.orders:
            sums = self.by_seller[order.seller_id]
            sums[line.currency] = sums.get(line.currency, 0) + order.amount


@dataclass(frozen=True, slots=True)
class SellerCheck:
    """One seller: what the file says, what the books say, and by which way they were read."""

    seller_id: str
    file: Amounts
    books: Amounts
    by_entries: bool

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.file == self.books


def check_wallets(client: Client, sums: Sums, meter: Meter, workers: int) -> Iterator[SellerCheck]:
    """Each seller's pending balance against the file's sum."""

    def check(seller_id: str) -> SellerCheck:
        balances = client.steady("GET", f"/v1/wallets/{seller_id}").body["balances"]
        pending = {currency: held["pending"] for currency, held in balances.items()}
        books = {currency: minor for currency, minor in pending.items() if minor}
        return SellerCheck(seller_id, sums.by_seller[seller_id], books, by_entries=False)

    with ThreadPoolExecutor(workers) as pool:
        for checked in pool.map(check, sums.by_seller):
            meter.advance()
            yield checked


def check_entries(
    client: Client, path: Path, sellers: Iterable[str], left_out: set[int]
) -> Iterator[SellerCheck]:
    """The same for sellers whose wallets hold more: only the journals of the file's own orders."""
    rest = iter(sellers)
    while some := frozenset(islice(rest, _SELLERS_AT_ONCE)):
        orders = _orders_of(path, some, left_out)
        for seller_id in sorted(some):
            file: Amounts = {}
            for currency, amount in orders[seller_id].values():
                file[currency] = file.get(currency, 0) + amount
            entries = client.pages(f"/v1/wallets/{seller_id}/entries", limit="100")
            books = captured(seller_id, entries, orders[seller_id])
            yield SellerCheck(seller_id, file, books, by_entries=True)


def captured(seller_id: str, entries: Iterable[Json], orders: Mapping[str, object]) -> Amounts:
    """What the captures of these orders brought the seller, by currency."""
    own = [entry for entry in entries if entry["kind"] == _CAPTURE and entry["reference"] in orders]
    return {c: held["pending"] for c, held in folded(seller_id, own).items() if held["pending"]}


def _orders_of(
    path: Path, sellers: frozenset[str], left_out: set[int]
) -> dict[str, dict[str, tuple[str, int]]]:
    """These sellers' orders in the file, each once however often the file has it."""
    found: dict[str, dict[str, tuple[str, int]]] = {seller: {} for seller in sellers}
    for line in _lines(path, left_out):
        for order in line.orders:
            if order.seller_id in found:
                found[order.seller_id][order.order_id] = (line.currency, order.amount)
    return found


def _lines(path: Path, left_out: set[int]) -> Iterator[Line]:
    """The lines that were played."""
    for line in read_lines(path):
        if isinstance(line, Line) and line.number not in left_out:
            yield line


@dataclass(frozen=True, slots=True)
class PspCheck:
    """The PSP's own book against the file: totals, and orders that are not charged just once."""

    file: Amounts
    psp: Amounts
    wrong: Sequence[str]

    @property
    def agrees(self) -> bool:
        """Whether every order was charged once and for its amount."""
        return not self.wrong and self.file == self.psp


def check_psp(charges: Iterable[Json], path: Path, left_out: set[int]) -> PspCheck:
    """Whether every order of the file has exactly one captured charge, and for its amount.

    The PSP tells its whole book in one answer, so memory for an id each is no matter here.
    """
    taken: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for charge in charges:
        if charge["captured"]:
            taken[charge["order_id"]].append((charge["currency"], charge["captured"]))
    file: Amounts = {}
    psp: Amounts = {}
    wrong: list[str] = []
    seen: set[str] = set()
    for line in _lines(path, left_out):
        for order in line.orders:
            if order.order_id in seen:
                continue
            seen.add(order.order_id)
            found = taken.get(order.order_id, [])
            file[line.currency] = file.get(line.currency, 0) + order.amount
            for currency, minor in found:
                psp[currency] = psp.get(currency, 0) + minor
            if found != [(line.currency, order.amount)]:
                wrong.append(f"line {line.number}, order {order.order_id}: captured {found}")
    return PspCheck(file, psp, wrong)
