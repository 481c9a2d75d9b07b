"""What the workflow `month_close` hands to its tasks, one folder a step."""

from __future__ import annotations

from countinghouse.domain.close import month_before, month_of
from countinghouse.domain.instants import rfc3339
from tools.sample_events.world import NOW, Json

MONTH = month_before(month_of(NOW))
_CLOSED = {"month": MONTH}
_BILLED = {"month": MONTH, "seller_id": "s_amber"}

_STEPS: dict[str, tuple[Json, Json, Json]] = {
    "billing_steps/close": (_CLOSED, _CLOSED, {"month": "2026-13"}),
    "billing_steps/close_last": (
        {"started_at": rfc3339(NOW)},
        {"started_at": rfc3339(NOW)},
        {"month": MONTH},
    ),
    "billing_steps/list": (_CLOSED, _CLOSED, {}),
    "billing_steps/bill": (
        {"month": MONTH, "seller_id": "s_none"},
        _BILLED,
        {"month": MONTH, "seler_id": "s_amber"},
    ),
    "billing_steps/pack": (_CLOSED, _CLOSED, {"month": None}),
    "billing_steps/report": (_CLOSED, _CLOSED, {"month": "last"}),
    "billing_pdf/render": (
        {**_BILLED, "currencies": []},
        {**_BILLED, "currencies": ["EUR"]},
        {**_BILLED, "currencies": "EUR"},
    ),
}
"""The least, everything, and what is refused. The workflow always sends everything."""


def billing_tasks() -> dict[str, Json]:
    """Every task's samples, by path. The duplicate is the full one, tried again."""
    found: dict[str, Json] = {}
    for folder, (minimal, full, malformed) in _STEPS.items():
        step = folder.partition("/")[2]
        samples = {"minimal": minimal, "full": full, "duplicate": full, "malformed": malformed}
        found |= {f"{folder}/{name}": {"step": step, **one} for name, one in samples.items()}
    return found
