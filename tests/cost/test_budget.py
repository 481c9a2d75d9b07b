"""No journey is dearer than its budget, and no budget higher than it need be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tools.cost.budget import LOWER, budget, compared, spent
from tools.cost.counted import SESSION, Counted
from tools.cost.journeys import JOURNEYS
from tools.cost.page import CALLS_MAX, WRITES_MAX, page, plot
from tools.cost.tables import assumptions

Journeys = dict[str, Counted]


def test_every_journey_is_as_its_budget_says(journeys: Journeys) -> None:
    assert list(compared(budget(), spent(journeys, assumptions()))) == []


def test_a_payment_from_intake_to_wallet_takes_no_more_than_is_aimed_at(journeys: Journeys) -> None:
    payment = journeys["payment"]

    assert sum(payment.writes(but=SESSION).values()) <= WRITES_MAX * payment.many
    assert payment.data_calls(but=SESSION) <= CALLS_MAX * payment.many


def test_dearer_and_cheaper_and_unknown_are_told() -> None:
    allowed = {"payment": {"write_units": 13, "events": 2}, "gone": {"events": 1}}

    assert list(compared(allowed, {"payment": {"write_units": 14, "events": 2}})) == [
        "gone: events is in the budget only",
        "payment: write_units is 14, the budget allows 13",
    ]
    assert list(compared({"p": {"events": 2}}, {"p": {"events": 1, "new": 1}})) == [
        f"p: events is only 1 of 2: {LOWER}",
        "p: new is in the run only",
    ]


def test_what_is_assumed_of_batches_is_what_was_played(journeys: Journeys) -> None:
    """The bill divides by batches of ten; ten messages came at once, of wallets by two."""
    steps = journeys["payment"].steps
    queues = {step.trigger: step.records for step in steps if step.trigger.startswith("sqs ")}
    posting = next(step for step in steps if step.function == "posting")

    assert set(queues.values()) == {assumptions().values["queue_records"]}
    assert posting.calls["dynamodb.TransactWriteItems"] * 2 == posting.records
    assert posting.units.writes == {"ledger": 20, "wallet": 10}


def test_a_payment_alone_writes_what_its_rows_are(journeys: Journeys) -> None:
    alone = journeys["payment_1"]

    assert alone.writes() == {
        "payment_event": 3,
        "payment_event/due": 2,
        "payment_order": 2,
        "ledger": 2,
        "wallet": 2,
        "psp_event": 1,
        "psp_event/by_order": 1,
    }
    triggers = [step.trigger for step in alone.steps]
    assert triggers.count("http POST /v1/payments/event") == 1
    assert triggers.count("http POST /v1/webhooks/{psp}") == 1
    assert sum(step.psp_calls for step in alone.steps) == 2
    silent = {step.function for step in alone.steps if not step.log_lines}
    assert silent == {"relay", "lake"}, "who has nothing to say but counts that may wait"
    assert {place for step in alone.steps for place in step.messages} == {
        *("orders", "postings.fifo", "progress", "psp_events")
    }


def test_the_page_shows_every_journey_and_the_plot_every_bill(journeys: Journeys) -> None:
    text = page(journeys, assumptions(), "a day")

    assert [one.name for one in JOURNEYS if f"`{one.name}`" not in text] == []
    assert plot(journeys, assumptions()).count("the naive design") == 1


@pytest.mark.parametrize("name", [journey.name for journey in JOURNEYS])
def test_every_journey_does_something(journeys: Journeys, name: str) -> None:
    counted = journeys[name]

    assert counted.sums()["write_units"] > 0
    assert Decimal(counted.many) > 0
