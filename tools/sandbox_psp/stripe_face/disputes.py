"""The calls about disputes, and how one looks: an inquiry, a dispute, an appeal."""

from typing import Final

from tools.sandbox_psp import dispute_lifecycle, papers
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.disputes import DISPUTES, OPEN, Dispute
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.stripe_face import balance, expand, payment_lists
from tools.sandbox_psp.stripe_face.errors import invalid, missing
from tools.sandbox_psp.stripe_face.intent_views import intent
from tools.sandbox_psp.stripe_face.money import to_wire
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response

DISPUTE: Final = "dispute"
_EVIDENCE: Final = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip
_PREFIXES: Final = {"pre_dispute": "warning_", "dispute": "", "pre_arbitration": "appeal_"}
_UNDER_WAY: Final = {"opened": "needs_response", "challenged": "under_review"}
_WON: Final = ("won", "cancelled")


def read(desk: Desk, call: Call) -> Response:
    """One dispute."""
    return expand.retrieved(desk, call, dispute_view(desk, call.path["id"]))


def list_disputes(desk: Desk, call: Call) -> Response:
    """All disputes, or those of a PaymentIntent or a Charge."""
    return payment_lists.page(desk, call, DISPUTES, dispute_view)


def update(desk: Desk, call: Call) -> Response:
    """Take evidence, which nobody here reads; ``submit`` (the default) sends it to the bank."""
    params = Params(call.body.values, ("evidence", "metadata", "submit"))
    evidence = dict(params.below("evidence", _EVIDENCE).given())
    submits = params.flag("submit") if params.has("submit") else bool(evidence)

    def take(_: str) -> Response:
        dispute = _dispute(desk, call.path["id"])
        if dispute.status != "opened":
            raise invalid("This dispute is already closed or under review.", "evidence")
        if evidence:
            papers.keep(desk.book, DISPUTE, dispute.dispute_reference, {"evidence": evidence})
        if submits:
            dispute_lifecycle.move(desk, dispute, "challenge", desk.now())
        return expand.answered(desk, dispute_view(desk, dispute.dispute_reference), params)

    return first_answer(desk, call, take)


def close(desk: Desk, call: Call) -> Response:
    """Leave the money to the buyer."""
    params = Params(call.body.values, ())

    def accept(_: str) -> Response:
        dispute = _dispute(desk, call.path["id"])
        if dispute.status != "opened":
            raise invalid("This dispute is already closed.")
        dispute_lifecycle.move(desk, dispute, "accept", desk.now())
        return expand.answered(desk, dispute_view(desk, dispute.dispute_reference), params)

    return first_answer(desk, call, accept)


def _dispute(desk: Desk, reference: str) -> Dispute:
    found = DISPUTES.where(desk.book, dispute_reference=reference)
    if not found:
        raise missing(DISPUTE, reference, "dispute")
    return found[0]


def status_of(dispute: Dispute) -> str:
    """Where it stands; how an appeal ended is told by the same words as how a dispute did."""
    if dispute.status in _UNDER_WAY:
        return _PREFIXES[dispute.stage] + _UNDER_WAY[dispute.status]
    if dispute.stage == "pre_dispute" and dispute.status in (*_WON, "expired"):
        return "warning_closed"
    return "won" if dispute.status in _WON else "lost"


def dispute_view(desk: Desk, reference: str) -> JsonObject:
    """The dispute as the merchant sees it."""
    dispute = _dispute(desk, reference)
    data = intent(desk, dispute.psp_reference).data
    moved: JsonValue = balance.of_object(desk, dispute.psp_reference, reference)
    is_card = data["types"] == ["card"]
    card: JsonValue = {
        "brand": "visa",
        "case_type": "inquiry" if dispute.stage == "pre_dispute" else "chargeback",
        "network": "visa",
        "network_reason_code": "10.4",
    }
    return {
        "id": reference,
        "object": "dispute",
        "amount": to_wire(dispute.amount, dispute.currency),
        "balance_transactions": moved,
        "charge": data["charge"],
        "created": seconds(dispute.created_at),
        "currency": dispute.currency.lower(),
        "enhanced_eligibility_types": [],
        "evidence": _evidence(desk, dispute),
        "evidence_details": _evidence_details(desk, dispute),
        "is_charge_refundable": dispute.stage == "pre_dispute" and dispute.status in OPEN,
        "livemode": False,
        "metadata": {},
        "payment_intent": dispute.psp_reference,
        **({"payment_method_details": {"type": "card", "card": card}} if is_card else {}),
        "reason": dispute.reason,
        "status": status_of(dispute),
    }


def _evidence(desk: Desk, dispute: Dispute) -> JsonObject:
    paper = papers.find(desk.book, dispute.dispute_reference, DISPUTE)
    given = paper.data["evidence"] if paper else {}
    evidence: dict[str, JsonValue] = {name: given.get(name) for name in _EVIDENCE}
    if dispute.stage == "pre_arbitration":
        evidence["appeal"] = {"card": {"reason_for_filing": None, "supporting_files": None}}
    return {**evidence, "enhanced_evidence": {}}


def _evidence_details(desk: Desk, dispute: Dispute) -> JsonObject:
    sent = dispute.status == "challenged"
    return {
        "due_by": seconds(dispute.evidence_due_at),
        "enhanced_eligibility": {},
        "has_evidence": sent or papers.find(desk.book, dispute.dispute_reference) is not None,
        "past_due": desk.now() > dispute.evidence_due_at and dispute.status == "opened",
        "submission_count": int(sent),
        "submission_method": "manual" if sent else "not_submitted",
    }
