"""Whether a PSP speaks of the money that an order asks for, or of other money."""

from __future__ import annotations

from countinghouse.domain.order import CaptureMode, OperationKind, Order
from countinghouse.domain.psp import FactKind, PspFact

K = FactKind
_MONEY_FACTS = frozenset({K.AUTHORIZED, K.CAPTURED, K.REQUIRES_ACTION})


def differs(order: Order, fact: PspFact) -> bool:
    """Whether the PSP speaks of other money than ours (domain rules: CONFLICTED)."""
    if fact.kind not in _MONEY_FACTS:
        return False
    # Some PSPs name of a capture only what it took, not what had been authorised.
    unsaid = fact.kind is K.CAPTURED and fact.amount_minor is None
    if fact.currency != order.currency or (fact.amount_minor != order.amount_minor and not unsaid):
        return True
    if fact.kind is K.REQUIRES_ACTION:
        return _asks_for_other_money(order, fact)
    if fact.kind is not K.CAPTURED:
        return False
    if order.capture_mode is CaptureMode.AUTOMATIC:
        return fact.captured_minor != order.amount_minor
    wanted = order.operation
    if wanted is not None and wanted.kind is OperationKind.CAPTURE and wanted.sent_at is not None:
        return fact.captured_minor != wanted.amount_minor
    return not 0 < fact.captured_minor <= order.amount_minor


def _asks_for_other_money(order: Order, fact: PspFact) -> bool:
    """Whether the code the buyer would scan is damaged, or asks for neither order nor checkout."""
    if fact.action is None or fact.action.qr_payload is None:
        return False
    # Reads codes, of which most orders have none.
    from countinghouse.domain.qr_profiles import check_payload  # noqa: PLC0415

    whole = order.checkout_minor
    amounts = () if whole is None else (order.amount_minor, whole)
    return check_payload(fact.action.qr_payload, amounts, order.currency) is not None
