"""Every invariant has a checker, and the checker finds a state that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest
from ministack.services import dynamodb

from countinghouse.domain.wallet_folds import FOLD_OUT
from countinghouse_aws.dynamodb.codec import Plain, from_item, to_item
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.orders import decode_order
from tests.simulation import cloud
from tests.simulation.client import Ask, Script
from tests.simulation.events import api_event
from tests.simulation.faults import Broken, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.invariants import INVARIANTS
from tests.simulation.lambdas import Function
from tests.simulation.machine import Machine
from tests.simulation.psp_wire import Shop
from tests.simulation.rest import at_rest
from tests.simulation.rest_of_books import shared_out, verified
from tests.simulation.rest_of_cards import cards, looks_like_card, stored
from tests.simulation.watch_of_books import crossed, named
from tests.simulation.watch_of_payout import is_folded_in_one
from tests.simulation.world import World
from tools.sandbox_psp.outbox import Delivery, signature

CARD = "4242 4242 4242 4242"
Planting = Callable[[World], Iterable[str]]


def _rows(table: str, **like: object) -> list[Plain]:
    found = list(cloud.rows(table))
    return [row for row in found if all(row.get(name) == one for name, one in like.items())]


def _alter(table: str, **changes: object) -> None:
    """Change the last row of a table behind everybody's back; None takes an attribute away."""
    *_, by_sort = dynamodb._tables[table]["items"].values()
    sort, item = next(iter(by_sort.items()))
    row = from_item(item) | changes
    by_sort[sort] = to_item({name: one for name, one in row.items() if one is not None})


def _at_rest(world: World) -> list[str]:
    events = world.aws.bus.events
    return list(at_rest(world.shop, events, world.flow.expected, world.now))


def _written(table: str, change: Callable[[Plain], Plain], **like: object) -> Planting:
    """A row of that kind is written once more, changed."""

    def plant(world: World) -> list[str]:
        old = _rows(table, **like)[0]
        world.watch._written(table, old, change(old))
        return world.watch.problems

    return plant


def _first_written(change: Callable[[Plain], Plain], **like: object) -> Planting:
    """A journal as one of that kind, changed, is written as a new one."""

    def plant(world: World) -> list[str]:
        world.watch._written("ledger", None, change(_rows("ledger", **like)[0]))
        return world.watch.problems

    return plant


def _altered(table: str, **changes: object) -> Planting:
    def plant(world: World) -> list[str]:
        _alter(table, **changes)
        return _at_rest(world)

    return plant


def _next_version(row: Plain, **changes: object) -> Plain:
    return row | {"version": row["version"] + 1} | changes


def _more(legs: list[Plain], minor: int = 1) -> list[Plain]:
    return [legs[0] | {"amount": legs[0]["amount"] + minor}, *legs[1:]]


def _another(journal: Plain, **changes: object) -> Plain:
    return journal | {"entry": "another"} | changes


def _two_open(row: Plain) -> Plain:
    attempt = {name: one for name, one in row["attempts"][0].items() if name != "outcome"}
    return _next_version(row, attempts=[attempt, attempt | {"number": 2}])


def _half_a_fold(_: World) -> Iterator[str]:
    """What left a sub-wallet did not arrive in the first."""
    _alter("ledger", kind=FOLD_OUT, legs=[_leg("inter_wallet", -5, "EUR")])
    return is_folded_in_one()


def _lost_journal(world: World) -> list[str]:
    (capture,) = _rows("ledger", kind="capture")
    del dynamodb._tables["ledger"]["items"][capture["book"]]
    return _at_rest(world)


def _taken_twice(world: World) -> list[str]:
    """The PSP holds a charge under another key of its own."""
    world.shop.book.run("UPDATE charges SET idempotency_key = 'of nobody'")
    return _at_rest(world)


def _charged_twice(world: World) -> list[str]:
    (charge,) = world.shop.charges()
    twin = replace(charge, psp_reference="ch_twin", idempotency_key="twin", number=99)
    world.shop.book.put("charges", asdict(twin))
    world.watch._one_charge_an_order()
    return world.watch.problems


