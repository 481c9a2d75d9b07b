"""Journals as rows of table `ledger`, and back."""

from __future__ import annotations

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal, JournalKey, Leg, TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.wallet import Link, WalletAddress, parse_address
from countinghouse_aws.dynamodb.codec import Plain, present


def encode_journal(linked: LinkedJournal) -> Plain:
    """A journal as its row; its id is its two keys, one after the other."""
    journal = linked.journal
    return present(
        book=journal.key.book,
        entry=journal.key.entry,
        kind=journal.kind,
        reference=journal.reference,
        legs=[_encode_leg(leg) for leg in journal.legs],
        event_at=journal.event_at,
        created_at=journal.created_at,
        cause=journal.cause,
        checkout_id=journal.checkout_id,
        wallet_shard=journal.wallet_shard or None,
        reverses=journal.reverses,
        home=journal.home,
        psp_reference=journal.psp_reference,
        code_version=journal.code_version,
        digest=journal.digest,
        links=[
            present(
                owner=address.owner,
                wallet_id=address.wallet_id,
                sequence=link.sequence,
                chain=link.chain,
                previous=link.previous,
            )
            for address, link in linked.links.items()
        ],
    )


def decode_journal(row: Plain) -> LinkedJournal:
    """A journal from its row. Raises Invalid when it does not balance or was altered."""
    journal = Journal(
        key=JournalKey(row["book"], row["entry"]),
        kind=row["kind"],
        reference=row["reference"],
        legs=tuple(_decode_leg(leg) for leg in row["legs"]),
        event_at=row["event_at"],
        created_at=row["created_at"],
        cause=row["cause"],
        checkout_id=row.get("checkout_id"),
        wallet_shard=row.get("wallet_shard", 0),
        reverses=row.get("reverses"),
        home=row.get("home"),
        psp_reference=row.get("psp_reference"),
        code_version=row.get("code_version"),
    )
    if journal.digest != row["digest"]:
        raise Invalid(f"journal {journal.ledger_id} was altered after it was booked")
    return LinkedJournal(journal, {_address(link): _decode_link(link) for link in row["links"]})


def _address(link: Plain) -> WalletAddress:
    return parse_address(link["owner"], link["wallet_id"])


def _decode_link(link: Plain) -> Link:
    return Link(link["sequence"], link.get("previous"), link["chain"])


def _encode_leg(leg: Leg) -> Plain:
    return {
        "account": leg.account.name,
        "amount": abs(leg.amount.minor),
        "currency": leg.amount.currency,
        "transact_type": str(leg.transact_type),
    }


def _decode_leg(row: Plain) -> Leg:
    sign = 1 if row["transact_type"] == TransactType.DEBIT else -1
    return Leg(parse_account(row["account"]), Money(sign * row["amount"], row["currency"]))
