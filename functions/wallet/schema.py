"""What callers send to the wallet service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import SELLER_ADJUSTMENT, AdjustmentRequest, seller_available
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Id, Strict, Text


class WalletBody(Strict):
    """A manual entry on a seller's available balance."""

    seller_id: Id
    amount: AmountMinor
    currency: Currency
    transact_type: Literal["debit", "credit"]
    reason: Text
    reference: Id

    def to_request(self, actor: str, scope: str) -> AdjustmentRequest:
        """The use case's request; the counter side is `adjustments`."""
        return AdjustmentRequest(
            account=seller_available(self.seller_id),
            amount=Money(self.amount, self.currency),
            transact_type=TransactType(self.transact_type),
            counter_account=SELLER_ADJUSTMENT,
            reason=self.reason,
            reference=self.reference,
            actor=actor,
            idempotency_key=scope,
        )


class EntriesQuery(Strict):
    """Which entries."""

    currency: Currency | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=False)
    cursor: str | None = Field(default=None, max_length=4_000)
