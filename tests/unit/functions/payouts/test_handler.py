from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY, rfc3339
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_account import bare_place
from countinghouse.domain.psp import SettlementKind
from countinghouse.ports.payouts import BankAccounts
from countinghouse.usecases.advance_payout import Next, advance_payout
from functions.payouts import handler
from functions.payouts.wiring import Deps
from tests.builders import NOW
from tests.fakes.lambdas import ACCOUNT, GRANTS, Edge, Response
from tests.payouts import IBAN, OTHER_IBAN, House, a_payout, an_account

S = PayoutStatus
PAYOUT = "/v1/payouts/{payout_id}"
ITEMS = "/v1/payouts/{payout_id}/items"
BANK = "/v1/sellers/{seller_id}/bank-accounts"
PO_1 = {"payout_id": "po_1"}
S1 = {"seller_id": "s1"}
BODY: dict[str, Any] = {"seller_id": "s1", "currency": "EUR", "amount": 5_000}


@dataclass
class Desk:
    house: House = field(default_factory=House)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))
    asked: list[str] = field(default_factory=list)

    def deps(self) -> Deps:
        house = self.house
        return Deps(
            house.books,
            house.opening,
            self.ask,
            ("sandbox", "stripe"),
            house.rules,
            GRANTS,
        )

    def ask(self, psp: str) -> BankAccounts:
        """That PSP about its bank accounts."""
        self.asked.append(psp)
        return self.house.gateway

    def open(self, key: str = "k1", **changes: Any) -> Response:
        body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
        return self.edge.post("/v1/payouts", body, headers={"Idempotency-Key": key})

    def put(self, **changes: Any) -> Response:
        body = {"currency": "EUR", "bank_account": "ba_1", **changes}
        return self.edge.post(BANK, body, path=S1)

    def pay(self, payout_id: str) -> None:
        """Walk a payout to its end."""
        self.house.gateway.will("pay_out", SettlementKind.SUCCEEDED)
        while advance_payout(payout_id, self.house.advancing).next is not Next.DONE:
            pass


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.house.earn(8_000)
    desk.house.gateway.knows(IBAN, OTHER_IBAN)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_payout_is_taken_in_and_not_yet_paid(desk: Desk) -> None:
    answer = desk.open()

    assert answer.status == 202
    assert (answer.body["status"], answer.body["amount"]) == ("draft", 5_000)
    assert answer.body["payout_id"].startswith("po_")
    assert answer.body["requested_by"] == f"{ACCOUNT}/finance"
    assert list(desk.house.payouts.rows) == [answer.body["payout_id"]]


def test_without_an_amount_all_that_is_payable_is_paid(desk: Desk) -> None:
    assert desk.open(amount=None).body["amount"] == 8_000


