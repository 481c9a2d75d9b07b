"""Table `buyer`: whose wallet a pseudonym stands for, and which of these wallets are closed.

    user#u_ada    wallet = bw_0f3c...     removed by its time to live once it is forgotten
    wallet#bw_0f3c...    closed_at        names nobody, and stays

The user's row alone holds a person, key included. Nobody may delete here, so forgetting empties the
row and gives it a time to live that is over: nothing more is needed for the key to go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.buyer import wallet_of_owner
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.posting import Posting
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import to_item
from countinghouse_aws.dynamodb.failures import (
    CONDITION_FAILED,
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
    translated,
)
from countinghouse_aws.dynamodb.table import Table

KEYS = ("buyer",)
_CONDITION = "ConditionalCheckFailed"


@dataclass(frozen=True, slots=True)
class DynamoBuyerBook:
    """Users' wallets, and closed ones, in DynamoDB."""

    table: Table

    def wallet_of(self, user_id: str) -> str | None:
        """The user's wallet id, or None."""
        row = self.table.get(**_user(user_id))
        return row.get("wallet") if row else None

    def assign(self, user_id: str, wallet_id: str) -> str:
        """Give a user without a wallet this one. Returns the one that the user has then.

        In place of a row that is forgotten and not removed yet, too: this one has no end.
        """
        try:
            with translated():
                self.table.client.put_item(
                    TableName=self.table.name,
                    Item=to_item({**_user(user_id), "wallet": wallet_id}),
                    ConditionExpression="attribute_not_exists(wallet)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            found: str = self.table.stood_in_the_way(error)["wallet"]
            return found
        return wallet_id

    def forget(self, user_id: str, wallet_id: str, closed_at: Instant, now: Instant) -> None:
        """Forget that this wallet is the user's, and in time that there was such a user.

        Raises Conflict unless it is, and has been closed since `closed_at`.
        """
        emptied = {
            "TableName": self.table.name,
            "Key": to_item(_user(user_id)),
            "UpdateExpression": "SET expires_at = :now REMOVE wallet",
            "ConditionExpression": "wallet = :wallet",
            "ExpressionAttributeValues": to_item({":wallet": wallet_id, ":now": now // SECOND}),
        }
        still_closed = {
            "TableName": self.table.name,
            "Key": to_item(_wallet(wallet_id)),
            "ConditionExpression": "closed_at = :closed",
            "ExpressionAttributeValues": to_item({":closed": closed_at}),
        }
        items: Any = [{"Update": emptied}, {"ConditionCheck": still_closed}]
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code_of(error) != TRANSACTION_CANCELLED:
                raise
            if _CONDITION not in cancellation_codes(error, len(items)):
                raise Conflict("another transaction holds the row") from error
            raise Conflict("the wallet is another's, or open") from error

    def is_closed(self, wallet_id: str) -> bool:
        """Whether it is closed."""
        return "closed_at" in (self.table.get(**_wallet(wallet_id)) or {})

    def close(self, wallet_id: str, now: Instant) -> None:
        """Close a wallet, or close it once more."""
        values = to_item({":now": now})
        self._mark(wallet_id, "SET closed_at = :now", ExpressionAttributeValues=values)

    def reopen(self, wallet_id: str) -> None:
        """Open a wallet; one that is open stays so."""
        try:
            self._mark(wallet_id, "REMOVE closed_at", ConditionExpression=_IS_CLOSED)
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise

    def _mark(self, wallet_id: str, change: str, **more: object) -> None:
        request: Any = {"TableName": self.table.name, "Key": to_item(_wallet(wallet_id)), **more}
        with translated():
            self.table.client.update_item(UpdateExpression=change, **request)


_IS_CLOSED = "attribute_exists(closed_at)"
_IS_OPEN = "attribute_not_exists(closed_at)"


def checks_open(buyers: Callable[[], Table] | None, posting: Posting) -> Iterator[dict[str, Any]]:
    """What a transaction checks of the buyers' wallets that it moves: that none is closed."""
    owners = dict.fromkeys(new.address.owner for _, new in posting.wallets)
    for wallet_id in filter(None, map(wallet_of_owner, owners)):
        if buyers is not None:
            key = to_item(_wallet(wallet_id))
            check = {"TableName": buyers().name, "Key": key, "ConditionExpression": _IS_OPEN}
            yield {"ConditionCheck": check}


def _user(user_id: str) -> dict[str, str]:
    return {"buyer": f"user#{user_id}"}


def _wallet(wallet_id: str) -> dict[str, str]:
    return {"buyer": f"wallet#{wallet_id}"}
