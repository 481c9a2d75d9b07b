"""Planted discrepancies: what each does to the file, the payout row and the bank."""

import pytest

from tests.unit.sandbox_psp.files import File, closed, sell, settle, statement
from tests.unit.sandbox_psp.shop import DISPUTED_LATER, Shop
from tools.sandbox_psp.injections import CODES, KINDS
from tools.sandbox_psp.settlement_lines import fee_of

RIGHT = ("charge", "EUR", "1000", "39")


def in_the_bank(shop: Shop, file: File) -> dict[str, int]:
    """What came to the bank of a file, by currency."""
    found = [line for line in statement(shop) if line[:2] == ("settlement", file.batch)]
    return {currency: amount for _, _, currency, amount in found}


# kind -> what the file says of the first charge (1,000 with a fee of 39), how much is paid for it
# in each currency, and by how much the answer says the file is off.
ON_A_LINE = {
    "missing": ([], {}, -1_000),
    "timing": ([], {}, -1_000),
    "amount": ([("charge", "EUR", "1100", "39")], {"EUR": 1_061}, 100),
    "under": ([("charge", "EUR", "900", "39")], {"EUR": 861}, -100),
    "rounding": ([("charge", "EUR", "1001", "39")], {"EUR": 962}, 1),
    "duplicate": ([RIGHT, RIGHT], {"EUR": 961}, 1_000),
    "fee": ([("charge", "EUR", "1000", "49")], {"EUR": 951}, 10),
    "fee_small": ([("charge", "EUR", "1000", "40")], {"EUR": 960}, 1),
    "currency": ([("charge", "USD", "1000", "39")], {"USD": 961}, -1_000),
    "bad_line": ([("charge", "EUR", "n/a", "39")], {"EUR": 961}, -1_000),
    "refund_unknown": ([RIGHT, ("refund", "EUR", "-1000", "0")], {"EUR": -39}, -1_000),
    "double_return": (
        [RIGHT, ("refund", "EUR", "-1000", "0"), ("chargeback", "EUR", "-1000", "1500")],
        {"EUR": -2_539},
        -2_000,
    ),
}


@pytest.mark.parametrize("kind", ON_A_LINE)
def test_a_capture_bears_what_is_planted_on_it(shop: Shop, kind: str) -> None:
    lines, paid, off = ON_A_LINE[kind]
    (charge,) = sell(shop, 1)

    file = closed(shop, (kind, 1))

    assert file.of(charge) == lines
    assert len(file.lines) == len(lines)
    assert file.payouts == {currency: -net for currency, net in paid.items()}
    assert file.distinct == paid == in_the_bank(shop, file)
    (planted,) = file.planted
    assert planted == {
        "kind": kind, "psp_reference": charge, "order_id": "ord-0", "code": CODES[kind],
        "currency": "EUR", "amount": off,
    }  # fmt: skip


def test_a_file_with_everything_still_adds_up(shop: Shop) -> None:
    sell(shop, 2 * len(KINDS) + 2)
    asked = [(kind, 2) for kind in KINDS if kind not in ("bank_missing", "bank_short")]

    file = closed(shop, *asked)

    owed = {currency: -net for currency, net in file.payouts.items()}
    assert file.distinct == owed == in_the_bank(shop, file)
    assert set(owed) == {"EUR", "USD"}
    planted = [one["kind"] for one in file.planted]
    assert planted == [kind for kind, _ in asked for _ in range(4 if kind == "split" else 2)]
    bearing = [one["psp_reference"] for one in file.planted if one["psp_reference"]]
    assert len(bearing) == len(set(bearing))
    assert {one["code"] for one in file.planted} == set(CODES.values()) - {"PAYOUT_BANK_MISSING"}


@pytest.mark.parametrize(("heals", "comes"), [({}, []), ({"heals": True}, [RIGHT])])
def test_what_is_missing_comes_later_only_if_it_heals(
    shop: Shop, heals: dict[str, bool], comes: list[object]
) -> None:
    (charge,) = sell(shop, 1)
    shop.call("POST", "/_control/settle", {"inject": [{"kind": "missing", **heals}]})
    assert (shop.ledger()[0]["settled_in"] is None) is bool(comes)

    # What it bore it bears no more: there is nothing left to plant on.
    assert settle(shop, ("amount", 1)).status == 422
    file = closed(shop)

    assert file.of(charge) == comes
    assert closed(shop).lines == []


def test_timing_heals_by_itself(shop: Shop) -> None:
    (charge,) = sell(shop, 1)
    first = closed(shop, ("timing", 1))
    shop.advance("1d")
    file = closed(shop)

    assert (first.of(charge), file.of(charge)) == ([], [RIGHT])
    assert statement(shop) == []
    assert statement(shop, "2026-11-23") == [("settlement", "2", "EUR", 961)]