def test_the_same_key_and_body_are_answered_from_what_is_there(desk: Desk) -> None:
    first = desk.open()

    again = desk.open()

    assert again.is_replay
    assert again.body == first.body


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.open()

    answer = desk.open(amount=4_000)

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_one_at_a_time(desk: Desk) -> None:
    desk.open()

    answer = desk.open("k2")

    assert (answer.status, answer.code) == (409, "payout_in_progress")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 8_001}, "insufficient_funds"),
        ({"amount": 99}, "below_minimum"),
        ({"seller_id": "s2"}, "insufficient_funds"),
        ({"seller_id": "s3"}, "no_bank_account"),
        ({"amount": 0}, "validation_failed"),
        ({"amount": 50.0}, "validation_failed"),
        ({"currency": "XXX"}, "validation_failed"),
        ({"bank_account": "ba_2"}, "validation_failed"),
    ],
)
def test_what_cannot_be_paid_is_refused_by_its_code(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    desk.house.earn(8_000, "other", "s3")

    answer = desk.open(**changes)

    assert (answer.status, answer.code) == (422, code)
    assert desk.house.payouts.rows == {}


def test_an_account_that_cools_off_is_not_paid(desk: Desk) -> None:
    desk.house.accounts.put(an_account(usable_from=NOW + DAY))

    assert desk.open().code == "bank_account_cooling_off"


def test_a_payout_needs_an_idempotency_key(desk: Desk) -> None:
    answer = desk.edge.post("/v1/payouts", BODY)

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")


def test_a_payout_shows_what_it_pays(desk: Desk) -> None:
    payout_id = desk.open().body["payout_id"]
    desk.pay(payout_id)

    answer = desk.edge.get(PAYOUT, path={"payout_id": payout_id}, role="support")

    assert (answer.body["status"], answer.body["psp_reference"]) == ("paid", "pt_1")
    assert (answer.body["available_before"], answer.body["carried_over"]) == (8_000, 0)
    assert [(i["reference"], i["amount"]) for i in answer.body["items"]] == [("earned", 8_000)]
    assert answer.body["items_cursor"] is None


def test_a_payouts_items_are_listed_page_by_page(desk: Desk) -> None:
    desk.house.earn(1, "more")
    payout_id = desk.open().body["payout_id"]
    desk.pay(payout_id)
    path = {"payout_id": payout_id}

    first = desk.edge.get(ITEMS, path=path, query={"limit": "1"})
    cursor = first.body["next_cursor"]
    second = desk.edge.get(ITEMS, path=path, query={"limit": "1", "cursor": cursor})

    found = [item["reference"] for page in (first, second) for item in page.body["data"]]
    assert found == ["more", "earned"]
    assert second.body["next_cursor"] is None


@pytest.mark.parametrize("route", [PAYOUT, ITEMS])
def test_an_unknown_payout_is_not_found(desk: Desk, route: str) -> None:
    assert desk.edge.get(route, path=PO_1).status == 404


def test_a_sellers_payouts_are_listed(desk: Desk) -> None:
    desk.house.payouts.put(
        a_payout(S.PAID), a_payout(S.PENDING_APPROVAL, payout_id="po_2", seller_id="s2")
    )

    own = desk.edge.get("/v1/payouts", query={"seller_id": "s1"})
    waiting = desk.edge.get("/v1/payouts", query={"status": "pending_approval"}, role="approver")

    assert [one["payout_id"] for one in own.body["data"]] == ["po_1"]
    assert [one["payout_id"] for one in waiting.body["data"]] == ["po_2"]


@pytest.mark.parametrize(
    "query", [{"status": "gone"}, {"limit": "101"}, {"cursor": "x"}, {"seller": "s1"}]
)
def test_a_bad_query_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert desk.edge.get("/v1/payouts", query=query).status == 422


def test_the_approver_is_not_the_requester(desk: Desk) -> None:
    arn = f"{ACCOUNT}/approver"
    desk.house.payouts.put(a_payout(S.PENDING_APPROVAL, requested_by=arn))

    answer = desk.edge.post(f"{PAYOUT}/approve", path=PO_1, role="approver")

    assert (answer.status, answer.code) == (403, "forbidden")
    assert desk.house.payouts["po_1"].status is S.PENDING_APPROVAL


def test_a_second_person_lets_it_go(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.PENDING_APPROVAL))

    answer = desk.edge.post(f"{PAYOUT}/approve", path=PO_1, role="approver")
    again = desk.edge.post(f"{PAYOUT}/approve", path=PO_1, role="approver")

    assert answer.status == again.status == 202
    assert (answer.body["status"], answer.body["approved_by"]) == (
        "reserved",
        f"{ACCOUNT}/approver",
    )


def test_what_was_not_sent_can_be_cancelled(desk: Desk) -> None:
    payout_id = desk.open().body["payout_id"]

    answer = desk.edge.post(f"{PAYOUT}/cancel", path={"payout_id": payout_id})

    assert (answer.status, answer.body["status"]) == (202, "cancelled")


