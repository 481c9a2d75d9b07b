"""How breaks look from outside: in an answer of the API, in a published event."""

from countinghouse.domain.breaks import Break, Resolution
from countinghouse.domain.instants import Instant, rfc3339

View = dict[str, object]


def break_view(brk: Break, now: Instant) -> View:
    """A break. `expected` is what our books say, `actual` what the PSP or the bank says.

    Amounts have our sign; a side that says nothing is null. `residuals` are what the difference
    leaves on the PSP's account, `left` what of it still stands there.
    """
    view: View = {
        "break_id": brk.break_id,
        "code": str(brk.code),
        "status": str(brk.status),
        "psp": brk.psp,
        "run_id": brk.run_id,
        "day": brk.day,
        "age_days": brk.age_days(now),
        "expected": _side(brk.our_currency, brk.our_amount, brk.expected_fee),
        "actual": _side(brk.their_currency, brk.their_amount, brk.fee),
        "residuals": _amounts(brk.residuals),
        "left": _amounts(brk.left),
        "evidence": list(brk.evidence),
        "detail": brk.detail,
        "journals": list(brk.standing),
        "history": [_resolution_view(one) for one in brk.past],
        "version": brk.version,
        "opened_at": rfc3339(brk.opened_at),
        "updated_at": rfc3339(brk.updated_at),
    }
    optional = {
        "order_id": brk.order_id,
        "psp_reference": brk.psp_reference,
        "suggestion": brk.suggestion,
    }
    view |= {name: value for name, value in optional.items() if value}
    if brk.file_id:
        view["file"] = {"file_id": brk.file_id, "line": brk.line_no}
    if brk.resolution is not None:
        view["resolution"] = _resolution_view(brk.resolution)
    return view


def _side(currency: str, minor: int, fee: int) -> View | None:
    if not currency:
        return None
    return {"amount": minor, "currency": currency, "fee": fee}


def _amounts(residuals: tuple[tuple[str, int], ...]) -> list[View]:
    return [{"amount": minor, "currency": currency} for currency, minor in residuals]


def _resolution_view(resolution: Resolution) -> View:
    """What was done or is asked for; without `resolved_at` it waits for a second person."""
    view: View = {
        "action": str(resolution.action),
        "reason": resolution.reason,
        "requested_by": resolution.requested_by,
        "requested_at": rfc3339(resolution.requested_at),
    }
    optional = {
        "approved_by": resolution.approved_by,
        "ledger_id": resolution.ledger_id,
        "rule_id": resolution.rule_id,
        "rule_version": resolution.rule_version,
    }
    view |= {name: value for name, value in optional.items() if value}
    if resolution.resolved_at is not None:
        view["resolved_at"] = rfc3339(resolution.resolved_at)
    return view
