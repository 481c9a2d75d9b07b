"""Settlement: one line a capture or movement, fees by the rule, and what is paid for a day."""

import pytest

from tests.unit.sandbox_psp.files import closed, rows_of, sell
from tests.unit.sandbox_psp.shop import DECLINED, Shop
from tools.sandbox_psp.settlement_lines import fee_of


@pytest.mark.parametrize(("gross", "fee"), [(1_000, 39), (250, 29), (249, 28), (1, 25), (107, 26)])
def test_fees_are_rounded_half_up(gross: int, fee: int) -> None:
    assert fee_of(gross) == fee


def test_every_capture_is_settled_once(shop: Shop) -> None:
    references = sell(shop, 3)
    shop.charge(shop.session("chk-2", card=DECLINED), "ord-x")

    first = shop.call("POST", "/_control/settle", {"date": "2026-11-22"}).json
    second = shop.call("POST", "/_control/settle", {}).json

    lines = rows_of(shop, f"/v1/settlements/{first['file']}")[:-1]
    assert [line["psp_reference"] for line in lines] == references
    assert all(int(x["gross"]) - int(x["fee"]) == int(x["net"]) for x in lines)
    assert [line["merchant_reference"] for line in lines] == ["ord-0", "ord-1", "ord-2"]
    assert (first["planted"], second["lines"]) == ([], 0)
    listed = shop.call("GET", "/v1/settlements").json["data"]
    assert [item["name"] for item in listed] == [first["file"], second["file"]]


def test_a_day_closes_what_was_captured_by_its_end(shop: Shop) -> None:
    sell(shop, 2)

    assert shop.call("POST", "/_control/settle", {"date": "2026-11-21"}).json["lines"] == 0
    shop.call("POST", "/_control/clock", {"advance": "1d"})
    assert shop.call("POST", "/_control/settle", {}).json["lines"] == 2


def amounts(lines: list[dict[str, str]]) -> list[tuple[str, int, int, int]]:
    return [(x["type"], int(x["gross"]), int(x["fee"]), int(x["net"])) for x in lines]


def settled(shop: Shop) -> list[dict[str, str]]:
    """The lines of a file closed now."""
    return closed(shop).lines


def test_what_moves_after_the_capture_is_settled_with_its_day(shop: Shop) -> None:
    charge = shop.captured(7_000)
    first = settled(shop)
    shop.advance("1d")
    refund = shop.refund(charge, 1_000).json["refund_reference"]
    shop.refund(shop.captured(100, "ord-2", method="wallet"), 100)
    dispute = shop.dispute(charge).json["dispute_reference"]

    second = settled(shop)
    shop.advance("1d")
    shop.decide("disputes", dispute, "win")
    shop.decide("refunds", refund, "fail")
    third = settled(shop)

    assert amounts(first) == [("charge", 7_000, 123, 6_877)]
    assert first[0]["modification_reference"] == ""
    assert first[0]["booked_at"] == first[0]["captured_at"]
    # The wallet's refund is pending still.
    assert amounts(second) == [
        ("charge", 100, 26, 74), ("refund", -1_000, 0, -1_000),
        ("chargeback", -6_000, 1_500, -7_500),
    ]  # fmt: skip
    assert amounts(third) == [
        ("refund", -100, 0, -100), ("chargeback_reversal", 6_000, 0, 6_000),
        ("refund_reversal", 1_000, 0, 1_000),
    ]  # fmt: skip
    assert settled(shop) == []
    line = second[2]
    assert line["modification_reference"] == dispute
    assert line["psp_reference"] == charge
    assert (line["merchant_reference"], line["method"]) == ("ord-1", "credit_card")
    assert (line["captured_at"][:10], line["booked_at"][:10]) == ("2026-11-22", "2026-11-23")
    assert third[2]["modification_reference"] == refund


def test_a_refund_that_never_succeeded_moves_nothing(shop: Shop) -> None:
    shop.fault("refund_fails")
    shop.refund(shop.captured())
    shop.advance("2s")

    assert [line["type"] for line in settled(shop)] == ["charge"]


def test_a_lost_dispute_and_one_won_twice_add_up(shop: Shop) -> None:
    inquiry = shop.dispute(shop.captured(7_000), stage="pre_dispute").json["dispute_reference"]
    other = shop.dispute(shop.captured(500, "ord-2")).json["dispute_reference"]
    for result in ("escalate", "win", "escalate", "challenge", "win"):
        assert shop.decide("disputes", inquiry, result).status == 200
    shop.decide("disputes", other, "lose")

    moved = amounts(settled(shop))[2:]

    assert moved == [
        ("chargeback", -500, 1_500, -2_000), ("chargeback", -7_000, 1_500, -8_500),
        ("chargeback_reversal", 7_000, 0, 7_000), ("chargeback", -7_000, 1_500, -8_500),
        ("chargeback_reversal", 7_000, 0, 7_000),
    ]  # fmt: skip


def test_a_day_closes_what_moved_by_its_end(shop: Shop) -> None:
    charge = shop.captured(method="wallet")
    shop.tick(hours=14, minutes=59, seconds=59)
    shop.refund(charge)
    shop.tick(seconds=1)

    answer = shop.call("POST", "/_control/settle", {"date": "2026-11-22"}).json
    shop.tick(seconds=1)
    today = shop.call("POST", "/_control/settle", {"date": "2026-11-22"}).json

    assert (answer["lines"], today["lines"]) == (1, 0)
    assert amounts(settled(shop)) == [("refund", -3_000, 0, -3_000)]


