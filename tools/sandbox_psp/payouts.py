"""Payouts and the bank accounts they go to: their shapes and how the merchant sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from tools.sandbox_psp.records import Table
from tools.sandbox_psp.refunds import failure_json
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue

Status: TypeAlias = Literal["in_transit", "paid", "failed", "returned"]

FAILURES: Final = {
    "account_closed": "The bank account is closed.",
    "returned_by_bank": "The bank sent the money back after it had arrived.",
}


@dataclass(frozen=True)
class BankAccount:
    """Where a seller is paid, with nothing of its number but the end."""

    bank_account: str
    number: int
    holder: str
    currency: str
    last4: str


@dataclass(frozen=True)
class Payout:
    """Money on its way to a bank account, in minor units.

    ``reference`` is the merchant's own id; ``fault`` is what a planted fault has in store for it.
    """

    payout_reference: str
    number: int
    reference: str
    bank_account: str
    amount: int
    currency: str
    idempotency_key: str
    fault: str | None
    arrives_at: datetime
    created_at: datetime
    updated_at: datetime
    status: Status = "in_transit"
    failure_code: str | None = None


BANK_ACCOUNTS: Final = Table("bank_accounts", "bank_account", "bank account", BankAccount)
PAYOUTS: Final = Table("payouts", "payout_reference", "payout", Payout)


def bank_account_json(account: BankAccount) -> dict[str, JsonValue]:
    """The bank account as anybody sees it."""
    return {
        "bank_account": account.bank_account,
        "holder": account.holder,
        "currency": account.currency,
        "last4": account.last4,
    }


def payout_json(payout: Payout) -> dict[str, JsonValue]:
    """The payout as the merchant sees it."""
    return {
        "payout_reference": payout.payout_reference,
        "reference": payout.reference,
        "bank_account": payout.bank_account,
        "amount": payout.amount,
        "currency": payout.currency,
        "status": payout.status,
        "idempotency_key": payout.idempotency_key,
        "failure": failure_json(payout.failure_code, FAILURES),
        "arrives_at": rfc3339(payout.arrives_at),
        "created_at": rfc3339(payout.created_at),
        "updated_at": rfc3339(payout.updated_at),
    }
