"""What the cancellation of a transaction that books journals means."""

from __future__ import annotations

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict
from countinghouse.domain.posting import AlreadyPosted, Posting
from countinghouse_aws.dynamodb.failures import (
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
)

_CONDITION = "ConditionalCheckFailed"


def why_cancelled(error: ClientError, posting: Posting, expected: int) -> Conflict:
    """What a transaction that begins with a posting's journals was cancelled for.

    Raises the error again when it was not, and Unavailable when it does not say why.
    """
    if code_of(error) != TRANSACTION_CANCELLED:
        raise error
    codes = cancellation_codes(error, expected)
    ids = [linked.journal.ledger_id for linked in posting.journals]
    known = frozenset(i for i, code in zip(ids, codes, strict=False) if code == _CONDITION)
    return AlreadyPosted(known) if known else Conflict("a row moved on while journals were booked")
