"""Days that are not like others: late, empty, negative, torn, told of twice, heard of too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from countinghouse.domain.break_rules import AutoRule, RuleId
from countinghouse.domain.breaks import BreakStatus
from countinghouse.domain.reconciliation import FileStatus, SourceKind, shifted
from countinghouse.messages import Message, Queue
from tests.simulation.psp_market import PSP, Market, Ran, market
from tests.simulation.reconciled_history import as_they_stand, check_books
from tools.sandbox_psp import bank

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
RECEIVABLE = f"psp_receivable:{PSP}"
S = BreakStatus
OPEN = (S.EXPECTED, S.OPEN, S.PENDING_APPROVAL)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Market]:
    with market(tmp_path, 1, MONDAY) as made:
        yield made


def inject(*kinds: str) -> list[dict[str, Any]]:
    return [{"kind": kind} for kind in kinds]


def reconciled(world: Market, day: str) -> Ran:
    ran = world.reconcile(day)
    check_books(world, ran)
    return ran


def closed_and_reconciled(world: Market, *kinds: str, **body: object) -> Ran:
    """Close the PSP's day, and reconcile it the next morning."""
    day = world.day
    world.close_day(inject(*kinds), **body)
    world.next_morning()
    return reconciled(world, day)


def codes(world: Market, *statuses: BreakStatus) -> list[str]:
    return sorted(str(brk.code) for brk in world.standing(*statuses))


def files_of(world: Market) -> dict[str, FileStatus]:
    """The PSP's files by what became of them."""
    files = world.files.rows.values()
    return {file.name: file.status for file in files if file.kind is SourceKind.SETTLEMENT}


# --- late ---------------------------------------------------------------------------------------
def test_a_line_that_comes_after_the_window_still_answers_its_break(world: Market) -> None:
    world.sell("chk-1", 5_000)
    world.sell("chk-2", 7_000)
    closed_and_reconciled(world, "timing")
    for _ in range(13):
        day = world.day
        world.next_morning()
        reconciled(world, day)
    assert codes(world, *OPEN) == ["MISSING_AT_PSP"]

    closed_and_reconciled(world)

    (brk,) = world.breaks.rows.values()
    assert (brk.status, brk.day) == (S.MATCHED, "2026-11-16")
    assert world.balance(RECEIVABLE) == {}


def test_a_batch_that_the_bank_shows_after_the_window_is_booked(world: Market) -> None:
    world.sell("chk-1", 5_000)
    batch = world.settled_batch(inject("bank_missing"))
    world.next_morning()
    reconciled(world, "2026-11-16")
    world.next_morning(13)
    reconciled(world, shifted(world.day, -1))
    assert codes(world, *OPEN) == ["PAYOUT_BANK_MISSING"]

    day = world.day
    bank.enter(world.desk, "settlement", batch, "EUR", 5_000 - 95, date.fromisoformat(day))
    world.next_morning()
    reconciled(world, day)

    assert [brk.status for brk in world.breaks.rows.values()] == [S.MATCHED]
    assert world.balance(RECEIVABLE) == {}
    assert set(files_of(world).values()) == {FileStatus.SETTLED}


def test_what_a_file_was_stopped_for_is_open_until_somebody_sees_to_it(world: Market) -> None:
    world.sell("chk-1", 5_000)
    closed_and_reconciled(world, "bad_line", "unknown_type")
    world.next_morning(20)
    reconciled(world, shifted(world.day, -1))

    wanted = ["AMOUNT_OVER", "LINE_REJECTED", "MISSING_AT_PSP", "UNKNOWN_CATEGORY"]
    assert codes(world, S.OPEN) == wanted


def test_an_older_day_run_again_after_newer_ones_changes_nothing(world: Market) -> None:
    for number in range(3):
        world.sell(f"chk-{number}", 5_000)
        world.sell(f"chk-{number}-b", 6_000)
        closed_and_reconciled(world, "amount", "timing")
    before = as_they_stand(world)

    reconciled(world, "2026-11-16")

    assert as_they_stand(world) == before