def _uneven(_: World) -> Iterator[str]:
    order = decode_order(_rows("payment_order")[0])
    linked = [decode_journal(row) for row in _rows("ledger")]
    return shared_out(order, linked, order.captured_minor + 1)


def _forgotten_effect(world: World) -> list[str]:
    """An event is applied, and its order as it was before."""
    first = from_item(cloud.stream("payment_order", 0)[0]["dynamodb"]["NewImage"])
    _alter("payment_order", **dict.fromkeys(_rows("payment_order")[0]) | first)
    _alter("psp_event", status="applied")
    world.watch.after_invocation()
    return world.watch.problems


def _not_idempotent(world: World) -> list[str]:
    def counts(event: Mapping[str, Any], context: object) -> None:
        _alter("payment_event", version=_rows("payment_event")[0]["version"] + 1)

    functions = world.machine.functions
    kept = functions["payment_progress"]
    functions["payment_progress"] = Function("payment_progress", counts, kept.forget)
    try:
        return list(world.unmoved())
    finally:
        functions["payment_progress"] = kept


def _unstored_ask(world: World) -> list[str]:
    def asks(_: Shop) -> Script:
        body = {"checkout_id": "chk-1", "amount": 2_500, "currency": "EUR"}
        event = api_event("POST /v1/payments/sessions", body)
        yield Ask("payments", event, lambda: False)

    another = World(world.machine, replace(FLOWS["F1"], scripts=(asks,)), Plan("F1"))
    try:
        another.run()
    except Broken as broken:
        return broken.problems
    return []


def _delivery(world: World, body: bytes, secret: str = cloud.WEBHOOK_SECRET) -> Delivery:
    signed = signature(secret, world.machine.clock.datetime(), body)
    return Delivery(1, "evt_x", "ch_x", "ord-1", 1, {"Sandbox-Signature": signed}, body)


def _unstored_webhook(world: World) -> list[str]:
    world.mail.invoke = lambda *_: {"statusCode": 200}
    world.mail._hand_over(_delivery(world, b"{}"))
    return world.problems


def _believed_forgery(world: World) -> list[str]:
    world.mail.invoke = lambda *_: {"statusCode": 200}
    world.mail._hand_over(_delivery(world, b"{}", "of somebody else"))
    return world.problems


def _left_in_queue(world: World) -> list[str]:
    cloud.messages("orders").append({"id": "m", "body": "{}"})
    return _at_rest(world)


def _below_zero(row: Plain) -> Plain:
    name = "seller_available:seller-1"
    balances = row["balances"] | {name: 1}
    balances["psp_receivable:sandbox"] -= 1 - row["balances"].get(name, 0)
    return row | {"sequence": row["sequence"] + 1, "balances": balances}


def _leg(account: str, minor: int, currency: str) -> Plain:
    side = "debit" if minor > 0 else "credit"
    parts = {"account": account, "amount": abs(minor), "currency": currency}
    return parts | {"transact_type": side}


DOLLARS = (_leg("psp_receivable:sandbox", 7_000, "USD"), _leg("fx_position:USD", -7_000, "USD"))
EUROS = (_leg("fx_position:EUR", 6_203, "EUR"), _leg("seller_pending:seller-1", -6_203, "EUR"))
QUOTE = {"quote_id": "q1", "rate": "1/2", "created_at": 1, "usable_until": 2**53}


def _exchange(*legs: Plain, rate: str = "1/2", **quote: object) -> Planting:
    """An order of a known quote is captured with these legs."""

    def plant(_: World) -> Iterator[str]:
        _alter("payment_order", conversion={"quote_id": "q1", "rate": rate})
        journal = {"kind": "capture", "reference": "ord-1", "legs": list(legs)}
        return crossed(journal, {"q1": QUOTE | quote})

    return plant


def _strange_key(operation: str, request: Mapping[str, object], order_id: str) -> Planting:
    """An invocation about that order makes this call."""

    def plant(world: World) -> Iterator[str]:
        event = {"Records": [{"body": json.dumps({"order_id": order_id})}]}
        world.isolation.begin("posting", event)
        world.isolation.called(operation, json.dumps(request).encode())
        return world.isolation.end()

    return plant


