"""How statements and close packs look from outside: canonical JSON and CSV, the same bytes always.

JSON has sorted keys, no spaces and a newline at the end. The CSV columns are explained in
docs/billing.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from countinghouse.domain.accounts import BUCKETS
from countinghouse.domain.close_pack import ClosePack
from countinghouse.domain.instants import Instant, rfc3339
from countinghouse.domain.invoice import Issued, Paper, PaperKind
from countinghouse.domain.statement import Statement, StatementLine
from countinghouse.fee_views import fee_tax_view
from countinghouse.tables import csv_table

View = dict[str, Any]

CLOSED = "closed"
PRELIMINARY = "preliminary"

STATEMENT_COLUMNS = (
    *("record", "seller_id", "month", "status", "currency"),
    *("event_at", "created_at", "ledger_id", "kind", "reference"),
    *BUCKETS,
    *("fee", "tax", "document"),
)
AGED_COLUMNS = ("currency", "account", "reference", "residual", "since", "age_days")
FEE_COLUMNS = ("owner", "currency", "fee", "tax")

Papers = Sequence[tuple[Issued, Paper]]


def canonical_json(view: Mapping[str, object]) -> bytes:
    """A view as bytes: the same view is always the same bytes."""
    text = json.dumps(view, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{text}\n".encode()


def digest_of(statement: Statement) -> str:
    """SHA-256 over what a statement says, without status and documents."""
    return hashlib.sha256(canonical_json(_said(statement))).hexdigest()


def statement_view(
    statement: Statement, papers: Papers = (), closed_at: Instant | None = None
) -> View:
    """A statement as `GET /v1/sellers/{seller_id}/statements/{month}` shows it."""
    view = _said(statement)
    view["digest"] = digest_of(statement)
    view["status"] = PRELIMINARY if closed_at is None else CLOSED
    view["documents"] = [_paper_view(issued, paper) for issued, paper in papers]
    if closed_at is not None:
        view["closed_at"] = rfc3339(closed_at)
    return view


def statement_list(seller_id: str, month: str, status: str, statements: Iterable[bytes]) -> bytes:
    """The seller's statements as one object, each as it is stored, byte for byte."""
    known = canonical_json({"month": month, "seller_id": seller_id}).rstrip(b"}\n")
    rows = b",".join(statement.rstrip(b"\n") for statement in statements)
    return known + b',"statements":[' + rows + b'],"status":"' + status.encode() + b'"}\n'


def joined_csv(tables: Sequence[bytes]) -> bytes:
    """Tables of the same columns as one; the header stands once."""
    if not tables:
        return statements_csv(())
    bodies = (table.split(b"\r\n", 1)[1] for table in tables[1:])
    return tables[0] + b"".join(bodies)


def _said(statement: Statement) -> View:
    return {
        "seller_id": statement.seller_id,
        "currency": statement.currency,
        "month": statement.month,
        "opening": dict(statement.opening),
        "closing": dict(statement.closing),
        "lines": [_line_view(line) for line in statement.lines],
        "totals": {
            kind: {
                "count": total.count,
                "changes": dict(total.changes),
                "fee": total.fee_minor,
                "tax": total.tax_minor,
            }
            for kind, total in statement.totals().items()
        },
        "fee": statement.fee_minor,
        "tax": statement.tax_minor,
    }


def _line_view(line: StatementLine) -> View:
    view: View = {
        "event_at": rfc3339(line.event_at),
        "created_at": rfc3339(line.created_at),
        "ledger_id": line.ledger_id,
        "kind": line.kind,
        "reference": line.reference,
        "changes": dict(line.changes),
        "fee": line.fee_minor,
        "tax": line.tax_minor,
    }
    if line.sent is not None:
        view |= {"payout_amount": line.sent.minor, "payout_currency": line.sent.currency}
    return view


def _paper_view(issued: Issued, paper: Paper) -> View:
    view: View = {
        "number": issued.number,
        "kind": str(issued.kind),
        "issued_at": rfc3339(issued.issued_at),
        "issuer": issued.issuer,
        "seller_id": paper.seller_id,
        "currency": paper.currency,
        "month": paper.month,
        "lines": [
            {
                "reference": line.reference,
                "fee": line.fee_minor,
                "tax": line.tax_minor,
                "total": line.fee_minor + line.tax_minor,
            }
            for line in paper.lines
        ],
        "fee": paper.fee_minor,
        "tax": paper.tax_minor,
        "total": paper.total_minor,
    }
    taxes = [
        {**fee_tax_view(one.rule), "fee": one.fee_minor, "tax": one.tax_minor}
        for one in paper.tax_sums()
    ]
    return {**view, "taxes": taxes} if taxes else view


def statements_csv(views: Iterable[View]) -> bytes:
    """Statements, shown by `statement_view`, as one table: opening, lines, closing, documents.

    A credit note's fee and tax stand below zero, so that a column adds up.
    """
    return csv_table(STATEMENT_COLUMNS, (row for view in views for row in _statement_rows(view)))


def _statement_rows(view: View) -> Iterable[View]:
    same = {name: view[name] for name in ("seller_id", "month", "status", "currency")}
    yield {"record": "opening", **same, **view["opening"]}
    for line in view["lines"]:
        yield {"record": "line", **same, **line, **line["changes"]}
    sums = {"fee": view["fee"], "tax": view["tax"]}
    yield {"record": "closing", **same, **view["closing"], **sums}
    for paper in view["documents"]:
        sign = -1 if paper["kind"] == PaperKind.CREDIT_NOTE else 1
        known = {"event_at": paper["issued_at"], "document": paper["number"]}
        for line in paper["lines"]:
            sums = {name: sign * line[name] for name in ("fee", "tax")}
            named = {"record": f"{paper['kind']}_line", "reference": line["reference"]}
            yield {**same, **known, **named, **sums}


def pack_view(pack: ClosePack) -> View:
    """A close pack as finance reads it; open items are in a table of their own."""
    balance = pack.trial_balance
    return {
        "month": pack.month,
        "closed_at": rfc3339(pack.closed_at),
        "trial_balance": {
            currency: {"total": balance.totals[currency], "accounts": dict(accounts)}
            for currency, accounts in balance.accounts.items()
        },
        "clearing": {
            currency: {
                account: {
                    "residual": aged.residual_minor,
                    "items": dict(aged.items),
                    "amounts": dict(aged.amounts),
                }
                for account, aged in accounts.items()
            }
            for currency, accounts in pack.aged().items()
        },
        "fees": [
            {"owner": row.owner, "currency": row.currency, "fee": row.fee_minor}
            | {"tax": row.tax_minor}
            for row in pack.fees
        ],
        "unreadable": list(pack.unreadable),
    }


def aged_csv(pack: ClosePack) -> bytes:
    """Every open item of the clearing accounts."""
    rows = (
        {
            "currency": item.currency,
            "account": item.account,
            "reference": item.reference,
            "residual": item.residual_minor,
            "since": rfc3339(item.since),
            "age_days": item.age,
        }
        for item in pack.open_items
    )
    return csv_table(AGED_COLUMNS, rows)


def fees_csv(pack: ClosePack) -> bytes:
    """The platform's fee and tax by seller and currency."""
    rows = (
        {"owner": r.owner, "currency": r.currency, "fee": r.fee_minor, "tax": r.tax_minor}
        for r in pack.fees
    )
    return csv_table(FEE_COLUMNS, rows)