def test_a_day_run_on_the_day_itself_finds_its_bank_line_later(world: Market) -> None:
    """The statement is there, the batch is not on it: a bank may be two working days late."""
    world.sell("chk-1", 5_000)
    batch = world.settled_batch(inject("bank_missing"))
    world.next_morning()
    reconciled(world, "2026-11-16")
    assert codes(world, S.EXPECTED) == ["TIMING"]

    bank.enter(world.desk, "settlement", batch, "EUR", 4_905, date(2026, 11, 17))
    closed_and_reconciled(world)

    assert codes(world, S.MATCHED) == ["TIMING"]
    assert world.balance(f"bank:{PSP}") == {"EUR": 4_905}


def test_the_bank_has_two_working_days(world: Market) -> None:
    world.next_morning(4)
    world.sell("chk-1", 5_000)
    assert world.shop.now.strftime("%A") == "Friday"
    closed_and_reconciled(world, "bank_missing")

    found = {}
    for _ in range(5):
        day, weekday = world.day, world.shop.now.strftime("%A")
        world.next_morning()
        reconciled(world, day)
        found[weekday] = codes(world, *OPEN)

    waits = {weekday: ["TIMING"] for weekday in ("Saturday", "Sunday", "Monday", "Tuesday")}
    assert found == waits | {"Wednesday": ["PAYOUT_BANK_MISSING"]}


def test_a_capture_that_we_date_a_day_after_its_line_is_due_that_day(world: Market) -> None:
    """What its file took off the account already is known, the fee that is wrong included."""
    (order_id,) = world.sell("chk-1", 5_000, is_heard_of=False)
    world.look_up(order_id, days_later=1)

    ran = closed_and_reconciled(world, "fee")

    assert world.breaks.rows == {}
    assert ran.report["explanation"]["EUR"]["not_due"] == world.balance(RECEIVABLE)["EUR"] == 10
    closed_and_reconciled(world)
    assert codes(world, S.OPEN) == ["FEE_VARIANCE"]


@pytest.mark.parametrize("days", [1, 12])
def test_a_batch_that_comes_to_the_bank_in_two_parts_is_booked(days: int, world: Market) -> None:
    world.sell("chk-1", 5_000)
    batch = world.settled_batch(inject("bank_short"))
    world.next_morning()
    reconciled(world, "2026-11-16")
    world.next_morning(days - 1)
    bank.enter(world.desk, "settlement", batch, "EUR", 100, date.fromisoformat(world.day))

    closed_and_reconciled(world)

    assert codes(world, *OPEN) == []
    assert world.balance(f"bank:{PSP}") == {"EUR": 4_905}
    assert world.balance(RECEIVABLE) == {}


def test_a_batch_that_comes_to_the_bank_twice_is_booked_once(world: Market) -> None:
    world.sell("chk-1", 5_000)
    batch = world.settled_batch([])
    world.next_morning()
    reconciled(world, "2026-11-16")
    bank.enter(world.desk, "settlement", batch, "EUR", 4_905, date.fromisoformat(world.day))

    closed_and_reconciled(world)

    assert codes(world, S.OPEN) == ["AMOUNT_OVER"]
    assert world.balance(f"bank:{PSP}") == {"EUR": 4_905}


# --- heard of too late --------------------------------------------------------------------------
def asks_the_psp(world: Market) -> None:
    """Every webhook was lost, and the order is asked after before the run looks again."""

    def look_up(messages: list[Message]) -> None:
        assert {message.queue for message in messages} == {Queue.ORDERS}
        for message in messages:
            world.look_up(message.body["order_id"])

    world.on_messages = look_up


def asks_in_vain(world: Market) -> None:
    """Nobody answers the first time."""


def forgets_the_orders(world: Market) -> None:
    """Not even the orders are there: their money waits on `unallocated`."""
    world.hidden = dict(world.orders.rows)
    world.orders.rows.clear()


