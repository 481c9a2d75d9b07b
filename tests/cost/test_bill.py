from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tools.cost.bill import DOOR, Share, amounts, dollars
from tools.cost.counted import Counted
from tools.cost.meter import Step
from tools.cost.tables import Assumptions, Price, assumptions, prices, reasons
from tools.cost.units import Units

ASSUMED = assumptions().but(cold_percent_tenths=0)


def counted(*steps: Step, many: int = 1, transitions: int = 0) -> Counted:
    told = ("j", "a journey", "payment", many)
    return Counted(*told, steps, Counter({"payout": transitions}))


def step(trigger: str = "sqs orders", records: int = 10, **more: object) -> Step:
    return Step("order_execution", trigger, records, **more)  # type: ignore[arg-type]


def million(one: Counted, assumed: Assumptions = ASSUMED) -> dict[str, Decimal]:
    return amounts([Share(one)], assumed)


def test_units_are_of_all_payments_played_together() -> None:
    units = Units(Counter({"ledger": 20, "ledger/due": 5}), Counter({"wallet": 3}))

    found = million(counted(step(units=units), many=10))

    assert found["dynamodb_write"] == 2_500_000
    assert found["dynamodb_read"] == 150_000


def test_a_batch_is_one_invocation_and_two_requests_of_its_queue() -> None:
    found = million(counted(step(records=20), many=10), ASSUMED.but(queue_records=5))

    assert found["lambda_request"] == 400_000
    assert found["sqs"] == 800_000
    assert found["sqs_fifo"] == 0


def test_messages_are_sent_by_ten_and_a_fifo_queue_has_its_own_price() -> None:
    sent = step("stream payment_order", messages=Counter({"postings.fifo": 10}))

    found = million(counted(sent, many=10))

    assert found["sqs_fifo"] == 100_000
    assert (
        million(counted(sent, many=10), ASSUMED.but(stream_records_payment_order=2))["sqs_fifo"]
        == 500_000
    )


def test_a_psp_is_waited_for_once_a_batch() -> None:
    assumed = ASSUMED.but(
        cpu_us_invocation=0, cpu_us_record=0, cpu_us_call=0, cpu_us_psp=0, memory_mb_waiting=1_024
    )

    found = million(counted(step(psp_calls=10), many=10), assumed)

    assert found["lambda_gb_s"] == 80_000


def test_less_memory_computes_longer_and_waits_cheaper() -> None:
    computing = counted(step())
    waiting = counted(step(psp_calls=1))

    half = ASSUMED.but(memory_mb_waiting=128)

    assert million(computing, half)["lambda_gb_s"] == million(computing)["lambda_gb_s"]
    assert million(waiting, half)["lambda_gb_s"] < million(waiting)["lambda_gb_s"]


def test_a_record_of_firehose_is_billed_by_five_kilobytes_begun() -> None:
    filed = Step("lake", "stream ledger", 10, firehose=[6_000])

    found = million(counted(filed), ASSUMED.but(lake_records=10))

    assert found["firehose_gb"] / found["firehose_convert_gb"] == Decimal(10_240) / 6_000


def test_a_request_is_logged_traced_and_answered() -> None:
    found = million(counted(step("http POST /v1/payments/event", 1)))

    assert found["http_api"] == 1_000_000
    assert found["xray_trace"] == 5_000
    assert found["data_out_gb"] > 0


def test_a_webhook_passes_by_the_api_with_its_price_its_log_and_its_traces() -> None:
    by_api = million(counted(step("http POST /v1/payments/event", 1)))
    by_door = million(counted(step(DOOR, 1)))

    assert not by_door["http_api"] + by_door["xray_trace"]
    assert by_door["logs"] < by_api["logs"]
    assert by_door["data_out_gb"] == by_api["data_out_gb"]
    assert by_door["lambda_request"] == by_api["lambda_request"]


def test_steps_that_are_left_out_are_not_billed() -> None:
    both = counted(step("http a", 1), step("http b", 1), transitions=3)

    found = amounts([Share(both, Decimal(500), but="http a")], ASSUMED)

    assert found["http_api"] == 500_000
    assert found["sfn_transition"] == 1_500_000


def test_provisioned_units_are_paid_by_the_hour_whether_used_or_not() -> None:
    units = Units(Counter({"ledger": 1}))
    found = million(counted(step(units=units)))

    on_demand = dollars(found, ASSUMED)["DynamoDB writes"]
    used_up = dollars(found, ASSUMED.but(utilisation_percent=100), provisioned=True)
    shared = dollars(found, ASSUMED, provisioned=True)["DynamoDB writes"]

    assert on_demand == Decimal("0.625")
    assert round(used_up["DynamoDB writes"], 4) == Decimal("0.1806")
    assert round(shared, 4) == Decimal("0.2579")


def test_a_price_with_tiers_is_what_a_month_pays_for_each_of_it() -> None:
    tiers = ((Decimal(10), Decimal(2)), (None, Decimal(1)))
    price = Price("p", Decimal(2), 1, "thing", "2026", "surely", tiers)

    assert price.of(Decimal(1), Decimal(5)) == 2
    assert price.of(Decimal(1), Decimal(20)) == Decimal("1.5")
    assert price.of(Decimal(4)) == 8


@pytest.mark.parametrize("name", sorted(prices()))
def test_every_price_is_dated_and_says_how_sure_it_is(name: str) -> None:
    price = prices()[name]

    assert price.usd > 0
    assert price.dated >= "2026"
    assert price.trust in {"surely", "fairly", "remembered"}


def test_every_assumption_has_its_reason() -> None:
    assert [name for name, (_, why) in reasons().items() if len(why) < 20] == []
