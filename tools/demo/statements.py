"""The end of the month: it is closed, and the sellers' statements are on disk.

The first open month is closed early, which only the local stage allows. What is saved is checked
here once more: opening and lines add up to closing, and closing is what the wallet holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.client import Client, Json
from tools.demo.aftermath import Sale
from tools.demo.comparing import Comparison
from tools.local.places import LOCAL
from tools.replay.amounts import money

FOLDER = LOCAL / "statements"
_FORMATS = ("json", "csv", "pdf")
_PATIENCE_S = 90.0
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month: finance's pack, and where the statements were saved."""

    month: str
    pack: Json
    report: Json
    folder: Path


def close_month(client: Client, run: str) -> Closed:
    """Close the first month that is open. Raises TimeoutError when that does not end."""
    month = _first_open(client)
    client.steady("POST", "/v1/billing/closes", {"month": month})
    deadline = time.monotonic() + _PATIENCE_S
    while (close := _close(client, month))["status"] != "closed":
        if time.monotonic() > deadline:
            raise TimeoutError(f"month {month} is {close['status']}")
        time.sleep(_LOOK_S)
    return Closed(month, close["pack"], close["report"], FOLDER / run)


def _first_open(client: Client) -> str:
    month = time.strftime("%Y-%m", time.gmtime())
    while _close(client, month)["status"] == "closed":
        year, number = map(int, month.split("-"))
        month = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return month


def _close(client: Client, month: str) -> Json:
    return client.steady("GET", f"/v1/billing/closes/{month}").body


def compare_statements(client: Client, closed: Closed, sales: Sequence[Sale]) -> Comparison:
    """Save each seller's statement in every format, and hold it against the seller's wallet."""
    closed.folder.mkdir(parents=True, exist_ok=True)
    (closed.folder / "close-pack.json").write_text(json.dumps(closed.pack, indent=2) + "\n")
    rows: list[tuple[str, ...]] = []
    differences = list(_pack_differences(closed))
    for sale in sales:
        statement = _saved(client, closed, sale)
        wrong = list(_differences(sale, statement))
        differences += wrong
        documents = ", ".join(f"{d['kind']} {d['number']}" for d in statement["documents"])
        fee = sum(_signed(document) for document in statement["documents"])
        rows.append(
            (
                sale.seller_id,
                str(len(statement["lines"])),
                documents or "none",
                money(fee, sale.currency),
                "DIFFERS" if wrong else "ok",
            )
        )
    columns = ("seller", "journals", "documents", "fee and tax", "")
    title = f"Statements of {closed.month}, each tied to its journals and to the wallet"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _saved(client: Client, closed: Closed, sale: Sale) -> Json:
    path = f"/v1/sellers/{sale.seller_id}/statements/{closed.month}"
    for format_ in _FORMATS:
        name = closed.folder / f"{sale.seller_id}.{format_}"
        name.write_bytes(client.download(path, format=format_, currency=sale.currency))
    (statement,) = client.steady("GET", path).body["statements"]
    found: Json = statement
    return found


def _differences(sale: Sale, statement: Json) -> Iterator[str]:
    closing = {name: minor for name, minor in statement["closing"].items() if minor}
    for bucket, opening in statement["opening"].items():
        moved = sum(line["changes"][bucket] for line in statement["lines"])
        if opening + moved != statement["closing"][bucket]:
            yield f"{sale.seller_id}: the statement's {bucket} does not tie"
    if closing != sale.wallet():
        yield f"{sale.seller_id}: closes with {closing}, the wallet holds {sale.wallet()}"


def _pack_differences(closed: Closed) -> Iterator[str]:
    for currency, balance in closed.pack["trial_balance"].items():
        if balance["total"] != 0:
            yield f"the close pack's {currency} accounts add up to {balance['total']}, not 0"
    if closed.report["unbilled"]:
        yield f"not billed: {closed.report['unbilled']}"


def _signed(document: Json) -> int:
    minor = int(document["fee"]) + int(document["tax"])
    return minor if document["kind"] == "invoice" else -minor