def test_amounts_are_rounded_up_and_down_by_turns(shop: Shop) -> None:
    charges = sell(shop, 4)

    file = closed(shop, ("rounding", 2), ("fee", 1), ("rounding", 1))

    gross = [int(line["gross"]) for line in file.lines]
    assert gross == [1_001, 1_000, 1_003, 1_003]
    assert [one["psp_reference"] for one in file.planted] == [
        charges[0], charges[1], charges[3], charges[2],
    ]  # fmt: skip


def test_a_repeated_line_differs_in_its_number_alone(shop: Shop) -> None:
    sell(shop, 1)

    first, second = closed(shop, ("duplicate", 1)).lines

    assert (first.pop("line"), second.pop("line")) == ("1", "2")
    assert first == second


def test_a_second_capture_has_a_reference_of_its_own(shop: Shop) -> None:
    (charge,) = sell(shop, 1)

    file = closed(shop, ("second_capture", 1))

    first, second = file.lines
    assert first["psp_reference"] == charge
    assert second["psp_reference"].startswith("ch_")
    assert second["psp_reference"][:9] != charge[:9]
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"line", "psp_reference"}
    assert file.payouts == {"EUR": -2 * 961}
    (planted,) = file.planted
    assert planted["psp_reference"] == second["psp_reference"]
    assert (planted["order_id"], planted["amount"]) == ("ord-0", 1_000)


@pytest.mark.parametrize(("kind", "sign"), [("extra", 1), ("orphan_refund", -1)])
def test_a_line_of_a_stranger_is_paid(shop: Shop, kind: str, sign: int) -> None:
    file = closed(shop, (kind, 2))

    assert len({line["psp_reference"] for line in file.lines}) == 2
    for line, planted in zip(file.lines, file.planted, strict=True):
        assert int(line["gross"]) * sign > 0
        assert shop.call("GET", f"/v1/charges/{line['psp_reference']}").status == 404
        assert planted["psp_reference"] == line["psp_reference"]
        assert planted["order_id"] == line["merchant_reference"] != ""
        assert planted["amount"] == int(line["gross"])
        assert bool(line["modification_reference"]) is (kind == "orphan_refund")
    assert in_the_bank(shop, file) == file.distinct != {}


def test_a_refund_that_nobody_asked_for_is_of_an_order_without_any(shop: Shop) -> None:
    refunded, disputed, later, free = (
        shop.captured(1_000, "ord-1"), shop.captured(1_000, "ord-2"),
        shop.captured(1_000, "ord-3", card=DISPUTED_LATER), shop.captured(1_000, "ord-4"),
    )  # fmt: skip
    shop.refund(refunded, 10)
    shop.dispute(disputed)

    file = closed(shop, ("refund_unknown", 1))

    assert [one["psp_reference"] for one in file.planted] == [free]
    line = file.lines[3 + 1]
    assert (line["type"], line["psp_reference"]) == ("refund", free)
    assert line["modification_reference"].startswith("re_")
    assert line["booked_at"] == "2026-11-22T23:59:59.999999Z"
    assert file.of(later) == [RIGHT]
    assert shop.ledger("ord-4")[0]["refunded"] == 0


@pytest.mark.parametrize("when", ["an earlier file", "this file"])
def test_what_was_refunded_is_charged_back_too(shop: Shop, when: str) -> None:
    shop.captured(5_000, "ord-0")
    charge = shop.captured(1_000, "ord-1")
    both = shop.captured(1_000, "ord-2")
    shop.refund(charge, 400)
    shop.refund(both, 400)
    shop.dispute(both)
    if when == "an earlier file":
        closed(shop)
        shop.captured(600, "ord-9")

    file = closed(shop, ("double_return", 1))

    assert file.of(charge)[-1] == ("chargeback", "EUR", "-1000", "1500")
    assert len(file.of(charge)) == (1 if when == "an earlier file" else 3)
    (planted,) = file.planted
    assert (planted["psp_reference"], planted["amount"]) == (charge, -1_000)
    again = closed(shop, ("extra", 1))
    assert again.of(charge) == []
    assert settle(shop, ("double_return", 1)).status == 422


def test_one_charge_is_returned_twice_once(shop: Shop) -> None:
    refunded, free = shop.captured(1_000, "ord-1"), shop.captured(1_000, "ord-2")
    shop.refund(refunded, 400)

    file = closed(shop, ("double_return", 2))

    assert [(p["psp_reference"], p["amount"]) for p in file.planted] == [
        (refunded, -1_000), (free, -2_000),
    ]  # fmt: skip


def test_a_refund_that_came_back_is_none(shop: Shop) -> None:
    charge = shop.captured(1_000)
    refund = shop.refund(charge, 400).json["refund_reference"]
    shop.decide("refunds", refund, "fail")

    assert settle(shop, ("double_return", 1)).status == 422


