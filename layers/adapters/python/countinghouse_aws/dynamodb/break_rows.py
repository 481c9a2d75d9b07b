"""Rows of table `reconciliation` that are breaks, and the counters of what rules have settled.

brk_...                               break   a break; `open_psp` is there while it is open
cap#rounding#sandbox#EUR#2026-11-22   cap     what a rule drew on one cap
"""

from __future__ import annotations

from countinghouse.domain.break_rules import CapKey, CapUse
from countinghouse.domain.breaks import Break, BreakAction, BreakCode, BreakStatus, Resolution
from countinghouse.domain.difference import Sides
from countinghouse_aws.dynamodb.codec import Plain, present

BREAK = "break"
CAP = "cap"
BREAK_PREFIX = "brk_"
CAP_PREFIX = "cap#"


def break_key(break_id: str) -> dict[str, str]:
    """The key of a break's row."""
    return {"subject": break_id, "row": BREAK}


def cap_key(key: CapKey) -> dict[str, str]:
    """The key of a cap's row; no part of it holds a `#`."""
    subject = f"{CAP_PREFIX}{key.rule_id}#{key.psp}#{key.currency}#{key.day}"
    return {"subject": subject, "row": CAP}


def decode_cap(row: Plain) -> CapUse:
    """What a cap's row says."""
    rule_id, psp, currency, day = row["subject"].removeprefix(CAP_PREFIX).split("#")
    return CapUse(CapKey(rule_id, psp, currency, day), row["count"], row["used"])


def encode_break(brk: Break) -> Plain:
    """A break as its row."""
    return present(
        **break_key(brk.break_id),
        open_psp=None if brk.is_settled else brk.psp,
        psp=brk.psp,
        run_id=brk.run_id,
        day=brk.day,
        code=str(brk.code),
        anchor=brk.anchor,
        sides=str(brk.sides),
        category=brk.category,
        file_id=brk.file_id or None,
        line_no=brk.line_no or None,
        order_id=brk.order_id or None,
        psp_reference=brk.psp_reference or None,
        our_currency=brk.our_currency or None,
        our_amount=brk.our_amount,
        their_currency=brk.their_currency or None,
        their_amount=brk.their_amount,
        fee=brk.fee,
        expected_fee=brk.expected_fee,
        residuals=dict(brk.residuals) or None,
        status=str(brk.status),
        opened_at=brk.opened_at,
        updated_at=brk.updated_at,
        judged_day=brk.judged_day,
        seen_in=brk.seen_in,
        seen_at=brk.seen_at,
        evidence=list(brk.evidence) or None,
        suggestion=brk.suggestion or None,
        detail=brk.detail or None,
        resolution=_encode_resolution(brk.resolution) if brk.resolution else None,
        past=[_encode_resolution(one) for one in brk.past] or None,
        standing=list(brk.standing) or None,
        booked=brk.booked or None,
        version=brk.version,
    )


def decode_break(row: Plain) -> Break:
    """A break from its row."""
    resolution = row.get("resolution")
    return Break(
        break_id=row["subject"],
        psp=row["psp"],
        run_id=row["run_id"],
        day=row["day"],
        code=BreakCode(row["code"]),
        anchor=row["anchor"],
        sides=Sides(row["sides"]),
        category=row["category"],
        file_id=row.get("file_id", ""),
        line_no=row.get("line_no", 0),
        order_id=row.get("order_id", ""),
        psp_reference=row.get("psp_reference", ""),
        our_currency=row.get("our_currency", ""),
        our_amount=row["our_amount"],
        their_currency=row.get("their_currency", ""),
        their_amount=row["their_amount"],
        fee=row["fee"],
        expected_fee=row["expected_fee"],
        residuals=tuple(sorted(row.get("residuals", {}).items())),
        status=BreakStatus(row["status"]),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        judged_day=row["judged_day"],
        seen_in=row["seen_in"],
        seen_at=row["seen_at"],
        evidence=tuple(row.get("evidence", ())),
        suggestion=row.get("suggestion", ""),
        detail=row.get("detail", ""),
        resolution=_decode_resolution(resolution) if resolution else None,
        past=tuple(map(_decode_resolution, row.get("past", ()))),
        standing=tuple(row.get("standing", ())),
        booked=row.get("booked", 0),
        version=row["version"],
    )


def _encode_resolution(resolution: Resolution) -> Plain:
    return present(
        action=str(resolution.action),
        reason=resolution.reason,
        requested_by=resolution.requested_by,
        requested_at=resolution.requested_at,
        resolved_at=resolution.resolved_at,
        approved_by=resolution.approved_by or None,
        ledger_id=resolution.ledger_id or None,
        rule_id=resolution.rule_id or None,
        rule_version=resolution.rule_version or None,
    )


def _decode_resolution(row: Plain) -> Resolution:
    return Resolution(
        action=BreakAction(row["action"]),
        reason=row["reason"],
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        resolved_at=row.get("resolved_at"),
        approved_by=row.get("approved_by", ""),
        ledger_id=row.get("ledger_id", ""),
        rule_id=row.get("rule_id", ""),
        rule_version=row.get("rule_version", 0),
    )
