"""What DynamoDB's refusals mean to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Conflict, Unavailable

CONDITION_FAILED = "ConditionalCheckFailedException"
TRANSACTION_CANCELLED = "TransactionCanceledException"
_RACES = frozenset({"TransactionConflictException", "TransactionInProgressException"})
_PASSING = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what may pass into Unavailable and lost races into Conflict; the rest is a bug."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _RACES:
            raise Conflict("another transaction holds the row") from error
        if code in _PASSING:
            raise Unavailable(f"DynamoDB said {code}") from error
        raise
    except BotoCoreError as error:
        raise Unavailable("DynamoDB did not answer") from error


def cancellation_codes(error: ClientError, expected: int) -> list[str]:
    """Why each item of a cancelled transaction failed, by position; "None" where it did not.

    A list that is missing or of another length says nothing: Unavailable, never "already done".
    """
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    if len(reasons) != expected:
        raise Unavailable("the transaction was cancelled for unknown reasons") from error
    return [reason.get("Code", "None") for reason in reasons]