_WALLET_OF_2 = {"Put": {"TableName": "wallet", "Item": {"owner": {"S": "seller:seller-2"}}}}
_ORDER_2 = {"TableName": "payment_order", "Key": {"order_id": {"S": "ord-2"}}}


def _card_in_row(_: World) -> Iterator[str]:
    _alter("payment_order", note=f"paid with {CARD}")
    return cards(stored())


def _card_in_queue(_: World) -> Iterator[str]:
    cloud.messages("orders").append({"id": "m", "body": CARD.replace(" ", "")})
    return cards(stored())


def _card_in_event(world: World) -> list[str]:
    """Somebody is told, and everything else is as it was."""
    world.aws.bus.events.append({"type": "x", "subject": CARD, "version": 1, "data": {}, "id": "x"})
    return list(cards(("an event", json.dumps(event)) for event in world.aws.bus.events))


def _broken_chain(_: World) -> Iterator[str]:
    linked = [decode_journal(row) for row in _rows("ledger")]
    links = {address: replace(link, chain="0") for address, link in linked[0].links.items()}
    return verified([replace(linked[0], links=links), *linked[1:]])


def _missing_place(_: World) -> Iterator[str]:
    linked = [decode_journal(row) for row in _rows("ledger")]
    return verified(
        [one for one in linked if all(link.sequence > 1 for link in one.links.values())]
    )


def _unnamed(**changes: object) -> Planting:
    return lambda _: named(_rows("ledger")[0] | changes)


PLANTED: tuple[tuple[str, str, str, Planting], ...] = (
    ("I1", "a leg too large", "F1", _first_written(lambda j: j | {"legs": _more(j["legs"])})),
    (
        "I1",
        "a wallet that does not balance",
        "F1",
        _written("wallet", lambda w: w | {"sequence": 9, "balances": {"bank:sandbox": 1}}),
    ),
    ("I2", "a journal written twice", "F1", _written("ledger", lambda j: j)),
    ("I2", "a journal removed", "F1", _written("ledger", lambda _: {})),
    ("I3", "a sequence ahead of its journals", "F1", _altered("wallet", sequence=7)),
    ("I3", "a balance of nobody's", "F1", _altered("wallet", balances={"bank:sandbox": 5})),
    ("I4", "less booked than taken", "F1", _altered("payment_order", captured=2_400)),
    ("I4", "a fold without its other side", "F1", _half_a_fold),
    ("I5", "two open attempts", "F1", _written("payment_order", _two_open)),
    ("I5", "two charges", "F1", _charged_twice),
    ("I6", "a capture that is not booked", "F1", _lost_journal),
    ("I6", "a charge under a key of nobody's", "F1", _taken_twice),
    ("I6", "a forged webhook that is believed", "F1", _believed_forgery),
    ("I7", "another amount than was set aside", "P1", _altered("payout", amount=1)),
    ("I8", "more captured than ordered", "F1", _altered("payment_order", amount=2_499)),
    (
        "I8",
        "more captured than authorised",
        "F1",
        _written("payment_order", lambda o: _next_version(o, captured=2_501)),
    ),
    ("I9", "a minor unit that nobody has", "A1", _uneven),
    (
        "I9",
        "another fee than was agreed",
        "A1",
        _first_written(lambda j: _another(j, legs=_fee_of(j["legs"])), kind="release"),
    ),
    ("I9", "orders that are not the checkout", "F1", _altered("payment_event", amount=1)),
    (
        "I10",
        "captured, then sent",
        "F1",
        _written("payment_order", lambda o: _next_version(o, status="sent")),
    ),
    ("I10", "the same version twice", "F1", _written("payment_order", lambda o: o)),
    ("I11", "an event applied without effect", "F3", _forgotten_effect),
    ("I11", "a function that counts deliveries", "F1", _not_idempotent),
    ("I12", "a false alarm", "F3", _altered("psp_event", alarm="contradiction")),
    ("I13", "an answer to a client for nothing stored", "F1", _unstored_ask),
    ("I13", "an answer to a PSP for nothing stored", "F1", _unstored_webhook),
    ("I14", "a message left", "F1", _left_in_queue),
    ("I14", "an order still due", "F1", _altered("payment_order", due_at=5, due_shard="1")),
    (
        "I15",
        "a hold released twice",
        "A9",
        _first_written(_another, kind="dispute_released"),
    ),
    (
        "I15",
        "money set free by what may not",
        "A1",
        _first_written(lambda j: _another(j, kind="adjustment"), kind="release"),
    ),
    ("I16", "available below zero", "F1", _written("wallet", _below_zero)),
    ("I17", "one side left out", "F1", _exchange(*DOLLARS[:1], *EUROS)),
    ("I17", "two currencies that do not pass the position", "F1", _exchange(DOLLARS[0], EUROS[1])),
    ("I17", "a quote that was over", "F1", _exchange(*DOLLARS, *EUROS, usable_until=2)),
    ("I17", "another rate than was quoted", "F1", _exchange(*DOLLARS, *EUROS, rate="2/1")),
    ("I17", "no quote", "F1", _exchange(*DOLLARS, *EUROS, quote_id="q2", created_at=2**53)),
    ("I18", "another order is read", "F2", _strange_key("GetItem", _ORDER_2, "ord-1")),
    (
        "I18",
        "another seller's wallet is written",
        "F2",
        _strange_key("TransactWriteItems", {"TransactItems": [_WALLET_OF_2]}, "ord-1"),
    ),
    ("I19", "a card number in a row", "F1", _card_in_row),
    ("I19", "a card number in a message", "F1", _card_in_queue),
    ("I19", "a card number in an event", "F1", _card_in_event),
    ("I20", "a chain that does not verify", "F1", _broken_chain),
    ("I20", "the first journal of a chain is gone", "A1", _missing_place),
    ("I20", "a journal that nobody asked for", "F1", _unnamed(cause="")),
    ("I20", "a cause that names another order", "F1", _unnamed(cause="order:ord-9:3")),
    ("I20", "a journal in another's book", "F1", _unnamed(book="0" * 24)),
    ("I20", "a journal without its code's version", "F1", _unnamed(code_version=None)),
    ("I20", "a journal of code that never ran", "F1", _unnamed(code_version="0badc0de")),
)