@pytest.mark.parametrize(
    "body",
    [
        {"inject": [{"kind": "missing", "count": 2}]}, {"inject": [{"kind": "odd", "count": 1}]},
        {"inject": [{"kind": "fee", "count": 0}]}, {"inject": "fee"}, {"date": "today"},
        {"inject": [{"kind": "fee", "count": 1, "heals": True}]}, {"rows": [{"type": "payout"}]},
        {"inject": [{"kind": "split"}]}, {"inject": [{"kind": "bank_short", "count": 2}]},
        {"rows": [{"type": "fee", "currency": "EUR", "amount": "5"}]}, {"rows": ["fee"]},
    ],
)  # fmt: skip
def test_what_cannot_be_planted_closes_nothing(shop: Shop, body: dict[str, object]) -> None:
    sell(shop, 1)

    assert shop.call("POST", "/_control/settle", body).status == 422
    assert shop.call("GET", "/v1/settlements").json["data"] == []
    assert shop.ledger()[0]["settled_in"] is None
    assert shop.call("GET", "/v1/bank/statements").json["data"] == []
    assert closed(shop, ("fee", 1)).batch == "1"


def test_files_need_the_key_and_a_name(shop: Shop) -> None:
    assert shop.call("GET", "/v1/settlements", headers={"Authorization": ""}).status == 401
    assert shop.call("GET", "/v1/settlements/none.csv").status == 404


def test_files_are_listed_by_day(shop: Shop) -> None:
    first = shop.call("POST", "/_control/settle", {"date": "2026-11-21"}).json
    second = shop.call("POST", "/_control/settle", {}).json

    def names(query: str) -> list[str]:
        data = shop.call("GET", "/v1/settlements", query=query).json["data"]
        return [item["name"] for item in data]

    assert names("") == [first["file"], second["file"]]
    assert (names("date=2026-11-22"), names("date=2026-11-20")) == ([second["file"]], [])
    assert shop.call("GET", "/v1/settlements", query="date=then").status == 422


def test_a_day_is_paid_in_one_row_at_its_end(shop: Shop) -> None:
    charge = shop.captured(7_000)
    shop.captured(300, "ord-2")
    shop.refund(charge, 1_000)

    file = shop.call("POST", "/_control/settle", {}).json["file"]
    payout = rows_of(shop, f"/v1/settlements/{file}")[-1]

    paid = -(7_000 - 123 + 300 - 29 - 1_000)
    assert payout == {
        "batch": "1", "settlement_date": "2026-11-22", "line": "4", "type": "payout",
        "psp_reference": "", "merchant_reference": "", "session": "", "method": "",
        "captured_at": "", "currency": "EUR", "gross": str(paid), "fee": "0", "net": str(paid),
        "modification_reference": "", "booked_at": "2026-11-22T23:59:59.999999Z",
    }  # fmt: skip


def test_each_currency_is_paid_by_itself(shop: Shop) -> None:
    token = shop.session("chk-jpy", 900, method="wallet", currency="JPY")
    bought = shop.charge(token, "ord-9", 900, method="wallet", currency="JPY").json
    shop.act(bought["psp_reference"], "approve")
    sell(shop, 1)

    assert closed(shop).payouts == {"EUR": -961, "JPY": -(900 - 38)}


def test_nothing_to_settle_is_a_header_and_nothing_to_pay_is_no_row(shop: Shop) -> None:
    empty = shop.call("POST", "/_control/settle", {}).json["file"]
    body = shop.call("GET", f"/v1/settlements/{empty}").response.body.decode()
    shop.captured(1_000)
    even = closed(shop, rows=[{"type": "adjustment", "currency": "EUR", "amount": -961}])

    assert body.startswith("batch,settlement_date,line,type,")
    assert body.count("\n") == 1
    assert (even.payouts, len(even.lines), len(even.rows)) == ({}, 1, 1)


def test_more_is_taken_back_than_was_earned(shop: Shop) -> None:
    charge = shop.captured(1_000)
    closed(shop)
    shop.refund(charge, 1_000)

    assert closed(shop).payouts == {"EUR": 1_000}


def test_a_batch_has_the_rows_it_is_asked_to_have(shop: Shop) -> None:
    sell(shop, 1)
    asked = {"fee": -300, "reserve_held": -50, "reserve_released": 20, "adjustment": 7}
    rows = [{"type": k, "currency": "EUR", "amount": v} for k, v in asked.items()]
    abroad = {"type": "fee", "currency": "USD", "amount": -5}

    file = closed(shop, rows=[*rows, abroad])

    assert [(r["type"], r["currency"], r["gross"], r["fee"], r["net"]) for r in file.rows] == [
        ("fee", "EUR", "0", "300", "-300"), ("reserve_held", "EUR", "-50", "0", "-50"),
        ("reserve_released", "EUR", "20", "0", "20"), ("adjustment", "EUR", "7", "0", "7"),
        ("fee", "USD", "0", "5", "-5"),
    ]  # fmt: skip
    assert file.payouts == {"EUR": -(961 - 323), "USD": 5}
    assert {r["booked_at"][:10] for r in file.rows} == {"2026-11-22"}
