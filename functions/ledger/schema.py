"""What callers send to the ledger service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest, account_for
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Id, Strict, Text

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}(:[A-Za-z0-9_-]{1,64})?$")]


class LedgerBody(Strict):
    """A manual booking; the counter side defaults to `adjustments`."""

    user_id: Id | None = None
    account: AccountName | None = None
    amount: AmountMinor
    currency: Currency
    transact_type: Literal["debit", "credit"]
    counter_account: AccountName = "adjustments"
    reason: Text
    reference: Id

    def to_request(self, actor: str, scope: str) -> AdjustmentRequest:
        """The use case's request. Raises Invalid for accounts the chart does not know."""
        return AdjustmentRequest(
            account=account_for(self.user_id, self.account),
            amount=Money(self.amount, self.currency),
            transact_type=TransactType(self.transact_type),
            counter_account=parse_account(self.counter_account),
            reason=self.reason,
            reference=self.reference,
            actor=actor,
            idempotency_key=scope,
        )


class JournalQuery(Strict):
    """Which journals."""

    reference: Id
