"""What callers send to the payout service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_requests import OpenPayout, payout_id_of
from countinghouse.ports.payouts import PayoutQuery
from countinghouse.usecases.set_bank_account import SetBankAccount
from countinghouse_aws.edge.idempotency import fingerprint
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Id, Strict
from countinghouse_aws.psp.names import SANDBOX

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]
BankAccountId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]


class PayoutBody(Strict):
    """Whom to pay; all that is payable when there is no amount."""

    seller_id: Id
    currency: Currency
    amount: AmountMinor | None = None

    def to_command(self, caller: str, scope: str) -> OpenPayout:
        """The use case's command; the payout's id follows from the caller's key."""
        return OpenPayout(
            payout_id=payout_id_of(scope),
            seller_id=self.seller_id,
            currency=self.currency,
            amount_minor=self.amount,
            requested_by=caller,
            fingerprint=fingerprint(self.model_dump(exclude_none=True)),
        )


class BankAccountBody(Strict):
    """Where a seller is paid in a currency: the PSP's id of the account."""

    currency: Currency
    bank_account: BankAccountId

    def to_command(self, seller_id: str, caller: str) -> SetBankAccount:
        """The use case's command."""
        return SetBankAccount(seller_id, self.currency, SANDBOX, self.bank_account, caller)


class PayoutsQuery(Strict):
    """Which payouts: a seller's, newest first, or without a seller those under way."""

    seller_id: Id | None = None
    status: (
        Literal[
            "draft",
            "pending_approval",
            "reserved",
            "submitted",
            "in_transit",
            "unknown",
            "paid",
            "returned",
            "failed",
            "cancelled",
        ]
        | None
    ) = None
    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=False)

    def to_query(self) -> PayoutQuery:
        """The book's query."""
        status = PayoutStatus(self.status) if self.status else None
        return PayoutQuery(self.seller_id, status, self.cursor, self.limit)


class ItemsQuery(Strict):
    """Which of a payout's items."""

    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=False)