def _fee_of(legs: list[Plain]) -> list[Plain]:
    """The same sums, with a minor unit of the fee as tax."""
    by_kind = {"platform_fee_revenue": -1, "fee_tax_payable": 1}
    return [leg | {"amount": leg["amount"] + by_kind.get(leg["account"], 0)} for leg in legs]


def test_every_invariant_has_a_checker_and_a_planted_state() -> None:
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 21)]
    assert all(invariant.says and invariant.checkers for invariant in INVARIANTS.values())
    assert {name for name, *_ in PLANTED} == set(INVARIANTS)


@pytest.mark.parametrize(
    ("name", "flow", "plant"),
    [pytest.param(name, flow, plant, id=f"{name} {says}") for name, says, flow, plant in PLANTED],
)
def test_a_planted_state_is_found(process: Machine, name: str, flow: str, plant: Planting) -> None:
    world = World(process, FLOWS[flow], Plan(flow))
    with world.alive():
        world.play()

        found = list(plant(world))

    assert [problem for problem in found if problem.startswith(f"{name}: ")], found


@pytest.mark.parametrize(
    ("flow", "sound"),
    [
        ("F1", _exchange(*DOLLARS, *EUROS)),
        ("F2", _strange_key("GetItem", _ORDER_2, "ord-2")),
    ],
    ids=["an exchange", "a key"],
)
def test_what_is_sound_is_not_found(process: Machine, flow: str, sound: Planting) -> None:
    world = World(process, FLOWS[flow], Plan(flow))
    with world.alive():
        world.play()

        assert list(sound(world)) == []


@pytest.mark.parametrize(
    ("text", "is_card"),
    [
        ("4242424242424242", True),
        ("paid with 3782-822463-10005 today", True),
        ("6011 1111 1111 1117", True),
        ("4242424242424241", False),
        ("1795338000120", False),
        ("order_4242424242424242", True),
        ("0a4242424242424242b7", False),
        ("aaaaaaaa-4242-4242-4242-424242424242", False),
        ("424242424242", False),
    ],
)
def test_the_tests_own_detector_of_card_numbers(text: str, is_card: bool) -> None:
    assert looks_like_card(text) is is_card
