"""Table `proposal`: bookings by hand that wait for a second person, or did.

`listed` is kind and status in one, so that each list is one partition of the index; the approval of
a redrive, which operators write, stands in the same table under another kind.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import TransactType
from countinghouse.domain.money import Money
from countinghouse.domain.posting import AdjustmentRequest, Posting
from countinghouse.domain.proposal import PREFIX, PROPOSAL_TTL, Proposal, ProposalStatus
from countinghouse.ports.proposals import ProposalChange, ProposalPage, ProposalQuery
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, from_item, present, to_item
from countinghouse_aws.dynamodb.failures import translated
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.postings import why_cancelled
from countinghouse_aws.dynamodb.table import Table

KEYS = ("proposal_id",)
INDEX = "by_status"
KIND = "adjustment"
CURSOR_DIGITS_MAX = 15
_NOTHING_POSTED = Posting((), ())
S = ProposalStatus


@dataclass(frozen=True, slots=True)
class DynamoProposalBook:
    """The proposals in DynamoDB; `ledger` is for the transactions that book their journals."""

    table: Table
    ledger: DynamoLedger

    def get(self, proposal_id: str) -> Proposal | None:
        """The proposal, or None; another kind of row is none."""
        row = self.table.get(proposal_id=proposal_id) if proposal_id.startswith(PREFIX) else None
        return decode_proposal(row) if row else None

    def commit(self, change: ProposalChange) -> None:
        """Commit a new proposal, or a change of one, with all that belongs to it. Raises Conflict.

        One transaction, whatever it holds: a journal without its approval cannot be.
        """
        posting = change.posting or _NOTHING_POSTED
        items = [*self.ledger.items(posting), self._item(change)]
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            raise why_cancelled(error, posting, len(items)) from error

    def _item(self, change: ProposalChange) -> dict[str, Any]:
        if change.old is not None:
            old, new = encode_proposal(change.old), encode_proposal(change.new)
            return {"Update": self.table.update_if_same(old, new)}
        put = self.table.put_if_absent(encode_proposal(change.new))
        del put["ReturnValuesOnConditionCheckFailure"]
        return {"Put": put}

    def find(self, query: ProposalQuery) -> ProposalPage:
        """A page of them, newest first (found through an index: may lag).

        Time parts those that wait from those that did too long. Raises Invalid for its cursor.
        """
        listed, since, until = _stretch(query)
        following: Any = {}
        if query.cursor is not None:
            following = {"ExclusiveStartKey": to_item(_start(listed, query.cursor))}
        with translated():
            answer = self.table.client.query(
                TableName=self.table.name,
                IndexName=INDEX,
                KeyConditionExpression="listed = :listed AND created_at BETWEEN :since AND :until",
                ExpressionAttributeValues=to_item(
                    {":listed": listed, ":since": since, ":until": until}
                ),
                ScanIndexForward=False,
                Limit=query.limit,
                **following,
            )
        ids = [from_item(item)["proposal_id"] for item in answer["Items"]]
        rows = {row["proposal_id"]: row for row in self.table.get_many(map(_key, ids))}
        found = (decode_proposal(rows[one]) for one in ids if one in rows)
        # The index lags: who has been decided meanwhile is not shown as waiting.
        shown = tuple(one for one in found if one.standing(query.now) is query.status)
        last = answer.get("LastEvaluatedKey")
        return ProposalPage(shown, _cursor(from_item(last)) if last else None)


def _key(proposal_id: str) -> dict[str, str]:
    return {"proposal_id": proposal_id}


def _stretch(query: ProposalQuery) -> tuple[str, int, int]:
    """The partition of the index, and from when to when what is in it was created."""
    turned = query.now - PROPOSAL_TTL
    match query.status:
        case S.AWAITING_APPROVAL:
            return f"{KIND}#{S.AWAITING_APPROVAL}", turned + 1, query.now
        case S.EXPIRED:
            return f"{KIND}#{S.AWAITING_APPROVAL}", 0, turned
        case _:
            return f"{KIND}#{query.status}", 0, query.now


def _cursor(key: Plain) -> str:
    return f"{key['created_at']}~{key['proposal_id']}"


def _start(listed: str, cursor: str) -> Plain:
    """The index key a cursor stands for. Raises Invalid when it is none of ours."""
    created_at, _, proposal_id = cursor.partition("~")
    digits = created_at.isascii() and created_at.isdecimal()
    if not digits or len(created_at) > CURSOR_DIGITS_MAX or not proposal_id.startswith(PREFIX):
        raise Invalid("that is not a cursor of this list", field="cursor")
    return {"listed": listed, "created_at": int(created_at), **_key(proposal_id)}


def encode_proposal(proposal: Proposal) -> Plain:
    """A proposal as its row."""
    request = proposal.request
    return present(
        proposal_id=proposal.proposal_id,
        listed=f"{KIND}#{proposal.status}",
        status=str(proposal.status),
        account=request.account.name,
        counter_account=request.counter_account.name,
        amount=request.amount.minor,
        currency=request.amount.currency,
        transact_type=str(request.transact_type),
        reason=request.reason,
        reference=request.reference,
        requested_by=request.actor,
        idempotency_key=request.idempotency_key,
        fingerprint=proposal.fingerprint,
        created_at=proposal.created_at,
        updated_at=proposal.updated_at,
        version=proposal.version,
        decided_by=proposal.decided_by,
        ledger_id=proposal.ledger_id,
    )


def decode_proposal(row: Plain) -> Proposal:
    """A proposal from its row."""
    request = AdjustmentRequest(
        account=parse_account(row["account"]),
        amount=Money(row["amount"], row["currency"]),
        transact_type=TransactType(row["transact_type"]),
        counter_account=parse_account(row["counter_account"]),
        reason=row["reason"],
        reference=row["reference"],
        actor=row["requested_by"],
        idempotency_key=row["idempotency_key"],
    )
    return Proposal(
        proposal_id=row["proposal_id"],
        request=request,
        fingerprint=row["fingerprint"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=ProposalStatus(row["status"]),
        version=row["version"],
        decided_by=row.get("decided_by"),
        ledger_id=row.get("ledger_id"),
    )
