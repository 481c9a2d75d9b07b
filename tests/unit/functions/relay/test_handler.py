import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.finding import Finding
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.psp import FactKind
from countinghouse.domain.reconciliation import RunStatus
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.messages import Published, Queue
from countinghouse_aws.dynamodb import images
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.findings import encode_finding
from countinghouse_aws.dynamodb.journal_rows import encode_journal
from countinghouse_aws.dynamodb.orders import encode_order
from countinghouse_aws.dynamodb.payments import encode_payment
from countinghouse_aws.dynamodb.payout_rows import encode_account, encode_payout
from countinghouse_aws.dynamodb.psp_events import encode_psp_event
from countinghouse_aws.dynamodb.reconciliation import encode_file, encode_run
from countinghouse_aws.dynamodb.wallets import encode_wallet
from functions.relay import handler
from functions.relay.wiring import Deps
from tests.builders import NOW, a_journal, a_payment, an_event, an_open_checkout, an_order
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.fakes.queues import FakeOutbox
from tests.payouts import a_payout, an_account
from tests.runs import a_file, a_run

S = OrderStatus
Q = Queue
S1 = WalletAddress("seller:s1", "EUR")
LINKED = plan_posting([a_journal()], {S1: Wallet(S1)}).posting.journals[0]


@dataclass
class Desk:
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    published: list[Published] = field(default_factory=list)
    poison: list[dict[str, Any]] = field(default_factory=list)
    bus_is_down: bool = False

    def deps(self) -> Deps:
        return Deps(
            decoders={
                "payments": images.decoder(images.payment_change),
                "orders": images.decoder(images.order_change),
                "events": images.decoder(images.psp_event_change),
                "ledger": images.decoder(images.ledger_change),
                "wallet": images.decoder(images.wallet_change),
                "payouts": images.decoder(images.payout_change),
                "reconciliation": images.decoder(images.reconciliation_change),
                "balances": images.decoder(images.balance_change),
            },
            outbox=self.outbox,
            publish=self.publish,
            poison=lambda body: self.poison.append(json.loads(body)),
            clock=FakeClock(),
        )

    def publish(self, events: Sequence[Published]) -> None:
        if self.bus_is_down:
            raise Unavailable("EventBridge did not take the events")
        self.published += events

    def relay(self, *records: dict[str, Any]) -> object:
        return handler.lambda_handler({"Records": list(records)}, FakeContext())


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def record(
    table: str, old: Plain | None, new: Plain | None, name: str | None = None, number: int = 1
) -> dict[str, Any]:
    change: dict[str, Any] = {"SequenceNumber": str(number), "Keys": {"id": {"S": "x1"}}}
    if old is not None:
        change["OldImage"] = to_item(old)
    if new is not None:
        change["NewImage"] = to_item(new)
    kind = name or ("INSERT" if old is None else "REMOVE" if new is None else "MODIFY")
    return {
        "eventName": kind,
        "eventSourceARN": f"arn:aws:dynamodb:eu:1:table/{table}/stream/2026",
        "dynamodb": change,
    }


ALL_DONE: dict[str, list[str]] = {"batchItemFailures": []}


def test_each_tables_changes_go_their_way(desk: Desk) -> None:
    event = an_event(an_order(), FactKind.CAPTURED)

    answer = desk.relay(
        record("payments", encode_payment(an_open_checkout()), encode_payment(a_payment())),
        record("orders", encode_order(an_order()), encode_order(an_order(S.CAPTURED))),
        record("events", None, encode_psp_event(event)),
        record("ledger", None, encode_journal(LINKED)),
        record("wallet", None, encode_wallet(Wallet(S1, {"bank:b": 1, "rounding": -1}))),
        record("balances", None, {"snapshot": "latest", "as_of": NOW, "accounts": {}}),
    )

    assert answer == ALL_DONE
    assert desk.outbox.bodies(Q.ORDERS) == [{"order_id": "o1", "checkout_id": "c1"}]
    assert desk.outbox.bodies(Q.POSTINGS) == [{"order_id": "o1"}]
    assert desk.outbox.bodies(Q.PSP_EVENTS) == [{"event_key": event.event_key}]
    assert desk.outbox.bodies(Q.PROGRESS) == [{"checkout_id": "c1", "order_id": "o1"}]
    assert [e.name for e in desk.published] == ["order.captured"]
    assert desk.poison == []


FINDING = Finding("f1", "trial_balance", "EUR sums to 5", NOW)
BENT = {**encode_journal(LINKED), "kind": "refund"}


@pytest.mark.parametrize(
    "damage",
    [
        record("ledger", encode_journal(LINKED), encode_journal(LINKED)),
        record("ledger", encode_journal(LINKED), None),
        record("ledger", None, BENT),
        record("wallet", encode_wallet(Wallet(S1)), None),
        record("wallet", None, encode_wallet(Wallet(S1, {"bank:b": 1}))),
        record("balances", None, encode_finding(FINDING)),
    ],
    ids=["altered", "removed", "forged", "wallet removed", "unbalanced", "finding"],
)
def test_damage_to_the_books_calls_a_person(desk: Desk, damage: dict[str, Any]) -> None:
    assert desk.relay(damage) == ALL_DONE
    assert [event.name for event in desk.published] == ["audit.raised"]


