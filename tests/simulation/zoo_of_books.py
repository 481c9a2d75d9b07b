"""Planted bugs of the ledger and the wallets."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict
from countinghouse.domain.posting import AlreadyPosted, Posting
from countinghouse.domain.wallet import Wallet
from countinghouse_aws.dynamodb import ledger
from countinghouse_aws.dynamodb.failures import cancellation_codes, code_of, translated
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.postings import why_cancelled
from tests.simulation.bug import Bug, Histories, blind_journal
from tests.simulation.faults import Mode


def _journal_then_wallet() -> AbstractContextManager[Any]:
    commit = DynamoLedger.commit

    def in_two_writes(self: DynamoLedger, posting: Posting) -> None:
        commit(self, replace(posting, wallets=()))
        commit(self, replace(posting, journals=()))

    return patch.object(DynamoLedger, "commit", in_two_writes)


def _blind_wallet() -> AbstractContextManager[Any]:
    put_wallet = DynamoLedger._put_wallet

    def unconditional(self: DynamoLedger, old: Wallet, new: Wallet) -> dict[str, Any]:
        put: dict[str, Any] = put_wallet(self, old, new)["Put"]
        return {"Put": {name: put[name] for name in ("TableName", "Item")}}

    return patch.object(DynamoLedger, "_put_wallet", unconditional)


def token_alone() -> AbstractContextManager[Any]:
    """What is booked is told by the transaction's token, which DynamoDB keeps for ten minutes."""
    put_journal = DynamoLedger._put_journal

    def unconditional(self: DynamoLedger, linked: Any) -> dict[str, Any]:
        put = put_journal(self, linked)["Put"]
        return {"Put": {name: put[name] for name in ("TableName", "Item")}}

    def commit(self: DynamoLedger, posting: Posting) -> None:
        ids = frozenset(linked.journal.ledger_id for linked in posting.journals)
        token = hashlib.sha256("".join(sorted(ids)).encode()).hexdigest()[:32]
        items = self.items(posting)
        try:
            with translated():
                self.ledger.client.transact_write_items(
                    TransactItems=items, ClientRequestToken=token
                )
        except ClientError as error:
            if code_of(error) == "IdempotentParameterMismatchException":
                # The wallet has moved on since, so that the repeat looks different.
                raise AlreadyPosted(ids) from error
            raise why_cancelled(error, posting, len(items)) from error

    return patch.multiple(DynamoLedger, _put_journal=unconditional, commit=commit)


def conflict_is_posted() -> AbstractContextManager[Any]:
    """Whatever cancels a journal's place in a transaction means that it is booked."""

    def why(error: ClientError, posting: Posting, expected: int) -> Conflict:
        codes = cancellation_codes(error, expected)
        ids = [linked.journal.ledger_id for linked in posting.journals]
        known = frozenset(i for i, code in zip(ids, codes, strict=False) if code != "None")
        return AlreadyPosted(known) if known else why_cancelled(error, posting, expected)

    return patch.object(ledger, "why_cancelled", why)


BOOK_ZOO = (
    Bug(
        "Z2",
        "journal and wallet in two writes",
        _journal_then_wallet,
        "DynamoLedger.commit",
        Histories("F1", Mode.AFTER, frozenset({"posting"})),
        "I3",
    ),
    Bug(
        "Z8",
        "a journal put unconditionally",
        blind_journal,
        "DynamoLedger._put_journal",
        Histories("F1", Mode.AFTER, frozenset({"posting"})),
        "I2",
    ),
    Bug(
        "Z14",
        "a wallet put whatever it has become",
        _blind_wallet,
        "DynamoLedger._put_wallet",
        Histories("P9", Mode.RACE, frozenset({"payout_steps", "posting"})),
        "I10",
    ),
    Bug(
        "Z20",
        "a journal told apart by its transaction's token alone",
        token_alone,
        "DynamoLedger.commit and _put_journal",
        Histories("S1", Mode.BEFORE),
        "I2",
    ),
)
