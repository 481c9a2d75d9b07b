"""Table `payout`: payouts, and beside them the bank account of each seller and currency.

A seller's rows are found through one index: accounts stand at time 0 there, payouts after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Invalid
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.posting import Posting
from countinghouse.ports.payouts import PayoutChange, PayoutPage, PayoutQuery
from countinghouse.records import dataclass
from countinghouse_aws.due_keys import QUIET_SHARDS
from countinghouse_aws.dynamodb.codec import Plain, from_item, to_item
from countinghouse_aws.dynamodb.failures import translated
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.payout_rows import (
    ACCOUNT_PREFIX,
    account_id,
    decode_account,
    decode_payout,
    encode_account,
    encode_payout,
)
from countinghouse_aws.dynamodb.postings import why_cancelled
from countinghouse_aws.dynamodb.table import DynamoDueIndex, Table

INDEX = "by_seller"
_FAR_FUTURE = 10**15
_OPEN_MAX = 800
"""Open payouts looked at for a list that names no seller."""

_PAGES_MAX = 10
"""Index pages read for one page of answers: a rare status is no reason to read on for ever."""

_NOTHING_POSTED = Posting((), ())


@dataclass(frozen=True, slots=True)
class DynamoPayoutBook:
    """The payouts in DynamoDB; `ledger` is for the transactions that book their journals."""

    table: Table
    ledger: Callable[[], DynamoLedger]

    def get(self, payout_id: str) -> Payout | None:
        """The payout, or None."""
        row = None if payout_id.startswith(ACCOUNT_PREFIX) else self.table.get(payout_id=payout_id)
        return decode_payout(row) if row else None

    def statuses(self, payout_ids: Iterable[str]) -> dict[str, PayoutStatus]:
        """Where those of the payouts stand that exist; no more of a row crosses the network."""
        keys = ({"payout_id": payout_id} for payout_id in payout_ids)
        rows = self.table.get_many(keys, only=("payout_id", "status"))
        return {row["payout_id"]: PayoutStatus(row["status"]) for row in rows}

    def open(self, payout: Payout, account: tuple[PayoutAccount, PayoutAccount]) -> Payout | None:
        """Store a new payout and its account's change together; or return the one that is there."""
        put = self.table.put_if_absent(encode_payout(payout))
        del put["ReturnValuesOnConditionCheckFailure"]
        items = [{"Put": put}, self._account_update(account)]
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            conflict = why_cancelled(error, _NOTHING_POSTED, len(items))
            existing = self.get(payout.payout_id)
            if existing is None:
                raise conflict from error
            return existing
        return None

    def commit(self, change: PayoutChange) -> None:
        """Commit a change of a payout with everything that belongs to it. Raises Conflict."""
        if change.account is None and change.posting is None:
            self.table.replace(encode_payout(change.old), encode_payout(change.new))
            return
        posting = change.posting or _NOTHING_POSTED
        items = self.ledger().items(posting) if change.posting else []
        update = self.table.update_if_same(encode_payout(change.old), encode_payout(change.new))
        items.append({"Update": update})
        if change.account is not None:
            items.append(self._account_update(change.account))
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            raise why_cancelled(error, posting, len(items)) from error

    def _account_update(self, account: tuple[PayoutAccount, PayoutAccount]) -> Any:
        old, new = map(encode_account, account)
        return {"Update": self.table.update_if_same(old, new)}

    def find(self, query: PayoutQuery) -> PayoutPage:
        """A page of payouts (found through an index: may lag). Raises Invalid for its cursor."""
        if query.seller_id is None:
            return self._open_ones(query)
        found: list[Payout] = []
        start = _start(query.seller_id, query.cursor)
        for _ in range(_PAGES_MAX):
            keys, start = self._index_page(query.seller_id, query.limit, start)
            rows = self._get_many(key["payout_id"] for key in keys)
            for key in keys:
                payout = rows.get(key["payout_id"])
                if payout is not None and query.status in (None, payout.status):
                    found.append(payout)
                if len(found) == query.limit:
                    more = start is not None or key is not keys[-1]
                    return PayoutPage(tuple(found), _cursor(key) if more else None)
            if start is None:
                return PayoutPage(tuple(found), None)
        return PayoutPage(tuple(found), _cursor(start) if start else None)

    def _get_many(self, payout_ids: Iterable[str]) -> dict[str, Payout]:
        rows = self.table.get_many({"payout_id": payout_id} for payout_id in payout_ids)
        return {row["payout_id"]: decode_payout(row) for row in rows}

    def _index_page(
        self, seller_id: str, limit: int, start: Plain | None
    ) -> tuple[list[Plain], Plain | None]:
        """Keys of a seller's payouts, newest first, and the key to go on from."""
        following: Any = {"ExclusiveStartKey": to_item(start)} if start else {}
        with translated():
            answer = self.table.client.query(
                TableName=self.table.name,
                IndexName=INDEX,
                KeyConditionExpression="seller_id = :seller AND created_at > :accounts",
                ExpressionAttributeValues=to_item({":seller": seller_id, ":accounts": 0}),
                ScanIndexForward=False,
                Limit=limit,
                **following,
            )
        last = answer.get("LastEvaluatedKey")
        return [from_item(item) for item in answer["Items"]], from_item(last) if last else None

    def _open_ones(self, query: PayoutQuery) -> PayoutPage:
        """Payouts that are not at rest, newest first: the due-index holds those and no others."""
        if query.cursor is not None:
            raise Invalid("a list over all sellers has one page", field="cursor")
        ids = DynamoDueIndex(self.table, QUIET_SHARDS).due(_FAR_FUTURE, _OPEN_MAX)
        wanted = [p for p in self._get_many(ids).values() if query.status in (None, p.status)]
        newest = sorted(wanted, key=lambda p: (-p.created_at, p.payout_id))
        return PayoutPage(tuple(newest[: query.limit]), None)