@pytest.mark.parametrize(("act", "role"), [("approve", "approver"), ("cancel", "finance")])
def test_what_was_sent_is_neither_approved_nor_cancelled(desk: Desk, act: str, role: str) -> None:
    desk.house.payouts.put(a_payout(S.IN_TRANSIT))

    answer = desk.edge.post(f"{PAYOUT}/{act}", path=PO_1, role=role)

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert desk.edge.post(f"{PAYOUT}/{act}", path={"payout_id": "x"}, role=role).status == 404


def test_a_bank_account_is_set_once_the_psp_knows_it(desk: Desk) -> None:
    desk.house.accounts.rows.clear()

    first, again, other = desk.put(), desk.put(), desk.put(bank_account="ba_2")

    assert first.status == other.status == 201
    assert again.is_replay
    assert first.body["usable_from"] == rfc3339(NOW)
    assert (other.body["previous"], other.body["usable_from"]) == ("ba_1", rfc3339(NOW + 3 * DAY))
    listed = desk.edge.get(BANK, path=S1, role="support").body["data"]
    assert listed == [other.body]


def test_the_first_psp_pays_unless_another_is_named(desk: Desk) -> None:
    plain, named = desk.put(), desk.put(psp="stripe")
    unknown = desk.put(psp="paypal")

    assert (plain.body["psp"], named.body["psp"]) == ("sandbox", "stripe")
    assert desk.asked == ["sandbox", "stripe"]
    assert (unknown.status, unknown.body["errors"][0]["field"]) == (422, "psp")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bank_account": "ba_9"}, "unknown_bank_account"),
        ({"currency": "USD"}, "validation_failed"),
        ({"bank_account": "ba 1"}, "validation_failed"),
        ({"holder": "me"}, "validation_failed"),
    ],
)
def test_a_bank_account_that_cannot_be_is_refused(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    answer = desk.put(**changes)

    assert (answer.status, answer.code) == (422, code)
    assert desk.house.accounts.rows["s1", "EUR"] == an_account()


def test_a_psp_that_does_not_answer_is_asked_later(desk: Desk) -> None:
    desk.house.gateway.account_error = Unavailable("the PSP did not answer")

    answer = desk.put()

    assert (answer.status, answer.code) == (503, "temporarily_unavailable")


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    answer = desk.edge.call(route.key, BODY, path={**PO_1, **S1}, role=role)

    assert (answer.status == 403) == (role not in route.roles)


def test_a_wallet_is_paid_out_in_another_currency(desk: Desk) -> None:
    desk.house.accounts.put(an_account(currency="USD", bank_account="ba_usd"))

    first = desk.open(payout_currency="USD")
    desk.pay(first.body["payout_id"])
    shown = desk.edge.get(PAYOUT, path={"payout_id": first.body["payout_id"]}).body

    assert (first.status, first.body["payout_amount"], first.body["payout_currency"]) == (
        202,
        5_530,
        "USD",
    )
    assert (shown["status"], shown["amount"], shown["payout_amount"]) == ("paid", 5_000, 5_530)
    assert shown["fx"]["spread"] == 56
    assert desk.open("k2", payout_currency="XXX").code == "validation_failed"
    assert desk.open(payout_currency="EUR").code == "idempotency_key_reused"


def test_a_missing_rate_is_a_clear_refusal(desk: Desk) -> None:
    desk.house.accounts.put(an_account(currency="USD", bank_account="ba_usd"))
    desk.house.rates.days.clear()

    answer = desk.open(payout_currency="USD")

    assert (answer.status, answer.code) == (503, "fx_rate_unavailable")
    assert desk.open("k2", payout_currency="GBP").code == "no_bank_account"


def test_a_place_alone_is_listed_as_no_account(desk: Desk) -> None:
    desk.house.accounts.put(bare_place("s1", "USD", NOW))

    listed = desk.edge.get(BANK, path=S1).body["data"]

    assert [one["currency"] for one in listed] == ["EUR"]
