from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse_aws.due_keys import DUE_SHARDS_MAX, QUIET_SHARDS
from countinghouse_aws.dynamodb.table import Table, due_attributes

ROW = {"id": "x", "version": 3, "a": 1, "b": "kept", "gone": "old"}


class Client:
    """Answers each call with the next scripted answer, and remembers the parameters."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def table(*answers: Any) -> tuple[Table, Client]:
    client = Client(*answers)
    return Table(cast(Any, client), "things", ("id",)), client


def refusal(item: object = None) -> ClientError:
    response: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
    if item is not None:
        response["Item"] = item
    return ClientError(response, "PutItem")


def test_every_read_is_consistent() -> None:
    things, client = table({"Item": {"id": {"S": "x"}}}, {"Responses": {"things": []}})

    assert things.get(id="x") == {"id": "x"}
    things.get_many([{"id": "x"}])

    assert client.calls[0][1]["ConsistentRead"] is True
    assert client.calls[1][1]["RequestItems"]["things"]["ConsistentRead"] is True


def test_what_was_left_unread_is_asked_for_again() -> None:
    left = {"things": {"Keys": [{"id": {"S": "y"}}], "ConsistentRead": True}}
    things, client = table(
        {"Responses": {"things": [{"id": {"S": "x"}}]}, "UnprocessedKeys": left},
        {"Responses": {"things": [{"id": {"S": "y"}}]}, "UnprocessedKeys": {}},
    )

    assert things.get_many([{"id": "x"}, {"id": "y"}]) == [{"id": "x"}, {"id": "y"}]
    assert client.calls[1][1]["RequestItems"] == left


def test_what_stays_unread_is_unavailable_and_never_missing() -> None:
    left: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": {"things": {"Keys": []}}}
    things, _ = table(*[left] * 10)

    with pytest.raises(Unavailable):
        things.get_many([{"id": "x"}])


def test_an_add_is_conditional_and_asks_for_what_is_in_the_way() -> None:
    things, client = table({})

    assert things.add(ROW) is None

    ((_, put),) = client.calls
    assert put["ConditionExpression"] == "attribute_not_exists(#key)"
    assert put["ExpressionAttributeNames"] == {"#key": "id"}
    assert put["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_what_stood_in_the_way_is_handed_back_without_a_read() -> None:
    things, client = table(refusal({"id": {"S": "x"}}))

    assert things.add(ROW) == {"id": "x"}
    assert len(client.calls) == 1


def test_a_refusal_without_the_row_is_a_conflict_and_no_success() -> None:
    things, _ = table(refusal())

    with pytest.raises(Conflict):
        things.add(ROW)


def test_a_change_names_only_what_differs_on_the_old_version() -> None:
    things, _ = table()

    update = things.update_if_same(ROW, {"id": "x", "version": 4, "a": 2, "b": "kept", "new": True})

    assert update["ConditionExpression"] == "#version = :version"
    assert update["ExpressionAttributeValues"][":version"] == {"N": "3"}
    assert update["Key"] == {"id": {"S": "x"}}
    named = set(update["ExpressionAttributeNames"].values())
    assert named == {"version", "a", "new", "gone"}
    assert update["UpdateExpression"].count("REMOVE") == 1


def test_a_lost_race_is_a_conflict_and_any_other_error_is_itself() -> None:
    broken = ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "UpdateItem")
    things, _ = table(refusal(), broken)

    with pytest.raises(Conflict):
        things.replace(ROW, {**ROW, "version": 4})
    with pytest.raises(ClientError):
        things.replace(ROW, {**ROW, "version": 4})


def test_pages_are_followed_to_the_end() -> None:
    first = {"Items": [{"id": {"S": "x"}}], "LastEvaluatedKey": {"id": {"S": "x"}}}
    things, client = table(
        first,
        {"Items": [], "LastEvaluatedKey": {"id": {"S": "y"}}},
        {"Items": [{"id": {"S": "z"}}]},
    )

    assert list(things.pages("scan")) == [{"id": "x"}, {"id": "z"}]
    assert client.calls[2][1]["ExclusiveStartKey"] == {"id": {"S": "y"}}


@given(st.text(min_size=1, max_size=20), st.integers(0, 10**13))
def test_a_row_is_due_on_one_shard_always_the_same(row_id: str, due_at: int) -> None:
    attributes = due_attributes(row_id, due_at)

    assert attributes == due_attributes(row_id, due_at)
    assert int(attributes["due_shard"]) in range(QUIET_SHARDS)
    assert due_attributes(row_id, None) == {}


@pytest.mark.parametrize("shards", [QUIET_SHARDS, 64, DUE_SHARDS_MAX])
def test_due_rows_are_spread_over_the_shards(shards: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUE_SHARDS", str(shards))

    found = [due_attributes(f"o{n}", 1)["due_shard"] for n in range(50 * shards)]

    assert min(found.count(str(n)) for n in range(shards)) > 20
    assert len(set(found)) == shards


def test_an_index_that_changes_seldom_keeps_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUE_SHARDS", "256")

    found = {due_attributes(f"w{n}", 1, QUIET_SHARDS)["due_shard"] for n in range(400)}

    assert found == {str(n) for n in range(QUIET_SHARDS)}
