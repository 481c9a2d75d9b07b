"""Tables `ledger` and `wallet`: journals and the wallets they move, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.ledger import Journal, JournalKey, book_of, parse_ledger_id
from countinghouse.domain.posting import Claim, LinkedJournal, Posting, stamped
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.buyers import checks_open
from countinghouse_aws.dynamodb.codec import to_attribute, to_item
from countinghouse_aws.dynamodb.failures import translated
from countinghouse_aws.dynamodb.journal_rows import decode_journal, encode_journal
from countinghouse_aws.dynamodb.postings import why_cancelled
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.dynamodb.wallets import decode_wallet, encode_wallet, wallets_of

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
        """Which of these journals exist.

        A journal stands for good, so one that a read finds is there however far it lags behind;
        only those it does not find are read again, consistently.
        """
        wanted = tuple(keys)
        found = self._found(wanted, may_lag=True)
        return found | self._found(key for key in wanted if key not in found)

    def _found(self, keys: Iterable[JournalKey], *, may_lag: bool = False) -> frozenset[JournalKey]:
        named = ({"book": key.book, "entry": key.entry} for key in keys)
        rows = self.ledger.get_many(named, may_lag=may_lag)
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
    """The ledger in DynamoDB. Journals are only ever put; nothing updates or deletes one.

    `code_version` is that of the code running here, and is written into each journal. `buyers` is
    the table that knows which buyers' wallets are closed; who books on none goes without.
    """

    ledger: Table
    wallet: Table
    code_version: str | None = None
    buyers: Callable[[], Table] | None = None

    def commit(self, posting: Posting) -> tuple[Journal, ...]:
        """Write journals and wallets in one transaction, or nothing.

        Returns the journals as they stand there now: each names the code that booked it. Raises
        AlreadyPosted when journals are there already, Conflict when a wallet has moved or the claim
        is taken.
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
        return tuple(linked.journal for linked in self._stamped(posting))

    def items(self, posting: Posting) -> Any:
        """What a transaction holds of a posting: its journals first."""
        journals = [self._put_journal(linked) for linked in self._stamped(posting)]
        wallets = [self._put_wallet(old, new) for old, new in posting.wallets]
        claims = [self._put_claim(posting.claim)] if posting.claim else []
        return journals + wallets + claims + list(checks_open(self.buyers, posting))

    def _stamped(self, posting: Posting) -> tuple[LinkedJournal, ...]:
        return stamped(posting, self.code_version).journals

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
        return wallets_of(self.wallet, owner)

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
