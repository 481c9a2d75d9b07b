"""TransactWriteItems: all or nothing, once under its token, and why not, by position."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tests.engine.engines import Engine, outcome, refused
from tests.engine.row import row
from tests.engine.things import HASH, table

TOKEN_LIVES_S = 600


def key(text: str) -> dict[str, Any]:
    return {HASH: {"S": text}}


def put(engine: Engine, name: str, **more: Any) -> dict[str, Any]:
    """A put that wants its key to be free."""
    condition = f"attribute_not_exists({HASH})"
    item = {**key(name), **more}
    wanted = {"TableName": table(engine), "Item": item, "ConditionExpression": condition}
    return {"Put": wanted}


def add(engine: Engine, text: str, name: str = "n") -> dict[str, Any]:
    """An addition of one, without a condition."""
    return {
        "Update": {
            "TableName": table(engine),
            "Key": key(text),
            "UpdateExpression": f"ADD {name} :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def write(engine: Engine, *items: Any, **more: Any) -> Any:
    return engine.client("dynamodb").transact_write_items(TransactItems=list(items), **more)


def stored(engine: Engine, text: str) -> dict[str, Any] | None:
    """The row as it is."""
    found: dict[str, Any] | None = (
        engine.client("dynamodb")
        .get_item(TableName=table(engine), Key=key(text), ConsistentRead=True)
        .get("Item")
    )
    return found


def number(engine: Engine, text: str) -> str | None:
    found = stored(engine, text)
    return None if found is None else str(found["n"]["N"])


@row(
    "transaction.rollback",
    "A transaction whose last condition fails writes nothing",
    aws=["TransactionCanceledException", None, "0"],
    because="a journal is never booked without the wallet it moves",
)
def rollback(engine: Engine) -> object:
    there, new, counted = engine.fresh(), engine.fresh(), engine.fresh()
    write(engine, put(engine, there), put(engine, counted, n={"N": "0"}))

    said = outcome(
        lambda: write(engine, put(engine, new), add(engine, counted), put(engine, there))
    )

    return [said, stored(engine, new), number(engine, counted)]


@row(
    "transaction.reasons",
    "A cancelled transaction says why, one reason a position, with the old item where asked",
    aws=[["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"], "7"],
    because="`AlreadyPosted` is told from a lost race by position (dynamodb/postings.py)",
)
def reasons(engine: Engine) -> object:
    there, also = engine.fresh(), engine.fresh()
    write(engine, put(engine, there, n={"N": "7"}), put(engine, also))
    shown = put(engine, there)
    shown["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"

    try:
        write(
            engine,
            put(engine, engine.fresh()),
            shown,
            add(engine, engine.fresh()),
            put(engine, also),
        )
    except ClientError as error:
        told: Any = error.response["CancellationReasons"]
        return [[one["Code"] for one in told], told[1]["Item"]["n"]["N"]]
    return "done"


@row(
    "transaction.token",
    "A transaction sent twice under one token is done once",
    aws="1",
    because="botocore sends its own retries, after a lost answer, under the first try's token",
)
def token(engine: Engine) -> object:
    text, same = engine.fresh(), engine.fresh("token")[-36:]
    for _ in range(2):
        write(engine, add(engine, text), ClientRequestToken=same)
    return number(engine, text)


@row(
    "transaction.token-expiry",
    "A token is forgotten after ten minutes, and the transaction done again",
    aws="2",
    because="why every booking also stands on a condition, and never on its token alone",
    not_on_aws="it would wait eleven minutes",
)
def token_expiry(engine: Engine) -> object:
    text, same = engine.fresh(), engine.fresh("token")[-36:]
    write(engine, add(engine, text), ClientRequestToken=same)
    engine.pass_s(TOKEN_LIVES_S + 60)
    write(engine, add(engine, text), ClientRequestToken=same)
    return number(engine, text)


@row(
    "transaction.token-mismatch",
    "A token with another transaction is refused",
    aws="IdempotentParameterMismatchException",
    because="a client that reused a token would be told, not answered with another's success",
)
def token_mismatch(engine: Engine) -> object:
    same = engine.fresh("token")[-36:]
    write(engine, add(engine, engine.fresh()), ClientRequestToken=same)
    return outcome(lambda: write(engine, add(engine, engine.fresh()), ClientRequestToken=same))


@row(
    "transaction.wrong-type",
    "An addition to a text cancels the transaction as a validation error, at its position",
    aws=["TransactionCanceledException", ["None", "ValidationError"]],
    because="it is neither a lost race nor a booking that is there: it must surface as a bug",
)
def wrong_type(engine: Engine) -> object:
    text = engine.fresh()
    write(engine, put(engine, text, n={"S": "seven"}))
    try:
        write(engine, put(engine, engine.fresh()), add(engine, text))
    except ClientError as error:
        told: Any = error.response.get("CancellationReasons", [])
        return [error.response["Error"]["Code"], [one["Code"] for one in told]]
    return "done"


@row(
    "transaction.hundred",
    "A transaction takes one to a hundred items",
    aws=["refused", "done", "refused"],
    because="`TRANSACTION_MAX` cuts postings and bills, and an empty posting is no transaction",
)
def hundred(engine: Engine) -> object:
    def of(count: int) -> str:
        return refused(lambda: write(engine, *(put(engine, engine.fresh()) for _ in range(count))))

    return [of(0), of(100), of(101)]


@row(
    "transaction.one-target",
    "A transaction that names an item twice is refused",
    aws=["refused", None],
    because="a posting folds all it does to a wallet into one write",
)
def one_target(engine: Engine) -> object:
    text = engine.fresh()
    return [
        refused(lambda: write(engine, put(engine, text), add(engine, text))),
        stored(engine, text),
    ]


@row(
    "transaction.big-item",
    "An item of more than 400 KB is refused, in a transaction and alone",
    aws=["refused", "ValidationException"],
    because="an order's row is bounded by what it may have, far below (test_order_book.py)",
)
def big_item(engine: Engine) -> object:
    too_big = put(engine, engine.fresh(), filling={"S": "x" * 410 * 1_024})
    alone = too_big["Put"]
    return [
        refused(lambda: write(engine, too_big)),
        outcome(lambda: engine.client("dynamodb").put_item(**alone)),
    ]


@row(
    "transaction.four-megabytes",
    "A transaction of more than 4 MB is refused",
    aws="refused",
    because="a full batch of postings stays below it (wallets and journals are a few KB)",
)
def four_megabytes(engine: Engine) -> object:
    part = {"S": "x" * 390 * 1_024}
    items = [put(engine, engine.fresh(), filling=part) for _ in range(11)]
    return refused(lambda: write(engine, *items))
