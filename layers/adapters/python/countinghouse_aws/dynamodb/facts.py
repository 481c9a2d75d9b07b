"""What a PSP's event states, as stored: a charge's, a refund's, a dispute's or a payout's fact."""

from __future__ import annotations

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.psp import (
    DisputeFact,
    Fact,
    FactKind,
    PayoutFact,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.card_numbers import withheld
from countinghouse_aws.dynamodb.codec import Plain, present
from countinghouse_aws.dynamodb.orders import (
    decode_action,
    decode_decline,
    encode_action,
    encode_decline,
)


def encode_fact(fact: Fact) -> Plain:
    """A fact as a map; `about` tells which kind it is and is left out for a charge's."""
    match fact:
        case PspFact():
            return _encode_charge(fact)
        case RefundFact():
            return {"about": "refund", **_encode_settlement(fact), "key": fact.key}
        case PayoutFact():
            settlement = _encode_settlement(fact)
            returned = {"returned": True} if fact.returned else {}
            return {"about": "payout", **settlement, "payout_id": fact.payout_id, **returned}
        case DisputeFact():
            return {"about": "dispute", **_encode_dispute(fact)}


def decode_fact(row: Plain) -> Fact:
    """A fact from its stored form."""
    match row.get("about"):
        case "refund":
            return RefundFact(key=row["key"], **_decode_settlement(row))
        case "payout":
            return PayoutFact(
                payout_id=row["payout_id"],
                returned=row.get("returned", False),
                **_decode_settlement(row),
            )
        case "dispute":
            return _decode_dispute(row)
        case _:
            return _decode_charge(row)


def _encode_charge(fact: PspFact) -> Plain:
    return present(
        kind=str(fact.kind),
        key=fact.key,
        psp_reference=fact.psp_reference,
        amount=fact.amount_minor,
        captured=fact.captured_minor or None,
        currency=fact.currency,
        occurred_at=fact.occurred_at,
        action=encode_action(fact.action),
        decline=encode_decline(fact.decline),
    )


def _decode_charge(row: Plain) -> PspFact:
    return PspFact(
        kind=FactKind(row["kind"]),
        key=row.get("key"),
        psp_reference=row.get("psp_reference"),
        amount_minor=row.get("amount"),
        captured_minor=row.get("captured", 0),
        currency=row.get("currency"),
        occurred_at=row.get("occurred_at"),
        action=decode_action(row.get("action")),
        decline=decode_decline(row.get("decline")),
    )


def _encode_settlement(fact: RefundFact | PayoutFact) -> Plain:
    return present(
        kind=str(fact.kind),
        psp_reference=fact.psp_reference,
        amount=fact.amount_minor,
        currency=fact.currency,
        occurred_at=fact.occurred_at,
        failure=withheld(fact.failure) if fact.failure else None,
    )


def _decode_settlement(row: Plain) -> Plain:
    return {
        "kind": SettlementKind(row["kind"]),
        "psp_reference": row.get("psp_reference"),
        "amount_minor": row.get("amount"),
        "currency": row.get("currency"),
        "occurred_at": row.get("occurred_at"),
        "failure": row.get("failure"),
    }


def _encode_dispute(fact: DisputeFact) -> Plain:
    return present(
        psp_reference=fact.psp_reference,
        charge_reference=fact.charge_reference,
        stage=str(fact.stage),
        status=str(fact.status),
        amount=fact.amount_minor,
        currency=fact.currency,
        reason=withheld(fact.reason),
        sequence=fact.sequence,
        occurred_at=fact.occurred_at,
        evidence_due_at=fact.evidence_due_at,
        withdrawn=fact.withdrawn_minor or None,
        fee=fact.fee_minor or None,
    )


def _decode_dispute(row: Plain) -> DisputeFact:
    return DisputeFact(
        psp_reference=row["psp_reference"],
        charge_reference=row["charge_reference"],
        stage=DisputeStage(row["stage"]),
        status=DisputeStatus(row["status"]),
        amount_minor=row["amount"],
        currency=row["currency"],
        reason=row["reason"],
        sequence=row["sequence"],
        occurred_at=row["occurred_at"],
        evidence_due_at=row.get("evidence_due_at"),
        withdrawn_minor=row.get("withdrawn", 0),
        fee_minor=row.get("fee", 0),
    )
