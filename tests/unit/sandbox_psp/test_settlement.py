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