@dataclass(frozen=True, slots=True)
class DynamoPayoutAccounts:
    """Sellers' bank accounts in DynamoDB."""

    table: Table

    def get(self, seller_id: str, currency: str) -> PayoutAccount | None:
        """The account, or None."""
        row = self.table.get(payout_id=account_id(seller_id, currency))
        return decode_account(row) if row else None

    def of_seller(self, seller_id: str) -> list[PayoutAccount]:
        """Every account of a seller, by currency (found through an index: may lag)."""
        keys = self.table.pages(
            "query",
            IndexName=INDEX,
            KeyConditionExpression="seller_id = :seller AND created_at = :accounts",
            ExpressionAttributeValues=to_item({":seller": seller_id, ":accounts": 0}),
        )
        rows = self.table.get_many({"payout_id": key["payout_id"]} for key in keys)
        return sorted(map(decode_account, rows), key=lambda account: account.currency)

    def add(self, account: PayoutAccount) -> PayoutAccount | None:
        """Store a new account; or return the one that is there."""
        existing = self.table.add(encode_account(account))
        return decode_account(existing) if existing else None

    def replace(self, old: PayoutAccount, new: PayoutAccount) -> None:
        """Commit a change. Raises Conflict."""
        self.table.replace(encode_account(old), encode_account(new))


def _cursor(key: Plain) -> str:
    return f"{key['created_at']}~{key['payout_id']}"


def _start(seller_id: str, cursor: str | None) -> Plain | None:
    """The index key a cursor stands for. Raises Invalid when it is none of ours."""
    if cursor is None:
        return None
    created_at, _, payout_id = cursor.partition("~")
    if not created_at.isdecimal() or len(created_at) > len(str(_FAR_FUTURE)) or not payout_id:
        raise Invalid("that is not a cursor of this list", field="cursor")
    return {"seller_id": seller_id, "created_at": int(created_at), "payout_id": payout_id}
