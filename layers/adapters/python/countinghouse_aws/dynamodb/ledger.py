"""Tables `ledger` and `wallet`: journals and the wallets they move, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.ledger import (
    Journal,
    JournalKey,
    Leg,
    TransactType,
    book_of,
    parse_ledger_id,
)
from countinghouse.domain.money import Money
from countinghouse.domain.posting import Claim, LinkedJournal, Posting
from countinghouse.domain.wallet import Link, Wallet, WalletAddress, parse_address
from countinghouse_aws.dynamodb.codec import Plain, present, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import translated
from countinghouse_aws.dynamodb.postings import why_cancelled
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.dynamodb.wallets import decode_wallet, encode_wallet

LEDGER_KEYS = ("book", "entry")
WALLET_KEYS = ("owner", "wallet_id")
CLAIM_PREFIX = "claim#"
TRANSACTION_MAX = 100
"""DynamoDB's bound on the items of one transaction."""


@dataclass(frozen=True, slots=True)
class DynamoJournals:
    """The journals in DynamoDB, for reading."""

    ledger: Table

    def posted(self, keys: Iterable[JournalKey]) -> frozenset[JournalKey]:
        """Which of these journals exist."""
        rows = self.ledger.get_many({"book": key.book, "entry": key.entry} for key in keys)
        return frozenset(JournalKey(row["book"], row["entry"]) for row in rows)

    def places(self, keys: Iterable[JournalKey], address: WalletAddress) -> dict[str, int]:
        """Where those of the journals that exist stand in a wallet's chain, by ledger id."""
        rows = self.ledger.get_many({"book": key.book, "entry": key.entry} for key in keys)
        linked = map(decode_journal, rows)
        return {
            one.journal.ledger_id: one.links[address].sequence
            for one in linked
            if address in one.links
        }

    def journal(self, key: JournalKey) -> Journal | None:
        """One journal, or None."""
        row = self.ledger.get(book=key.book, entry=key.entry)
        return decode_journal(row).journal if row else None

    def journals(self, reference: str) -> list[Journal]:
        """Every journal of one reference, oldest first."""
        rows = self.ledger.pages(
            "query",
            KeyConditionExpression="book = :book",
            ExpressionAttributeValues={":book": to_attribute(book_of(reference))},
            ConsistentRead=True,
        )
        found = [decode_journal(row).journal for row in rows]
        return sorted(found, key=lambda journal: (journal.created_at, journal.ledger_id))


@dataclass(frozen=True, slots=True)
class DynamoLedger:
    """The ledger in DynamoDB. Journals are only ever put; nothing updates or deletes one."""

    ledger: Table
    wallet: Table

    def commit(self, posting: Posting) -> None:
        """Write journals and wallets in one transaction, or nothing.

        Raises AlreadyPosted when journals are there already, Conflict when a wallet has moved
        or the claim is taken.
        """
        items = self.items(posting)
        if len(items) > TRANSACTION_MAX:
            raise Invalid(f"a posting of {len(items)} rows does not fit one transaction")
        try:
            with translated():
                if items:
                    self.ledger.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            raise why_cancelled(error, posting, len(items)) from error

    def items(self, posting: Posting) -> Any:
        """What a transaction holds of a posting: its journals first."""
        journals = [self._put_journal(linked) for linked in posting.journals]
        wallets = [self._put_wallet(old, new) for old, new in posting.wallets]
        return journals + wallets + ([self._put_claim(posting.claim)] if posting.claim else [])

    def _put_journal(self, linked: LinkedJournal) -> dict[str, Any]:
        put = self.ledger.put_if_absent(encode_journal(linked))
        del put["ReturnValuesOnConditionCheckFailure"]
        return {"Put": put}

    def _put_wallet(self, old: Wallet, new: Wallet) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self.wallet.name, "Item": to_item(encode_wallet(new))}
        if old.sequence == 0:
            put["ConditionExpression"] = "attribute_not_exists(wallet_id)"
        else:
            put["ConditionExpression"] = "#sequence = :sequence"
            put["ExpressionAttributeNames"] = {"#sequence": "sequence"}
            put["ExpressionAttributeValues"] = {":sequence": to_attribute(old.sequence)}
        return {"Put": put}

    def _put_claim(self, claim: Claim) -> dict[str, Any]:
        row = {
            **_claim_key(claim.scope),
            "fingerprint": claim.fingerprint,
            "ledger_id": claim.ledger_id,
            "scope": claim.scope,
        }
        put = self.ledger.put_if_absent(row)
        del put["ReturnValuesOnConditionCheckFailure"]
        return {"Put": put}

    def wallets(self, addresses: Iterable[WalletAddress]) -> dict[WalletAddress, Wallet]:
        """The wallets as they are now; one that was never written is empty."""
        wanted = list(addresses)
        rows = self.wallet.get_many({"owner": a.owner, "wallet_id": a.wallet_id} for a in wanted)
        found = {wallet.address: wallet for wallet in map(decode_wallet, rows)}
        return {address: found.get(address, Wallet(address)) for address in wanted}

    def claim(self, scope: str) -> Claim | None:
        """The journal that an idempotency key is bound to, if any."""
        row = self.ledger.get(**_claim_key(scope))
        return Claim(scope, row["fingerprint"], row["ledger_id"]) if row else None

    def wallets_of(self, owner: str) -> list[Wallet]:
        """Every wallet of one owner."""
        rows = self.wallet.pages(
            "query",
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": to_attribute(owner)},
            ConsistentRead=True,
        )
        return [decode_wallet(row) for row in rows]

    def entries(self, address: WalletAddress, after: str | None, limit: int) -> list[Journal]:
        """A wallet's journals, newest first, from the one before `after` on: along the chain."""
        wallet = self.wallets([address])[address]
        next_id = wallet.head if after is None else self._previous(address, after)
        found: list[Journal] = []
        while next_id is not None and len(found) < limit:
            key = parse_ledger_id(next_id)
            row = self.ledger.get(book=key.book, entry=key.entry)
            if row is None:
                raise Conflict(f"journal {next_id} is missing from the chain of {address.group}")
            linked = decode_journal(row)
            found.append(linked.journal)
            next_id = linked.links[address].previous
        return found

    def _previous(self, address: WalletAddress, ledger_id: str) -> str | None:
        key = parse_ledger_id(ledger_id)
        row = self.ledger.get(book=key.book, entry=key.entry)
        links = decode_journal(row).links if row else {}
        if address not in links:
            raise Invalid("that cursor is not of this wallet", field="cursor")
        return links[address].previous


def _claim_key(scope: str) -> dict[str, str]:
    digest = hashlib.sha256(scope.encode()).hexdigest()
    return {"book": f"{CLAIM_PREFIX}{digest}", "entry": "0"}


def encode_journal(linked: LinkedJournal) -> Plain:
    """A journal as its row."""
    journal = linked.journal
    return present(
        book=journal.key.book,
        entry=journal.key.entry,
        ledger_id=journal.ledger_id,
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
