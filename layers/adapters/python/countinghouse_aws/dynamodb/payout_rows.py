"""Rows of table `payout`: a payout, and a seller's bank account in one currency."""

from __future__ import annotations

from dataclasses import asdict

from countinghouse.domain.payout import Payout, PayoutJournal, PayoutStatus, PayoutTrigger
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.payout_exchange import PayoutExchange
from countinghouse_aws.card_numbers import withheld
from countinghouse_aws.due_keys import QUIET_SHARDS
from countinghouse_aws.dynamodb.codec import Plain, present
from countinghouse_aws.dynamodb.table import due_attributes

KEYS = ("payout_id",)
ACCOUNT_PREFIX = "account#"


def account_id(seller_id: str, currency: str) -> str:
    """The key of a bank account's row; ids have no `#`, so no payout can have it."""
    return f"{ACCOUNT_PREFIX}{seller_id}#{currency}"


def encode_account(account: PayoutAccount) -> Plain:
    """A bank account as its row."""
    return present(
        payout_id=account_id(account.seller_id, account.currency),
        seller_id=account.seller_id,
        created_at=0,
        currency=account.currency,
        psp=account.psp,
        bank_account=account.bank_account,
        last4=account.last4,
        usable_from=account.usable_from,
        previous=account.previous,
        changed_by=account.changed_by,
        changed_at=account.changed_at,
        open_payout=account.open_payout,
        left_over=account.left_over_minor or None,
        holder=withheld(account.holder) if account.holder else None,
        foreign_from=account.foreign_from,
        version=account.version,
    )


def decode_account(row: Plain) -> PayoutAccount:
    """A bank account from its row."""
    return PayoutAccount(
        seller_id=row["seller_id"],
        currency=row["currency"],
        psp=row["psp"],
        bank_account=row["bank_account"],
        last4=row["last4"],
        usable_from=row["usable_from"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        previous=row.get("previous"),
        open_payout=row.get("open_payout"),
        left_over_minor=row.get("left_over", 0),
        holder=row.get("holder"),
        foreign_from=row.get("foreign_from"),
        version=row["version"],
    )


def encode_payout(payout: Payout) -> Plain:
    """A payout as its row."""
    return present(
        payout_id=payout.payout_id,
        seller_id=payout.seller_id,
        currency=payout.currency,
        amount=payout.amount_minor,
        psp=payout.psp,
        bank_account=payout.bank_account,
        requested_by=payout.requested_by,
        trigger=str(payout.trigger),
        fingerprint=payout.fingerprint,
        status=str(payout.status),
        version=payout.version,
        period=payout.period,
        carried_over=payout.carried_over_minor or None,
        available_before=payout.available_before_minor,
        recovered=payout.recovered_minor or None,
        booked=[str(kind) for kind in payout.booked] or None,
        approved_by=payout.approved_by,
        sent_at=payout.sent_at,
        first_sent_at=payout.first_sent_at,
        asked=payout.asked or None,
        next_at=payout.next_at,
        psp_reference=payout.psp_reference,
        failure=withheld(payout.failure) if payout.failure else None,
        conflicted=payout.conflicted or None,
        settled_at=payout.settled_at,
        returned_at=payout.returned_at,
        task_token=payout.task_token,
        awaited=None if payout.awaited is None else str(payout.awaited),
        exchange=None if payout.exchange is None else asdict(payout.exchange),
        created_at=payout.created_at,
        updated_at=payout.updated_at,
        **due_attributes(payout.payout_id, payout.due_at, QUIET_SHARDS),
    )


def decode_payout(row: Plain) -> Payout:
    """A payout from its row."""
    awaited, exchange = row.get("awaited"), row.get("exchange")
    return Payout(
        payout_id=row["payout_id"],
        seller_id=row["seller_id"],
        currency=row["currency"],
        amount_minor=row["amount"],
        psp=row["psp"],
        bank_account=row["bank_account"],
        requested_by=row["requested_by"],
        trigger=PayoutTrigger(row["trigger"]),
        fingerprint=row["fingerprint"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        next_at=row.get("next_at"),
        status=PayoutStatus(row["status"]),
        version=row["version"],
        period=row.get("period"),
        carried_over_minor=row.get("carried_over", 0),
        available_before_minor=row.get("available_before"),
        recovered_minor=row.get("recovered", 0),
        booked=tuple(map(PayoutJournal, row.get("booked", []))),
        approved_by=row.get("approved_by"),
        sent_at=row.get("sent_at"),
        first_sent_at=row.get("first_sent_at"),
        asked=row.get("asked", 0),
        psp_reference=row.get("psp_reference"),
        failure=row.get("failure"),
        conflicted=row.get("conflicted", False),
        settled_at=row.get("settled_at"),
        returned_at=row.get("returned_at"),
        task_token=row.get("task_token"),
        awaited=None if awaited is None else PayoutStatus(awaited),
        exchange=None if exchange is None else PayoutExchange(**exchange),
    )
