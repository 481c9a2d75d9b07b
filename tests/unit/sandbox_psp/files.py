"""Reads what the sandbox publishes, as a merchant would, and sells what it is to publish."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.unit.sandbox_psp.shop import OK, Shop

Row = dict[str, str]


def sell(shop: Shop, count: int, checkout: str = "chk-1", least: int = 1_000) -> list[str]:
    """The charges of as many orders of one checkout, each of another amount."""
    token = shop.session(checkout, amount=1_000_000, card=OK)
    prefix = "ord" if checkout == "chk-1" else checkout
    charges = [shop.charge(token, f"{prefix}-{n}", least + n).json for n in range(count)]
    return [charge["psp_reference"] for charge in charges]


def settle(shop: Shop, *inject: tuple[str, int], **body: object) -> Any:
    """What closing the day answers; ``inject`` are kinds and how many of each."""
    asked = [{"kind": kind, "count": count} for kind, count in inject]
    return shop.call("POST", "/_control/settle", {"inject": asked, **body})


def rows_of(shop: Shop, path: str) -> list[Row]:
    """The rows of a CSV the sandbox answers."""
    body = shop.call("GET", path).response.body
    return list(csv.DictReader(io.StringIO(body.decode())))


def statement(shop: Shop, day: str = "2026-11-22") -> list[tuple[str, str, str, int]]:
    """Type, reference, currency and amount of each line of a day's bank statement."""
    rows = rows_of(shop, f"/v1/bank/statements/{day}")
    return [(r["type"], r["reference"], r["currency"], int(r["amount"])) for r in rows]


@dataclass(frozen=True)
class File:
    """A settlement file: its lines, the rows of its batch, and the payouts at its end."""

    batch: str
    lines: list[Row]
    rows: list[Row]
    payouts: dict[str, int]
    planted: list[dict[str, Any]]

    @property
    def distinct(self) -> dict[str, int]:
        """What lines and rows add up to in each currency, the same line counted once."""
        told = {tuple(v for k, v in row.items() if k != "line"): row for row in self.lines}
        sums: Counter[str] = Counter()
        for row in [*told.values(), *self.rows]:
            sums[row["currency"]] += int(row["net"])
        return {currency: net for currency, net in sums.items() if net}

    def of(self, psp_reference: str) -> list[tuple[str, str, str, str]]:
        """Type, currency, gross and fee of the lines about a charge."""
        about = [line for line in self.lines if line["psp_reference"] == psp_reference]
        return [(line["type"], line["currency"], line["gross"], line["fee"]) for line in about]


def closed(shop: Shop, *inject: tuple[str, int], **body: object) -> File:
    """The file of a day closed now."""
    answer = settle(shop, *inject, **body)
    assert answer.status == 200, answer.json
    rows = rows_of(shop, f"/v1/settlements/{answer.json['file']}")
    lines = [row for row in rows if row["psp_reference"]]
    batch = [row for row in rows if not row["psp_reference"]]
    payouts = {row["currency"]: int(row["net"]) for row in batch if row["type"] == "payout"}
    assert answer.json["lines"] == len(lines)
    assert [row["line"] for row in rows] == [str(n + 1) for n in range(len(rows))]
    others = [row for row in batch if row["type"] != "payout"]
    number = str(answer.json["batch"])
    assert {row["batch"] for row in rows} <= {number}
    return File(number, lines, others, payouts, answer.json["planted"])
