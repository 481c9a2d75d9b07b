"""The ways in which a call goes wrong: which apply to it, and what those come to that stand for
others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from countinghouse.domain.errors import Conflict, CountinghouseError, Unavailable
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.system.clients import aws_client
from tests.simulation import aws_wire
from tests.simulation.explore import calls_of, play
from tests.simulation.faults import (
    CONFLICTS,
    PASSING,
    TRANSACTION,
    Call,
    Mode,
    Plan,
    Strike,
    parse_plan,
)
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.tasks import Pairs
from tests.simulation.world import World

M = Mode


def _call(operation: str, service: str = "dynamodb", rows: int = 1, *idle: Mode) -> Call:
    return Call(1, "posting", service, operation, "", 1, rows, frozenset(idle))


@pytest.mark.parametrize(
    ("call", "modes"),
    [
        (_call("GetItem"), {M.STALE}),
        (_call("GetItem", "dynamodb", 1, M.STALE), set()),
        (_call("BatchGetItem"), {M.STALE, M.PARTIAL}),
        (_call("Query"), {M.STALE, M.PARTIAL}),
        (_call("Query", "dynamodb", 1, M.STALE, M.PARTIAL), set()),
        (_call("UpdateItem"), {M.AFTER, M.CONFLICT, M.GONE, M.STALL}),
        (
            _call(TRANSACTION, rows=2),
            {M.AFTER, M.CONFLICT, M.CONFLICT_LAST, M.IN_PROGRESS, M.GONE, M.STALL},
        ),
        (_call(TRANSACTION, rows=3), {M.AFTER, *CONFLICTS, M.IN_PROGRESS, M.GONE, M.STALL}),
        (_call("SendMessageBatch", "sqs"), {M.AFTER, M.PARTIAL, M.GONE, M.STALL}),
        (_call("POST /v1/charges", "psp"), {M.AFTER, M.UNSENT, M.ERR_AFTER, M.STALL}),
        (_call("GET /v1/charges", "psp"), {M.AFTER, M.UNSENT, M.STALL}),
    ],
    ids=range(11),
)
def test_a_call_goes_wrong_in_the_ways_that_differ(call: Call, modes: set[Mode]) -> None:
    assert set(call.modes) == {M.BEFORE, M.LOST, M.ERR, M.RACE} | modes


def test_every_way_to_go_wrong_is_some_calls(process: Machine) -> None:
    met = {mode for flow in ("F9", "P1") for c in calls_of(process, Plan(flow)) for mode in c.modes}

    assert met == set(Mode)


@pytest.mark.parametrize("code", PASSING)
def test_however_a_table_says_later_our_code_hears_the_same(
    process: Machine, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(aws_wire, "PASSING", {code: PASSING[code]})

    error = _error_of(process, M.ERR)

    assert type(error) is Unavailable
    assert code in str(error)


@pytest.mark.parametrize("mode", [M.CONFLICT, M.IN_PROGRESS])
def test_a_row_that_is_held_is_a_conflict(process: Machine, mode: Mode) -> None:
    assert type(_error_of(process, mode)) is Conflict


def _error_of(process: Machine, mode: Mode) -> CountinghouseError:
    """What becomes of a put when the first call, and each repeat of it, fails so."""
    world = World(process, FLOWS["F1"], Plan("F1", (Strike(0, mode),)))
    with world.alive(), pytest.raises(CountinghouseError) as caught:
        Table(aws_client("dynamodb"), "payment_order", ("order_id",)).add({"order_id": "o"})
    assert mode is not M.ERR or len(world.injector.struck) == 3
    return caught.value


@pytest.mark.parametrize(
    ("mode", "place"), [(M.CONFLICT, 0), (M.CONFLICT_AMID, 1), (M.CONFLICT_LAST, 2)]
)
def test_the_conflict_is_of_the_row_that_the_mode_says(
    process: Machine, mode: Mode, place: int
) -> None:
    puts = [
        {"Put": {"TableName": "payment_order", "Item": {"order_id": {"S": name}}}} for name in "abc"
    ]
    world = World(process, FLOWS["F1"], Plan("F1", (Strike(0, mode),)))
    client = aws_client("dynamodb")
    with world.alive(), pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=puts)

    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons.index("TransactionConflict") == place
    assert (len(reasons), reasons.count("None")) == (3, 2)


Change = Callable[[], None]


@pytest.fixture(name="due")
def due_keys(process: Machine) -> Iterator[Callable[[Mode | None], list[str]]]:
    """What an index shows of the rows that are due, in this way, after the last change of each."""
    world = World(process, FLOWS["F1"], Plan("F1"))
    # These rows are nothing but their keys.
    world.injector.observed = lambda _: None
    with world.alive():
        orders = Table(aws_client("dynamodb"), "payment_order", ("order_id",))
        due = {"due_shard": "1", "due_at": 5}
        orders.add({"order_id": "new", "version": 1, **due})
        orders.add({"order_id": "done", "version": 1, **due})
        done = {"order_id": "done", "version": 2}
        orders.replace({"order_id": "done", "version": 1, **due}, done)

        def shown(mode: Mode | None) -> list[str]:
            strikes = () if mode is None else (Strike(len(world.injector.calls), mode),)
            world.injector.plan = Plan("F1", strikes)
            answer = orders.client.query(
                TableName="payment_order",
                IndexName="due",
                KeyConditionExpression="due_shard = :one",
                ExpressionAttributeValues={":one": {"S": "1"}},
            )
            return [item["order_id"]["S"] for item in answer["Items"]]

        yield shown


def test_an_index_that_lags_shows_every_row_as_it_was(
    due: Callable[[Mode | None], list[str]],
) -> None:
    assert due(None) == ["new"]
    assert due(M.STALE) == ["done"]
    assert due(M.PARTIAL) == []
    assert due(None) == ["new"], "only that one read was misled"


def test_nothing_of_ours_reads_a_row_that_may_be_old(process: Machine) -> None:
    """But for indexes, whose rows are read once more (T24), and for what is never removed."""
    lagging = set[str]()

    def look(_: str, body: bytes) -> None:
        reads = json.loads(body).get("RequestItems", {}).items()
        lagging.update(table for table, read in reads if not read["ConsistentRead"])

    for flow in ("F2", "A9", "P1"):
        world = World(process, FLOWS[flow], Plan(flow))
        world.aws.log = look
        world.run()
        able = {call for call in world.injector.calls if M.STALE in call.modes}
        assert {call.operation for call in able} <= {"Query", "BatchGetItem"}
    assert {"ledger"} <= lagging <= {"ledger", "psp_event"}


def test_a_read_that_is_owed_what_is_there_gets_it_under_any_plan(process: Machine) -> None:
    """Numbers shift behind a fault: A1's second look at its order is the third call here."""
    world = play(process, parse_plan("A1:1:conflict+2:stale"))

    assert str(world.injector.struck[1]) == "2 fulfilment -> dynamodb.GetItem"


def test_behind_a_fault_no_second_one_changes_nothing(process: Machine) -> None:
    first = Strike(1, M.CONFLICT)
    told = list(Pairs("A1", (first,), 0).behind(process, first))
    calls = calls_of(process, Plan("A1", (first,)))

    misread = [calls[plan.strikes[1].k] for plan in told if plan.strikes[1].mode is M.STALE]

    assert len(told) > len(calls)
    assert {call.operation for call in calls} >= {"GetItem", "BatchGetItem"}
    assert misread
    assert {call.operation for call in misread} <= {"Query", "BatchGetItem"}


def test_a_psp_that_did_it_and_says_500_is_not_charged_again(process: Machine) -> None:
    (charge,) = (c for c in calls_of(process, Plan("F1")) if c.operation == "POST /v1/charges")

    world = play(process, parse_plan(f"F1:{charge.number}:err-after"))

    made = [call.operation for call in world.injector.calls]
    assert made.count("POST /v1/charges") == 1