@pytest.mark.parametrize(
    ("lose", "breaks", "settled_at_once", "parked"),
    [
        (asks_the_psp, 12, True, 0),
        (asks_in_vain, 12, False, 0),
        (forgets_the_orders, 12, False, 12),
    ],
)
def test_what_no_webhook_told_of_is_matched_once_it_is_known(
    lose: Callable[[Market], None], breaks: int, settled_at_once: bool, parked: int, world: Market
) -> None:
    for number in range(6):
        world.sell(f"chk-{number}", 5_000 + number, 900 + number, is_heard_of=False)
    sold = list(world.orders.rows)
    lose(world)
    closed_and_reconciled(world)
    waiting = ["MISSING_IN_LEDGER"] * (0 if settled_at_once else breaks)
    assert codes(world, *OPEN) == waiting
    assert sum(brk.is_parked for brk in world.breaks.rows.values()) == parked
    assert bool(world.balance(f"unallocated:{PSP}")) is bool(parked)

    world.orders.rows |= world.hidden
    for order_id in sold:
        if not world.ledger.journals(order_id):
            world.look_up(order_id)
    reconciled(world, "2026-11-16")

    assert codes(world, *OPEN) == []
    assert codes(world, S.MATCHED) == ["MISSING_IN_LEDGER"] * breaks
    assert world.balance(f"unallocated:{PSP}") == {}
    assert world.balance(RECEIVABLE) == {}


@pytest.mark.parametrize(("hours", "breaks"), [(12, 0), (0, 12)])
def test_what_the_lake_has_not_seen_is_no_break_for_a_day(
    hours: int, breaks: int, world: Market
) -> None:
    """Every record of the stream was lost: what the ledger has, the lake lacks."""
    world.shop.tick(hours=hours)
    for number in range(6):
        world.sell(f"chk-{number}", 5_000 + number, 900 + number)
    world.is_streaming = False
    world.close_day()
    world.next_morning()
    world.shop.tick(minutes=1)
    ran = world.reconcile("2026-11-16")
    assert codes(world, *OPEN) == ["MISSING_IN_LEDGER"] * breaks
    # Until then the report says that it does not know; the books themselves are right.
    assert ran.report["agrees"] is bool(breaks)
    assert world.balance(RECEIVABLE) == world.balance(f"unallocated:{PSP}") == {}

    world.is_streaming = True
    reconciled(world, "2026-11-16")

    assert codes(world, *OPEN) == []
    assert codes(world, S.MATCHED) == ["MISSING_IN_LEDGER"] * breaks


# --- odd batches --------------------------------------------------------------------------------
def test_a_day_without_anything_to_settle(world: Market) -> None:
    ran = closed_and_reconciled(world)

    assert [(file.status, file.lines) for file in ran.files] == [(FileStatus.ACCEPTED, 0)]
    assert world.breaks.rows == {}


def test_a_day_on_which_the_psp_says_nothing(world: Market) -> None:
    world.sell("chk-1", 5_000)
    world.next_morning()

    ran = reconciled(world, "2026-11-16")

    assert ran.files == []
    assert world.breaks.rows == {}
    assert ran.report["explanation"]["EUR"]["not_due"] == 5_000


def test_a_batch_of_refunds_alone_takes_money_off_the_bank(world: Market) -> None:
    sold = world.sell("chk-1", 5_000, 6_000)
    closed_and_reconciled(world)
    world.refund(sold[0], 3_000)
    world.dispute(sold[1])

    closed_and_reconciled(world)

    assert world.breaks.rows == {}
    assert world.balance(RECEIVABLE) == {}
    earned = 11_000 - 95 - 109
    assert world.balance(f"bank:{PSP}") == {"EUR": earned - 3_000 - 6_000 - 1_500}
    assert set(files_of(world).values()) == {FileStatus.SETTLED}


def test_a_batch_that_comes_to_nothing_is_booked_without_the_bank(world: Market) -> None:
    (sold,) = world.sell("chk-1", 5_000)
    world.refund(sold, 4_905)

    closed_and_reconciled(world)

    assert world.breaks.rows == {}
    assert world.balance(f"bank:{PSP}") == {}
    assert world.balance("psp_fee_expense") == {"EUR": 95}
    assert world.balance(RECEIVABLE) == {}


def test_two_batches_of_one_day(world: Market) -> None:
    world.sell("chk-1", 5_000)
    world.close_day()
    world.sell("chk-2", 6_000)

    closed_and_reconciled(world)

    assert world.breaks.rows == {}
    assert world.balance(RECEIVABLE) == {}
    assert list(files_of(world).values()) == [FileStatus.SETTLED] * 2


