"""Events of a dispute at Adyen as the snapshots that the domain counts by. Pure.

Money moves where an event says so and nowhere else; what Adyen charges for a dispute comes with the
settlement file. Sources: docs.adyen.com/risk-management/disputes-api/dispute-notifications and the
OpenAPI document of Webhooks v1.
"""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.psp import DisputeFact
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_facts import slug
from countinghouse_aws.psp.adyen_item import Item

G, D = DisputeStage, DisputeStatus


@dataclass(frozen=True, slots=True)
class _Step:
    """What an event of a dispute means. `sequence` grows from stage to stage.

    `money` tells whether the disputed amount is then with the buyer's bank.
    """

    sequence: int
    stage: DisputeStage
    status: DisputeStatus
    money: bool = False


STEPS = {
    "REQUEST_FOR_INFORMATION": _Step(1, G.PRE_DISPUTE, D.OPENED),
    "NOTIFICATION_OF_CHARGEBACK": _Step(4, G.DISPUTE, D.OPENED),
    "CHARGEBACK": _Step(5, G.DISPUTE, D.OPENED, money=True),
    "DISPUTE_DEFENSE_PERIOD_ENDED": _Step(6, G.DISPUTE, D.LOST, money=True),
    "CHARGEBACK_REVERSED": _Step(7, G.DISPUTE, D.WON),
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": _Step(8, G.DISPUTE, D.WON),
    "PREARBITRATION_OPEN": _Step(9, G.PRE_ARBITRATION, D.OPENED),
    "SECOND_CHARGEBACK": _Step(10, G.PRE_ARBITRATION, D.OPENED, money=True),
    "PREARBITRATION_LOST": _Step(11, G.PRE_ARBITRATION, D.LOST, money=True),
    "PREARBITRATION_ACCEPTED": _Step(11, G.PRE_ARBITRATION, D.ACCEPTED, money=True),
    "SCHEME_ARBITRATION_LOST": _Step(11, G.PRE_ARBITRATION, D.LOST, money=True),
    "PREARBITRATION_WON": _Step(12, G.PRE_ARBITRATION, D.WON),
    "SCHEME_ARBITRATION_WON": _Step(12, G.PRE_ARBITRATION, D.WON),
    "PREARBITRATION_ISSUER_WITHDRAWN": _Step(12, G.PRE_ARBITRATION, D.CANCELLED),
}
_SUPPLIED = "INFORMATION_SUPPLIED"
_OF_REQUEST = {
    ("INFORMATION_SUPPLIED", "Responded"): _Step(2, G.PRE_DISPUTE, D.CHALLENGED),
    ("INFORMATION_SUPPLIED", "Won"): _Step(3, G.PRE_DISPUTE, D.WON),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", "Accepted"): _Step(3, G.PRE_DISPUTE, D.ACCEPTED),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", "Lost"): _Step(3, G.PRE_DISPUTE, D.LOST),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", "Expired"): _Step(3, G.PRE_DISPUTE, D.EXPIRED),
}
"""The steps of a request for information, for which no money ever moves."""

CODES = frozenset({*STEPS, _SUPPLIED})
_LOSSES = {"Lost": D.LOST, "Accepted": D.ACCEPTED, "Expired": D.EXPIRED}
"""`disputeStatus`, where it says more than the event's own name."""

_REASONS = {
    "10": "fraudulent",
    "12.6": "duplicate_processing",
    "13.1": "product_not_received",
    "13.3": "product_unacceptable",
    "4834": "duplicate_processing",
    "4837": "fraudulent",
    "4853": "product_unacceptable",
    "4855": "product_not_received",
}
"""Reasons by the codes of Visa (or their first part) and Mastercard; others go by Adyen's words."""


def dispute_fact(item: Item) -> DisputeFact | None:
    """What the event says of its dispute, None when that is nothing we count by.

    Raises one of UNREADABLE.
    """
    more = item.additional
    step = _step(item.code, str(more.get("disputeStatus")), is_request="rfiReasonCode" in more)
    if step is None:
        return None
    amount, currency = item.money
    due = more.get("defensePeriodEndsAt")
    return DisputeFact(
        psp_reference=item.reference,
        charge_reference=item.original or "",
        stage=step.stage,
        status=step.status,
        amount_minor=amount,
        currency=currency,
        reason=_reason(item),
        sequence=step.sequence,
        occurred_at=item.at,
        evidence_due_at=from_rfc3339(due) if due else None,
        withdrawn_minor=amount if step.money else 0,
    )


def _step(code: str, status: str, *, is_request: bool) -> _Step | None:
    if is_request and code != "REQUEST_FOR_INFORMATION":
        return _OF_REQUEST.get((code, status))
    step = STEPS.get(code)
    if step is None or step.status not in (D.OPENED, D.LOST):
        # Documents for a chargeback may be handed in before or after its money is taken.
        return step
    if step.status is D.LOST and status == "Undefended":
        return replace(step, status=D.EXPIRED)
    return replace(step, status=_LOSSES.get(status, step.status))


def _reason(item: Item) -> str:
    said = item.additional
    code = str(said.get("chargebackReasonCode") or said.get("rfiReasonCode") or "").strip()
    known = _REASONS.get(code) or _REASONS.get(code.partition(".")[0])
    return known or slug(item.reason, "unknown")
