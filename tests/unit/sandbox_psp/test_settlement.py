"""Settlement: one line a capture, fees by the rule, every planted discrepancy there."""

import csv
import io

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, OK, Shop
from tools.sandbox_psp.settlement import KINDS, fee_of


def lines_of(shop: Shop, name: str) -> list[dict[str, str]]:
    body = shop.call("GET", f"/v1/settlements/{name}").response.body
    return list(csv.DictReader(io.StringIO(body.decode())))


def sell(shop: Shop, count: int) -> list[str]:
    token = shop.session(amount=1_000_000, card=OK)
    charges = [shop.charge(token, f"ord-{n}", 1_000 + n).json for n in range(count)]
    return [charge["psp_reference"] for charge in charges]


@pytest.mark.parametrize(("gross", "fee"), [(1_000, 39), (250, 29), (249, 28), (1, 25), (107, 26)])
def test_fees_are_rounded_half_up(gross: int, fee: int) -> None:
    assert fee_of(gross) == fee


def test_every_capture_is_settled_once(shop: Shop) -> None:
    references = sell(shop, 3)
    shop.charge(shop.session("chk-2", card=DECLINED), "ord-x")

    first = shop.call("POST", "/_control/settle", {"date": "2026-11-22"}).json
    second = shop.call("POST", "/_control/settle", {}).json

    lines = lines_of(shop, first["file"])
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


def test_planted_discrepancies_are_what_the_answer_says(shop: Shop) -> None:
    references = sell(shop, 12)
    asked = [{"kind": kind, "count": 2} for kind in KINDS]

    answer = shop.call("POST", "/_control/settle", {"inject": asked}).json

    planted: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for item in answer["planted"]:
        planted[item["kind"]].append(item["psp_reference"])
    lines = lines_of(shop, answer["file"])
    seen = [line["psp_reference"] for line in lines]
    book = {charge["psp_reference"]: charge for charge in shop.ledger()}
    wrong = {
        "missing": [r for r in references if r not in seen],
        "extra": [r for r in seen if r not in book],
        "duplicate": [r for r in references if seen.count(r) == 2],
        "amount": [x["psp_reference"] for x in lines if x["psp_reference"] in book
                   and int(x["gross"]) != book[x["psp_reference"]]["captured"]],
        "fee": [x["psp_reference"] for x in lines if x["psp_reference"] in book
                and int(x["fee"]) != fee_of(book[x["psp_reference"]]["captured"])],
        "currency": [x["psp_reference"] for x in lines if x["psp_reference"] in book
                     and x["currency"] != book[x["psp_reference"]]["currency"]],
    }  # fmt: skip
    assert {k: sorted(v) for k, v in planted.items()} == {k: sorted(v) for k, v in wrong.items()}
    assert all(len(found) == 2 for found in wrong.values())


def amounts(lines: list[dict[str, str]]) -> list[tuple[str, int, int, int]]:
    return [(x["type"], int(x["gross"]), int(x["fee"]), int(x["net"])) for x in lines]


def settled(shop: Shop) -> list[dict[str, str]]:
    """The lines of a file closed now."""
    return lines_of(shop, shop.call("POST", "/_control/settle", {}).json["file"])


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


def test_discrepancies_are_planted_on_captures_alone(shop: Shop) -> None:
    charge = shop.captured()
    shop.refund(charge)

    two = {"inject": [{"kind": "missing", "count": 2}]}
    assert shop.call("POST", "/_control/settle", two).status == 422
    one = {"inject": [{"kind": "missing", "count": 1}]}
    answer = shop.call("POST", "/_control/settle", one).json

    assert answer["planted"] == [{"kind": "missing", "psp_reference": charge}]
    assert amounts(lines_of(shop, answer["file"])) == [("refund", -3_000, 0, -3_000)]


@pytest.mark.parametrize(
    "body",
    [
        {"inject": [{"kind": "missing", "count": 2}]}, {"inject": [{"kind": "odd", "count": 1}]},
        {"inject": [{"kind": "fee", "count": 0}]}, {"inject": "fee"}, {"date": "today"},
    ],
)  # fmt: skip
def test_what_cannot_be_planted_closes_nothing(shop: Shop, body: dict[str, object]) -> None:
    sell(shop, 1)

    assert shop.call("POST", "/_control/settle", body).status == 422
    assert shop.call("GET", "/v1/settlements").json["data"] == []
    assert shop.ledger()[0]["settled_in"] is None


def test_files_need_the_key_and_a_name(shop: Shop) -> None:
    assert shop.call("GET", "/v1/settlements", headers={"Authorization": ""}).status == 401
    assert shop.call("GET", "/v1/settlements/none.csv").status == 404
