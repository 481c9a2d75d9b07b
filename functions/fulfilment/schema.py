"""What callers send once an order is captured."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from countinghouse.domain.instants import Instant, from_rfc3339
from countinghouse.domain.order_refunds import RefundRequest
from countinghouse_aws.edge.idempotency import fingerprint
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Strict, Text

_ID_LENGTH = 24


def _readable(text: str) -> str:
    from_rfc3339(text)
    return text


Rfc3339 = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_readable),
    Field(description="RFC 3339, with its offset from UTC"),
]


class DeliveryBody(Strict):
    """When the buyer got the goods; now when left out."""

    delivered_at: Rfc3339 | None = None

    @property
    def instant(self) -> Instant | None:
        """The time as the use case wants it."""
        return None if self.delivered_at is None else from_rfc3339(self.delivered_at)


class RefundBody(Strict):
    """How much to refund and why; all that is left when there is no amount."""

    amount: AmountMinor | None = None
    currency: Currency | None = None
    reason: Text

    def to_request(self, scope: str, order_id: str) -> RefundRequest:
        """The use case's request; the refund's id follows from the caller's key and the order."""
        digest = hashlib.sha256(f"{scope}|{order_id}".encode()).hexdigest()
        return RefundRequest(
            refund_id=f"rfd_{digest[:_ID_LENGTH]}",
            amount_minor=self.amount,
            currency=self.currency,
            reason=self.reason,
            fingerprint=fingerprint(self.model_dump(exclude_none=True)),
        )
