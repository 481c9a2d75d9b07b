"""What callers send to the ledger service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from countinghouse.domain.accounts import Account, parse_account
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest
from countinghouse_aws.edge.idempotency import fingerprint
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

    @property
    def named(self) -> Account | None:
        """The account that is given by name. Raises Invalid when the chart does not know it."""
        return None if self.account is None else parse_account(self.account)

    @property
    def counter(self) -> Account:
        """The counter side. Raises Invalid when the chart does not know it."""
        return parse_account(self.counter_account)

    def fingerprint(self, account: Account) -> str:
        """What tells a repeat from another body: nothing of a user, whom a hash would give away."""
        fields = self.model_dump(exclude_none=True, exclude={"user_id"})
        return fingerprint({**fields, "account": account.name})

    def to_request(self, account: Account, actor: str, scope: str) -> AdjustmentRequest:
        """The use case's request, on that account. Raises Invalid as `counter`."""
        return AdjustmentRequest(
            account=account,
            amount=Money(self.amount, self.currency),
            transact_type=TransactType(self.transact_type),
            counter_account=self.counter,
            reason=self.reason,
            reference=self.reference,
            actor=actor,
            idempotency_key=scope,
        )


class JournalQuery(Strict):
    """Which journals."""

    reference: Id
