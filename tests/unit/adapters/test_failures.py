from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse_aws.dynamodb.failures import cancellation_codes, code_of, translated


def error(code: str, reasons: object = None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "x"}}
    if reasons is not None:
        response["CancellationReasons"] = reasons
    return ClientError(response, "Op")


@pytest.mark.parametrize("code", ["TransactionConflictException", "TransactionInProgressException"])
def test_a_lost_race_is_a_conflict(code: str) -> None:
    with pytest.raises(Conflict), translated():
        raise error(code)


@pytest.mark.parametrize(
    "failure",
    [
        error("InternalServerError"),
        error("ThrottlingException"),
        error("ProvisionedThroughputExceededException"),
        error("RequestLimitExceeded"),
        error("ServiceUnavailable"),
        ReadTimeoutError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
    ],
)
def test_what_may_pass_is_unavailable(failure: Exception) -> None:
    with pytest.raises(Unavailable), translated():
        raise failure


@pytest.mark.parametrize(
    "code",
    ["ConditionalCheckFailedException", "TransactionCanceledException", "ValidationException"],
)
def test_what_the_caller_must_read_goes_through(code: str) -> None:
    with pytest.raises(ClientError) as through, translated():
        raise error(code)

    assert code_of(through.value) == code


def test_reasons_are_read_by_place() -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}, {}]

    codes = cancellation_codes(error("TransactionCanceledException", reasons), 3)

    assert codes == ["None", "ConditionalCheckFailed", "None"]


@pytest.mark.parametrize("reasons", [None, [], [{"Code": "ConditionalCheckFailed"}]])
def test_a_missing_or_short_list_says_nothing(reasons: object) -> None:
    with pytest.raises(Unavailable):
        cancellation_codes(error("TransactionCanceledException", reasons), 2)
