"""An approval that names no attempt of ours: whose it is, and what was taken by it.

Adyen tells by a webhook alone what a redirect, a code or 3-D Secure came to, and the part that
carries our key may be missing there. What it signs is left: the order, its own id of the payment,
the amount and the currency. The order knows the rest.
"""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.order import CaptureMode, Order
from countinghouse.domain.psp import FactKind, PspFact

NO_ATTEMPT = ""
"""The key of an approval that cannot be the current attempt's: no attempt has it."""


def resolved(order: Order, fact: PspFact, psp: str | None = None) -> PspFact:
    """An APPROVED fact as AUTHORIZED or CAPTURED under the attempt it is about; any other as it is.

    `psp` is who said it, where that may be another than the current attempt's. An approval by
    another PSP, under another id than the attempt's, or, while the PSP has named none, of other
    money than the order's is taken for nobody's: it contradicts.
    """
    if fact.kind is not FactKind.APPROVED:
        return fact
    key = fact.key
    if key is None:
        is_ours = psp in (None, order.payment_info.psp) and _is_of_newest(order, fact)
        key = order.attempts[-1].key if is_ours else NO_ATTEMPT
    if order.capture_mode is CaptureMode.MANUAL:
        return replace(fact, kind=FactKind.AUTHORIZED, key=key)
    taken = fact.amount_minor or 0
    return replace(fact, kind=FactKind.CAPTURED, key=key, captured_minor=taken)


def _is_of_newest(order: Order, fact: PspFact) -> bool:
    if not order.attempts:
        return False
    if order.psp_reference is not None:
        return fact.psp_reference == order.psp_reference
    return (fact.amount_minor, fact.currency) == (order.amount_minor, order.currency)