def test_a_split_is_between_orders_of_one_checkout(shop: Shop) -> None:
    alone = shop.captured(1_000, "ord-x")
    pair, other = sell(shop, 2, "chk-a"), sell(shop, 2, "chk-b")

    # Whoever asks first, the split is given what it needs.
    file = closed(shop, ("fee", 1), ("split", 2))

    gross = [int(line["gross"]) for line in file.lines]
    assert gross == [1_000, 1_050, 951, 1_050, 951]
    assert [(p["kind"], p["psp_reference"], p["amount"]) for p in file.planted] == [
        ("fee", alone, 10), ("split", pair[0], 50), ("split", pair[1], -50),
        ("split", other[0], 50), ("split", other[1], -50),
    ]  # fmt: skip
    assert file.distinct == in_the_bank(shop, file)


def test_a_split_needs_two_orders(shop: Shop) -> None:
    shop.captured(1_000, "ord-x")
    sell(shop, 3, "chk-a")

    assert settle(shop, ("split", 2)).status == 422
    assert settle(shop, ("split", 1), ("fee", 2)).status == 200


@pytest.mark.parametrize(("kind", "least"), [("under", 100), ("rounding", 1), ("split", 50)])
def test_what_is_left_of_an_amount_is_money(shop: Shop, kind: str, least: int) -> None:
    token = shop.session(card="4242424242424242")
    for order in ("ord-1", "ord-2"):
        shop.charge(token, order, least)
    assert settle(shop, (kind, 1)).status == 422
    enough = shop.charge(token, "ord-3", least + 1).json["psp_reference"]

    file = closed(shop, (kind, 1))

    assert file.planted[-1]["psp_reference"] == enough
    assert all(int(line["gross"]) > 0 for line in file.lines)


@pytest.mark.parametrize(
    ("kind", "row"),
    [("reserve", ("reserve_held", "-500", "0")), ("unknown_type", ("mystery", "100", "0"))],
)
def test_a_row_of_the_batch_changes_what_is_paid(
    shop: Shop, kind: str, row: tuple[str, str, str]
) -> None:
    assert settle(shop, (kind, 1)).status == 422
    sell(shop, 1)

    file = closed(shop, (kind, 1))

    assert [(r["type"], r["gross"], r["fee"]) for r in file.rows] == [row]
    assert file.distinct == {"EUR": 961 + int(row[1])} == in_the_bank(shop, file)
    assert file.planted == [{
        "kind": kind, "psp_reference": "", "order_id": "", "code": CODES[kind],
        "currency": "EUR", "amount": int(row[1]),
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "arrives", "off"), [("bank_missing", {}, -961), ("bank_short", {"EUR": 861}, -100)]
)
def test_the_bank_gets_other_than_the_file_says(
    shop: Shop, kind: str, arrives: dict[str, int], off: int
) -> None:
    sell(shop, 1)
    assert settle(shop, (kind, 2)).status == 422

    file = closed(shop, (kind, 1))

    assert (file.payouts, in_the_bank(shop, file)) == ({"EUR": -961}, arrives)
    assert file.planted == [{
        "kind": kind, "psp_reference": "", "order_id": "", "code": "PAYOUT_BANK_MISSING",
        "currency": "EUR", "amount": off,
    }]  # fmt: skip


def test_rows_that_say_the_same_differ_in_when_they_were_booked(shop: Shop) -> None:
    sell(shop, 1)
    fee = {"type": "fee", "currency": "EUR", "amount": -40}

    file = closed(shop, ("reserve", 3), rows=[fee, fee])

    assert [(row["type"], row["booked_at"][-10:]) for row in file.rows] == [
        ("fee", "59.999999Z"), ("fee", "59.998999Z"), ("reserve_held", "59.999999Z"),
        ("reserve_held", "59.998999Z"), ("reserve_held", "59.997999Z"),
    ]  # fmt: skip


def test_each_payout_goes_wrong_once(shop: Shop) -> None:
    sell(shop, 2)

    file = closed(shop, ("currency", 1), ("bank_short", 1), ("bank_missing", 1))

    assert file.payouts == {"EUR": -962, "USD": -961}
    assert in_the_bank(shop, file) == {"EUR": 862}


def test_discrepancies_are_planted_on_captures_as_asked_for_alone(shop: Shop) -> None:
    charge = shop.captured()
    shop.refund(charge)
    shop.fault("amount_drift")
    drifted = shop.captured(500, "ord-2")

    assert settle(shop, ("missing", 2)).status == 422
    file = closed(shop, ("missing", 1))

    assert [one["psp_reference"] for one in file.planted] == [charge]
    assert file.of(charge) == [("refund", "EUR", "-3000", "0")]
    assert file.of(drifted) == [("charge", "EUR", "501", str(fee_of(501)))]


def test_the_oldest_charges_bear_what_is_asked_for(shop: Shop) -> None:
    sell(shop, 3)

    too_many = settle(shop, ("amount", 2), ("fee", 2))
    file = closed(shop, ("amount", 1), ("fee", 1))

    assert too_many.status == 422
    assert [(one["kind"], one["order_id"]) for one in file.planted] == [
        ("amount", "ord-0"), ("fee", "ord-1"),
    ]  # fmt: skip
    assert closed(shop).lines == []
