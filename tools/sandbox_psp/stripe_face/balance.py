"""Balance transactions: what each movement of money did to the merchant's balance."""

import hashlib
from base64 import b32encode
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import movements
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.movements import Movement
from tools.sandbox_psp.settlement_lines import fee_of
from tools.sandbox_psp.stripe_face.money import to_wire
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonValue

_AVAILABLE_AFTER: Final = timedelta(days=2)

# kind -> (the transaction's type, its reporting category)
KINDS: Final = {
    "charge": ("charge", "charge"),
    "refund": ("refund", "refund"),
    "refund_reversal": ("refund_failure", "refund_failure"),
    "chargeback": ("adjustment", "dispute"),
    "chargeback_reversal": ("adjustment", "dispute_reversal"),
}

Transaction = dict[str, JsonValue]


def txn_id(kind: str, source: str, at: str) -> str:
    """The id of the movement of this kind, of this object, of this instant as the book has it."""
    digest = hashlib.sha256(f"{kind}|{source}|{at}".encode()).digest()
    return f"txn_{b32encode(digest).decode().lower()[:24]}"


def of_charge(charge: Charge, charge_id: str) -> Transaction | None:
    """What a captured charge brought, less the fee; None while nothing has."""
    if charge.captured_at is None:
        return None
    fee = fee_of(charge.captured)
    return _transaction("charge", charge.psp_reference, charge_id, charge.currency,
                        (charge.captured, fee), charge.captured_at)  # fmt: skip


def of_movement(charge: Charge, movement: Movement) -> Transaction:
    """What came after the capture."""
    return _transaction(movement.kind, movement.reference, movement.reference, charge.currency,
                        (movement.gross, movement.fee), movement.moved_at)  # fmt: skip


def of_object(desk: Desk, psp_reference: str, reference: str) -> list[Transaction]:
    """What one refund or dispute of a charge moved, oldest first."""
    charge = desk.charge(psp_reference)
    found = movements.of(desk.book, psp_reference)
    return [of_movement(charge, one) for one in found if one.reference == reference]


def _transaction(
    kind: str, told: str, source: str, currency: str, amounts: tuple[int, int], at: datetime
) -> Transaction:
    gross, fee = (to_wire(amount, currency) for amount in amounts)
    type_, category = KINDS[kind]
    word = "Dispute fee" if kind == "chargeback" else "Stripe processing fees"
    detail: JsonValue = {
        "amount": fee, "application": None, "currency": currency.lower(), "description": word,
        "type": "stripe_fee",
    }  # fmt: skip
    return {
        "id": txn_id(kind, told, at.isoformat()),
        "object": "balance_transaction",
        "amount": gross,
        "available_on": seconds(at + _AVAILABLE_AFTER),
        "balance_type": "payments",
        "created": seconds(at),
        "currency": currency.lower(),
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": gross - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending",
        "type": type_,
    }
