"""What callers send to the payout service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from countinghouse.domain.errors import Invalid
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_requests import OpenPayout, payout_id_of
from countinghouse.ports.payouts import PayoutQuery
from countinghouse.usecases.set_bank_account import SetBankAccount
from countinghouse_aws.edge.idempotency import fingerprint
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Id, Strict

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]
BankAccountId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]


class PayoutBody(Strict):
    """Whom to pay; all that is payable when there is no amount.

    `currency` and `amount` are the wallet's; `payout_currency` is what the seller's bank account
    is in, when it is another.
    """

    seller_id: Id
    currency: Currency
    amount: AmountMinor | None = None
    payout_currency: Currency | None = None

    def to_command(self, caller: str, scope: str) -> OpenPayout:
        """The use case's command; the payout's id follows from the caller's key."""
        return OpenPayout(
            payout_id=payout_id_of(scope),
            seller_id=self.seller_id,
            currency=self.currency,
            amount_minor=self.amount,
            requested_by=caller,
            fingerprint=fingerprint(self.model_dump(exclude_none=True)),
            payout_currency=self.payout_currency,
        )


class BankAccountBody(Strict):
    """Where a seller is paid in a currency: the PSP that pays, and its id of the account."""

    currency: Currency
    bank_account: BankAccountId
    psp: str | None = Field(default=None, pattern=r"^[a-z0-9_]{1,32}$")

    def to_command(self, seller_id: str, caller: str, psps: Sequence[str]) -> SetBankAccount:
        """The use case's command; the first PSP pays unless one is named. Raises Invalid."""
        chosen = self.psp or psps[0]
        if chosen not in psps:
            raise Invalid(f"one of {', '.join(psps)}", field="psp")
        return SetBankAccount(seller_id, self.currency, chosen, self.bank_account, caller)


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
