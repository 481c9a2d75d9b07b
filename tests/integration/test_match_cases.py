"""The match over days in which everything is wrong once: all of it found, and nothing else."""

from __future__ import annotations

from collections import Counter
from random import Random

from countinghouse.domain.break_residuals import residuals_of
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.reconciliation import shifted
from countinghouse.domain.settlement import BatchTotal
from countinghouse.ports.lakehouse import BatchStanding, Fact, Window
from tests.lakes import DuckLake
from tests.matching_days import DAY, FEE, FIRST, PSP, WINDOW, Days, Sale, batch_of
from tests.matching_faults import FAULTS, LONG_AGO


def planted(settled: int = 0) -> Days:
    """Every fault once; of the batches the first so many are settled."""
    days = Days()
    days.fill_days()
    for place, fault in enumerate(FAULTS):
        fault(days, fault.__name__, 10_000 + place * 1_000)
    days.post(Sale("of tomorrow", 777, shifted(DAY, 1)))
    days.close()
    judged = {x["batch"] for x in days.lake.rows["settlement_lines"] if x["day"] <= DAY}
    days.settle(sorted(judged)[:settled])
    return days


def by_anchor(found: list[Difference]) -> dict[tuple[str, Sides, str], Difference]:
    """By what tells breaks apart (domain/break_codes.py)."""
    keyed = {(one.anchor, one.sides, one.our_currency or one.their_currency): one for one in found}
    assert len(keyed) == len(found)
    return keyed


def test_every_fault_is_found_and_nothing_else() -> None:
    days = planted()
    days.lake.rows["settlement_lines"].reverse()

    found = by_anchor(list(days.lake.differences(WINDOW)))

    assert found == by_anchor(days.expected)


def test_what_the_lake_holds_twice_counts_once() -> None:
    days = planted(settled=4)
    before = list(days.lake.residuals(WINDOW))

    days.copied(Random(7), share=2)

    assert by_anchor(list(days.lake.differences(WINDOW))) == by_anchor(days.expected)
    assert list(days.lake.residuals(WINDOW)) == before


def test_every_minor_unit_on_the_account_is_explained() -> None:
    days = planted(settled=7)
    window = Window(PSP, shifted(LONG_AGO, -1), DAY, FEE)
    facts: dict[Fact, Counter[str]] = {fact: Counter() for fact in Fact}
    for one in days.lake.residuals(window):
        facts[one.fact][one.currency] += one.amount
    breaks: Counter[str] = Counter()
    for difference in days.lake.differences(window):
        breaks.update(dict(residuals_of(difference)))

    currencies = {*facts[Fact.BALANCE], *breaks, *facts[Fact.UNSETTLED]}
    unexplained = {
        currency: facts[Fact.BALANCE][currency]
        - facts[Fact.NOT_DUE][currency]
        - facts[Fact.UNSETTLED][currency]
        - breaks[currency]
        for currency in currencies
    }
    assert unexplained == dict.fromkeys(("EUR", "USD", "BRL", "JPY"), 0)
    # Tomorrow's sale, and what tomorrow's file, which nobody has judged, tells of already.
    assert facts[Fact.NOT_DUE]["EUR"] > 777


def test_a_batch_comes_to_what_its_lines_say() -> None:
    days = Days()
    first, second = days.sell("o1", 7_000), days.sell("o2", 3_000)
    days.post(first, "refund", -1_000, reference="re_1")
    days.tell(first, "refund", -1_000, reference="re_1")
    days.tell(second, "refund", -500, reference="re_2")
    line = days.tell(Sale("o3", 1_000, DAY), fee=99)
    days.tell(Sale("", 0, DAY), "fee", fee=40)
    days.lake.rows["settlement_lines"] += [dict(line), line | {"file_id": "again"}]
    days.close()
    days.show("settlement", batch_of(DAY), -7)
    due = sum(map(FEE.of, (7_000, 3_000, 1_000)))
    told = FEE.of(7_000) + FEE.of(3_000) + 99

    net = 9_500 - told - 40
    total = BatchTotal(batch_of(DAY), "EUR", 6, 9_500, told + 40, due + 40, net, net)
    assert list(days.lake.totals(WINDOW)) == [BatchStanding(DAY, total, net - 7, matched=3)]
    assert list(days.lake.totals(Window(PSP, FIRST, shifted(DAY, -1), FEE))) == []


def test_a_movement_is_due_in_its_days_file_or_when_that_stays_away() -> None:
    days = Days()
    filed, late, overdue = (shifted(DAY, -ago) for ago in (1, 2, 3))
    days.sell("o0", day=filed)
    legs = {day: days.post(Sale(f"of {day}", 5_000, day)) for day in (filed, late, overdue, DAY)}
    days.close()

    found = [one.ledger_id for one in days.lake.differences(WINDOW)]

    assert found == [legs[overdue]["ledger_id"], legs[filed]["ledger_id"]]
    facts = {(one.fact, one.day): one for one in days.lake.residuals(WINDOW)}
    assert (facts[Fact.NOT_DUE, ""].found, facts[Fact.NOT_DUE, ""].amount) == (2, 10_000)
    assert {day for fact, day in facts if fact is Fact.UNMATCHED} == set(legs)


def test_late_money_and_its_way_back_are_matched_by_the_psps_names() -> None:
    days = Days()
    late = Sale("o1", 7_000, shifted(DAY, -1))
    days.post(late, kind="late_payment")
    days.tell(late)
    days.post(late, "refund", -7_000, reference="re_1")
    days.tell(late, "refund", -7_000, reference="re_1")
    days.post(Sale("o2", 3_000, shifted(DAY, -1)), kind="late_payment")
    days.close()

    (missing,) = days.lake.differences(WINDOW)

    assert (missing.order_id, missing.category, missing.our_amount) == ("o2", "capture", 3_000)


def test_an_empty_lake_has_nothing_to_tell() -> None:
    lake = DuckLake()

    assert list(lake.differences(WINDOW)) == []
    assert list(lake.totals(WINDOW)) == []
    assert list(lake.residuals(WINDOW)) == []