def test_a_batch_closed_for_a_day_that_was_reconciled(world: Market) -> None:
    """Its lines and its bank line come at the ends of what was read already."""
    world.sell("chk-1", 5_000)
    closed_and_reconciled(world)
    world.sell("chk-2", 6_000)
    world.shop.now = datetime(2026, 11, 16, 23, tzinfo=UTC)
    world.sell("chk-3", 7_000)
    world.close_day(date="2026-11-16")
    world.shop.now = datetime(2026, 11, 17, 20, tzinfo=UTC)

    closed_and_reconciled(world)

    assert world.breaks.rows == {}
    assert world.balance(RECEIVABLE) == {}
    assert list(files_of(world).values()) == [FileStatus.SETTLED] * 3


def test_rows_that_say_the_same_are_all_there(world: Market) -> None:
    world.sell("chk-1", 9_000)
    row = {"type": "reserve_held", "currency": "EUR", "amount": -700}
    fee = {"type": "fee", "currency": "EUR", "amount": -40}

    closed_and_reconciled(world, "reserve", "reserve", rows=[row, row, fee, fee])

    assert codes(world, S.AUTO_RESOLVED) == ["RESERVE_MOVEMENT"] * 4
    assert world.balance(f"psp_reserve:{PSP}") == {"EUR": 2_400}
    assert world.balance("psp_fee_expense") == {"EUR": 151 + 80}
    assert world.balance(RECEIVABLE) == {}


# --- files --------------------------------------------------------------------------------------
def test_a_corrected_file_under_another_name_takes_the_stopped_ones_place(world: Market) -> None:
    world.sell("chk-1", 5_000)
    world.sell("chk-2", 6_000)
    ran = closed_and_reconciled(world, "bad_line")
    (name,) = files_of(world)
    torn = world.lake.store.read(ran.files[0].key)
    mended = b"".join(torn).replace(b",n/a,", b",5000,")
    world.lake.drop(PSP, "2026-11-16", SourceKind.SETTLEMENT, "corrected.csv", mended)

    reconciled(world, "2026-11-16")

    assert files_of(world) == {name: FileStatus.STOPPED, "corrected.csv": FileStatus.SETTLED}
    # The torn file is there still: that nothing more comes of it is for a person to say.
    assert codes(world, *OPEN) == ["LINE_REJECTED"]
    assert codes(world, S.MATCHED) == ["AMOUNT_OVER", "TIMING"]
    assert world.balance(RECEIVABLE) == {}
    assert world.balance(f"bank:{PSP}") == {"EUR": 11_000 - 95 - 109}


def test_the_same_file_under_another_name_changes_nothing(world: Market) -> None:
    world.sell("chk-1", 5_000)
    world.sell("chk-2", 6_000)
    ran = closed_and_reconciled(world, "amount")
    before = as_they_stand(world)
    content = b"".join(world.lake.store.read(ran.files[0].key))
    world.lake.drop(PSP, "2026-11-16", SourceKind.SETTLEMENT, "again.csv", content)

    reconciled(world, "2026-11-16")

    assert as_they_stand(world) == before


# --- caps ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("cap", [0, 1, 2, 5])
def test_rules_stop_at_their_caps_and_people_get_the_rest(cap: int, world: Market) -> None:
    world.rules = replace(
        world.rules,
        rules={
            RuleId.ROUNDING: AutoRule(RuleId.ROUNDING, 1, {"EUR": cap}, 1),
            RuleId.RESERVE_MOVEMENT: AutoRule(RuleId.RESERVE_MOVEMENT, 1, {"EUR": cap * 500}),
        },
    )
    for number in range(3):
        world.sell(f"chk-{number}", 5_000)

    closed_and_reconciled(world, *["rounding", "reserve"] * 3)
    reconciled(world, "2026-11-16")

    settled = min(3, cap)
    assert codes(world, S.AUTO_RESOLVED) == sorted(["ROUNDING", "RESERVE_MOVEMENT"] * settled)
    assert codes(world, S.OPEN) == sorted(["ROUNDING", "RESERVE_MOVEMENT"] * (3 - settled))