@pytest.mark.parametrize(
    "harmless",
    [
        record("events", encode_psp_event(an_event(an_order(), FactKind.CAPTURED)), None),
        record("ledger", None, {"book": "claim#1", "entry": "0", "scope": "x"}),
        record("balances", {"snapshot": "latest"}, {"snapshot": "latest"}),
        record("balances", encode_finding(FINDING), None),
        record("payments", encode_payment(a_payment()), None),
        record("orders", encode_order(an_order()), None),
        record("reconciliation", None, encode_file(a_file())),
        record("reconciliation", None, {"subject": "brk_1", "row": "break"}),
    ],
)
def test_what_nobody_waits_for_sends_nothing(desk: Desk, harmless: dict[str, Any]) -> None:
    assert desk.relay(harmless) == ALL_DONE
    assert (desk.outbox.sent, desk.published, desk.poison) == ([], [], [])


@pytest.mark.parametrize(
    "poison",
    [
        record("orders", None, {"order_id": "x1", "status": "odd", "secret": "tok_c1"}, number=7),
        record("unknown-table", None, {"secret": "tok_c1"}, number=7),
    ],
)
def test_a_record_that_cannot_be_routed_is_set_aside_by_its_keys(
    desk: Desk, poison: dict[str, Any], logs: io.StringIO
) -> None:
    good = record("ledger", None, encode_journal(LINKED))

    assert desk.relay(poison, good) == ALL_DONE

    assert len(desk.outbox.bodies(Q.PROGRESS)) == 1
    (left,) = desk.poison
    assert (left["sequence_number"], left["keys"]) == ("7", {"id": "x1"})
    assert "tok_c1" not in json.dumps(left) + logs.getvalue()


def test_a_queue_that_is_down_holds_the_whole_batch(desk: Desk) -> None:
    desk.outbox.is_down = True

    with pytest.raises(Unavailable):
        desk.relay(record("ledger", None, encode_journal(LINKED)))


def test_a_bus_that_is_down_holds_the_whole_batch(desk: Desk) -> None:
    desk.bus_is_down = True

    with pytest.raises(Unavailable):
        desk.relay(record("orders", None, encode_order(an_order(S.CAPTURED))))


def test_a_poison_queue_that_is_down_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: str) -> None:
        raise Unavailable("SQS is down")

    monkeypatch.setattr(desk, "poison", type("Down", (), {"append": staticmethod(down)}))

    with pytest.raises(Unavailable):
        desk.relay(record("orders", None, {"order_id": "x1"}))


def test_a_new_payout_is_sent_on_and_a_bank_account_is_not(desk: Desk) -> None:
    desk.relay(
        record("payouts", None, encode_account(an_account())),
        record("payouts", None, encode_payout(a_payout())),
    )

    assert desk.outbox.bodies(Q.PAYOUTS) == [{"payout_id": "po_1"}]
    assert desk.poison == []


def test_a_run_that_completes_is_published(desk: Desk) -> None:
    done = encode_run(a_run(RunStatus.COMPLETED, version=2))

    assert desk.relay(record("reconciliation", encode_run(a_run()), done)) == ALL_DONE

    assert [(e.name, e.version) for e in desk.published] == [("reconciliation.completed", 2)]
    assert desk.outbox.sent == []


def test_journals_of_a_batch_that_do_not_fit_each_other_call_a_person(desk: Desk) -> None:
    both = plan_posting([a_journal(), a_journal("o2")], {S1: Wallet(S1)}).posting.journals
    forked = replace(both[1], journal=a_journal("o3"))

    desk.relay(*(record("ledger", None, encode_journal(one)) for one in both))
    assert desk.published == []

    desk.relay(*(record("ledger", None, encode_journal(one)) for one in (*both, forked)))

    assert {event.data["code"] for event in desk.published} == {"window_unbalanced"}
    assert len(desk.outbox.bodies(Q.PROGRESS)) == 5


def test_what_is_published_is_counted_by_its_name_and_doubt_as_it_begins_and_ends(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    sent, unknown, captured = (encode_order(an_order(s)) for s in (S.SENT, S.UNKNOWN, S.CAPTURED))

    desk.relay(
        record("orders", sent, unknown),
        record("orders", unknown, unknown),
        record("orders", unknown, captured),
        record("orders", sent, captured),
    )

    shown = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert shown["Event_order.captured"] == 2
    assert (shown["DoubtBegun"], shown["DoubtEnded"]) == (1, 1)


def test_a_finding_that_was_raised_before_is_not_raised_again(desk: Desk) -> None:
    desk.relay(record("balances", None, encode_finding(replace(FINDING, announced=True))))

    assert (desk.published, desk.poison) == ([], [])


def test_stops_and_seals_are_nobodys_news(desk: Desk) -> None:
    desk.relay(
        record("balances", None, {"snapshot": "stop#EUR", "fnd_1": NOW}),
        record("balances", None, {"snapshot": "seal#2026-11-22", "day": "2026-11-22"}),
        record("balances", None, {"snapshot": "seals", "days": []}),
    )

    assert (desk.published, desk.poison) == ([], [])
