"""Draws the state machines from the code: `python -m tools.states [--check]`, docs/states.md."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tools.source_path import make_importable

make_importable()

from countinghouse.domain.breaks import BREAK_TRANSITIONS, BreakStatus  # noqa: E402
from countinghouse.domain.order import RESTING_STATUSES, TRANSITIONS, OrderStatus  # noqa: E402
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, PaymentStatus  # noqa: E402
from countinghouse.domain.payout import PAYOUT_TRANSITIONS, PayoutStatus  # noqa: E402
from countinghouse.domain.refund import REFUND_TRANSITIONS, RefundStatus  # noqa: E402
from countinghouse.views import shown_status  # noqa: E402

_Status = TypeVar("_Status", bound=StrEnum)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"

_HEAD = """# States

Generated from the code by `python -m tools.states`; `make check` fails when this page is stale.

## A payment order

Every legal change of status; anything else is refused as `illegal_transition` (when asked for) or
recorded as stale (when told by a PSP). What a PSP says is applied by
[`order_facts.py`](../layers/core/python/countinghouse/domain/order_facts.py), what is done next is
decided by [`order_steps.py`](../layers/core/python/countinghouse/domain/order_steps.py).
"""

_PAYMENT = """## A payment

Folded from its orders, never set on its own
([`payment.py`](../layers/core/python/countinghouse/domain/payment.py)): any order that requires an
action makes it `requires_action`; any that is not final makes it `processing`; then all captured is
`succeeded`, some `partially_succeeded`, none `cancelled` or `failed`. A conflicted order waits for
a person, and its payment with it.
"""


_REFUND = """## A refund

Of a captured order, and part of its row. What it moves is in the ledger before the PSP hears of it
([`order_refunds.py`](../layers/core/python/countinghouse/domain/order_refunds.py)).
"""

_DISPUTE = """## A dispute

Told by the PSP in snapshots, the newest of which counts
([`dispute.py`](../layers/core/python/countinghouse/domain/dispute.py)): stage `pre_dispute`, then
`dispute`, then `pre_arbitration`; in each `opened`, perhaps `challenged`, and one of `won`, `lost`,
`accepted`, `expired` (both of them lost, as far as money goes) or `cancelled`. A later stage opens
it again.
"""

_PAYOUT = """## A payout

Reserved in the ledger in the same transaction that leaves `draft`
([`payout.py`](../layers/core/python/countinghouse/domain/payout.py)); what a PSP says is applied by
[`payout_facts.py`](../layers/core/python/countinghouse/domain/payout_facts.py). `paid` is not the
end: a bank may send the money back, and the news of that may be the only news there is. A payout is
at rest in `paid`, `returned`, `failed` and `cancelled`, once the journals they call for are booked.
"""


_BREAK = """## A break

What a PSP, the bank and our ledger do not agree on
([`breaks.py`](../layers/core/python/countinghouse/domain/breaks.py)). It starts as `expected` or
`open`, a line that stood in its file twice as `void`. `matched` is left when the difference is
found again; what a rule or a person settled, when somebody reopens it or the two sides say
something else than they did. Steps of a run are in
[`break_steps.py`](../layers/core/python/countinghouse/domain/break_steps.py), those of people in
[`break_requests.py`](../layers/core/python/countinghouse/domain/break_requests.py).
"""


def page() -> str:
    """The whole page."""
    shown = "\n".join(
        f"| `{status}` | `{shown_status(status)}` | {'yes' if status in RESTING_STATUSES else ''} |"
        for status in OrderStatus
    )
    payments = "\n".join(
        f"| `{status}` | {'yes' if status in FINAL_PAYMENT_STATUSES else ''} |"
        for status in PaymentStatus
    )
    return "\n".join(
        [
            _HEAD,
            _diagram(OrderStatus.CREATED, TRANSITIONS),
            "",
            "| in the code | in the API | at rest |",
            "|---|---|---|",
            shown,
            "",
            _PAYMENT,
            "| status | final |",
            "|---|---|",
            payments,
            "",
            _REFUND,
            _diagram(RefundStatus.REQUESTED, REFUND_TRANSITIONS),
            "",
            _DISPUTE,
            _PAYOUT,
            _diagram(PayoutStatus.DRAFT, PAYOUT_TRANSITIONS),
            "",
            _BREAK,
            _diagram(BreakStatus.EXPECTED, BREAK_TRANSITIONS),
            "",
        ]
    )


def _diagram(start: _Status, transitions: Mapping[_Status, frozenset[_Status]]) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {start}"]
    for source, targets in transitions.items():
        lines += [f"    {source} --> {target}" for target in sorted(targets)]
        if not targets:
            lines.append(f"    {source} --> [*]")
    return "\n".join([*lines, "```"])


def main() -> int:
    """Write the page, or with --check say whether it is true."""
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/states.md is stale: run python -m tools.states", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
