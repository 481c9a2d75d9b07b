import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.psp import FactKind
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.lake_rows import LINE_MAX, LakeLine
from countinghouse_aws.dynamodb import images
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.journal_rows import encode_journal
from countinghouse_aws.dynamodb.orders import encode_order
from countinghouse_aws.dynamodb.psp_events import encode_psp_event
from functions.lake import handler
from functions.lake.wiring import Deps
from tests.builders import a_journal, an_event, an_order
from tests.fakes.lambdas import FakeContext

S = OrderStatus
S1 = WalletAddress("seller:s1", "EUR")
ALL_DONE: dict[str, list[str]] = {"batchItemFailures": []}


@dataclass
class Shore:
    filed: list[LakeLine] = field(default_factory=list)
    puts: int = 0
    poison: list[dict[str, Any]] = field(default_factory=list)
    is_down: bool = False

    def deps(self) -> Deps:
        return Deps(
            decoders={
                "orders": images.decoder(images.order_change),
                "events": images.decoder(images.psp_event_change),
                "ledger": images.decoder(images.ledger_change),
            },
            put=self.put,
            poison=lambda body: self.poison.append(json.loads(body)),
        )

    def put(self, rows: Sequence[LakeLine]) -> None:
        if self.is_down:
            raise Unavailable("Firehose did not take the rows")
        self.puts += 1
        self.filed += rows

    def take(self, *records: dict[str, Any]) -> object:
        return handler.lambda_handler({"Records": list(records)}, FakeContext())


@pytest.fixture
def shore(monkeypatch: pytest.MonkeyPatch) -> Shore:
    shore = Shore()
    monkeypatch.setattr(handler, "deps", shore.deps)
    return shore


def record(table: str, old: Plain | None, new: Plain | None, number: int = 1) -> dict[str, Any]:
    change: dict[str, Any] = {"SequenceNumber": str(number), "Keys": {"id": {"S": "x1"}}}
    if old is not None:
        change["OldImage"] = to_item(old)
    if new is not None:
        change["NewImage"] = to_item(new)
    return {
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "eventSourceARN": f"arn:aws:dynamodb:eu:1:table/{table}/stream/2026",
        "dynamodb": change,
    }


def a_row(**changes: Any) -> Plain:
    return encode_journal(
        plan_posting([a_journal(**changes)], {S1: Wallet(S1)}).posting.journals[0]
    )


JOURNAL = a_row()
EVENT = encode_psp_event(an_event(an_order(), FactKind.CAPTURED))


def test_a_batch_is_put_at_once(shore: Shore) -> None:
    answer = shore.take(
        record("ledger", None, JOURNAL),
        record("orders", encode_order(an_order()), encode_order(an_order(S.CAPTURED))),
        record("events", None, EVENT),
    )

    assert answer == ALL_DONE
    assert [line.table for line in shore.filed] == ["postings", "postings", "orders", "psp_events"]
    assert (shore.puts, shore.poison) == (1, [])


def test_a_journals_links_are_filed(shore: Shore) -> None:
    shore.take(record("ledger", None, JOURNAL))

    (link,) = json.loads(json.loads(shore.filed[0].text)["links"])
    assert link == {
        "owner": "seller:s1",
        "wallet_id": "EUR#0",
        "sequence": 1,
        "chain": JOURNAL["links"][0]["chain"],
        "previous": None,
    }


@pytest.mark.parametrize(
    "harmless",
    [
        record("events", EVENT, None),
        record("orders", encode_order(an_order()), None),
        record("ledger", None, {"book": "claim#1", "entry": "0", "scope": "x"}),
    ],
    ids=["forgotten event", "removed order", "claim"],
)
def test_what_makes_no_row_calls_nobody(shore: Shore, harmless: dict[str, Any]) -> None:
    assert shore.take(harmless) == ALL_DONE
    assert (shore.puts, shore.filed, shore.poison) == (0, [], [])


@pytest.mark.parametrize(
    "poison",
    [
        record("orders", None, {"order_id": "x1", "status": "odd", "secret": "tok_c1"}, number=7),
        record("unknown-table", None, {"secret": "tok_c1"}, number=7),
        record("ledger", None, {**JOURNAL, "kind": "refund", "cause": "tok_c1"}, number=7),
        record("ledger", None, a_row(cause="tok_c1" * LINE_MAX), number=7),
    ],
    ids=["unreadable", "unknown table", "forged", "too long"],
)
def test_a_record_that_makes_no_row_is_set_aside_and_blocks_nothing(
    shore: Shore, poison: dict[str, Any], logs: io.StringIO
) -> None:
    assert shore.take(poison, record("ledger", None, JOURNAL)) == ALL_DONE

    assert len(shore.filed) == 2
    (left,) = shore.poison
    assert (left["sequence_number"], left["keys"]) == ("7", {"id": "x1"})
    assert "tok_c1" not in json.dumps(left) + logs.getvalue()


def test_firehose_out_of_reach_holds_the_whole_batch(shore: Shore) -> None:
    shore.is_down = True

    with pytest.raises(Unavailable):
        shore.take(record("ledger", None, JOURNAL))


def test_a_poison_queue_that_is_down_loses_nothing(
    shore: Shore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: str) -> None:
        raise Unavailable("SQS is down")

    monkeypatch.setattr(shore, "poison", type("Down", (), {"append": staticmethod(down)}))

    with pytest.raises(Unavailable):
        shore.take(record("orders", None, {"order_id": "x1"}))
