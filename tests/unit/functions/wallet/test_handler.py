from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from functions.ledger import handler as ledger_handler
from functions.ledger.wiring import Deps as LedgerDeps
from functions.wallet import handler
from functions.wallet.wiring import Deps
from tests.builders import NOW, a_journal
from tests.fakes.buyers import naming
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge, Response
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.payouts import FakePayoutAccounts
from tests.fakes.proposals import FakeProposalBook, an_adjusting
from tests.payouts import RULES, an_account, movement

WALLET = "/v1/wallets/{seller_id}"
ENTRIES = "/v1/wallets/{seller_id}/entries"
S1 = {"seller_id": "s1"}
BODY: dict[str, Any] = {
    "seller_id": "s1",
    "amount": 500,
    "currency": "EUR",
    "transact_type": "credit",
    "reason": "goodwill",
    "reference": "case-7",
}


@dataclass
class Desk:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    accounts: FakePayoutAccounts = field(default_factory=FakePayoutAccounts)
    proposals: FakeProposalBook = field(init=False)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def __post_init__(self) -> None:
        self.proposals = FakeProposalBook(self.ledger)

    def deps(self) -> Deps:
        adjusting = an_adjusting(self.proposals)
        return Deps(
            self.ledger,
            FakeClock(),
            GRANTS,
            lambda: adjusting,
            lambda: self.accounts,
            lambda: RULES,
        )

    def book(self, key: str = "k1", **changes: Any) -> Response:
        return self.edge.post("/v1/wallet", {**BODY, **changes}, headers={"Idempotency-Key": key})

    def available(self) -> int:
        balances = self.edge.get(WALLET, path=S1).body["balances"]
        return int(balances["EUR"]["available"])


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_credit_and_a_debit_move_what_is_available(desk: Desk) -> None:
    assert desk.book("k1").status == 201
    assert desk.book("k2", transact_type="debit", amount=200).status == 201

    assert desk.available() == 300


def test_a_debit_beyond_what_is_available_writes_nothing(desk: Desk) -> None:
    desk.book("k1")

    answer = desk.book("k2", transact_type="debit", amount=501)

    assert (answer.status, answer.code) == (422, "insufficient_funds")
    assert desk.available() == 500
    assert len(desk.ledger.commits) == 1


def test_pending_money_is_not_available(desk: Desk) -> None:
    book([a_journal(minor=7_000)], desk.ledger, desk.ledger)

    assert desk.book("k1", transact_type="debit").code == "insufficient_funds"
    assert desk.edge.get(WALLET, path=S1).body["balances"]["EUR"]["pending"] == 7_000


def test_the_same_key_and_body_book_once(desk: Desk) -> None:
    first = desk.book()

    again = desk.book()

    assert (again.status, again.body, again.is_replay) == (201, first.body, True)
    assert desk.available() == 500


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.book()

    assert desk.book(amount=501).code == "idempotency_key_reused"


def test_the_same_key_on_another_route_is_another_booking(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjusting = an_adjusting(desk.proposals)
    deps = LedgerDeps(
        desk.ledger,
        desk.ledger,
        FakeBalanceBook(),
        FakeClock(),
        GRANTS,
        lambda: adjusting,
        lambda: naming(desk.ledger),
    )
    monkeypatch.setattr(ledger_handler, "deps", lambda: deps)
    desk.book()
    body = {**BODY, "account": "seller_available:s1"}
    del body["seller_id"]

    other = Edge(ledger_handler, role="finance").post(
        "/v1/ledger", body, headers={"Idempotency-Key": "k1"}
    )

    assert other.status == 201
    assert not other.is_replay
    assert desk.available() == 1_000


def test_above_the_limit_it_is_proposed_and_nothing_is_booked(desk: Desk) -> None:
    answer = desk.book(amount=10_001)

    assert (answer.status, answer.body["status"]) == (202, "awaiting_approval")
    assert answer.body["account"] == "seller_available:s1"
    assert desk.edge.get(WALLET, path=S1).body["balances"] == {}
    again = desk.book(amount=10_001)
    assert (again.status, again.body, again.is_replay) == (202, answer.body, True)
    assert desk.book().code == "idempotency_key_reused"


def test_a_debit_beyond_what_is_available_is_not_even_proposed(desk: Desk) -> None:
    answer = desk.book(amount=10_001, transact_type="debit")

    assert (answer.status, answer.code) == (422, "insufficient_funds")
    assert desk.proposals.rows == {}


def test_a_key_is_needed(desk: Desk) -> None:
    answer = desk.edge.post("/v1/wallet", BODY)

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": "1"},
        {"currency": "XXX"},
        {"seller_id": ""},
        {"reason": ""},
        {"reference": ""},
        {"transact_type": "x"},
        {"account": "bank:b"},
    ],
)
def test_a_bad_field_is_refused_and_nothing_is_booked(desk: Desk, changes: dict[str, Any]) -> None:
    answer = desk.book(**changes)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert desk.ledger.commits == []


def test_a_seller_without_money_has_no_balances(desk: Desk) -> None:
    answer = desk.edge.get(WALLET, path=S1, role="support")

    assert answer.body == {"seller_id": "s1", "balances": {}}


def test_entries_are_paged_newest_first_over_any_number_of_wallets(desk: Desk) -> None:
    codes = ["EUR", "USD", "JPY", "KWD", "GBP", "CHF", "SEK"]
    journals = [
        a_journal(f"o{n}", currency=code, created_at=NOW + n) for n, code in enumerate(codes * 2)
    ]
    for journal in journals:
        book([journal], desk.ledger, desk.ledger)

    shown, query = [], {"limit": "3"}
    while True:
        answer = desk.edge.get(ENTRIES, path=S1, query=query)
        assert answer.status == 200
        shown += [journal["reference"] for journal in answer.body["data"]]
        if answer.body["next_cursor"] is None:
            break
        query = {"limit": "3", "cursor": answer.body["next_cursor"]}

    assert shown == [f"o{n}" for n in reversed(range(len(journals)))]


def test_one_currencys_entries_are_shown_alone(desk: Desk) -> None:
    book([a_journal("o1"), a_journal("o2", currency="JPY")], desk.ledger, desk.ledger)

    answer = desk.edge.get(ENTRIES, path=S1, query={"currency": "JPY"})

    assert [journal["reference"] for journal in answer.body["data"]] == ["o2"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "1.5"},
        {"currency": "eur"},
        {"cursor": "x"},
        {"cursor": "EUR~²~jrn_1"},
        {"cursor": "EUR~0~x"},
        {"page": "2"},
    ],
)
def test_a_bad_query_is_refused(desk: Desk, query: dict[str, str]) -> None:
    book([a_journal()], desk.ledger, desk.ledger)

    assert desk.edge.get(ENTRIES, path=S1, query=query).status == 422


PAYABILITY = "/v1/wallets/{seller_id}/payability"


def test_payability_says_what_is_withheld_and_why(desk: Desk) -> None:
    desk.accounts.put(an_account())
    book(
        [movement("m", {"seller_pending:s1": -7_000, "seller_available:s1": -500})],
        desk.ledger,
        desk.ledger,
    )

    answer = desk.edge.get(PAYABILITY, path=S1)

    assert answer.body["currencies"]["EUR"] == {
        "balance": 7_500,
        "payable": 500,
        "withheld": [{"reason": "awaiting_delivery", "amount": 7_000, "currency": "EUR"}],
    }


def test_a_seller_without_money_has_nothing_withheld(desk: Desk) -> None:
    assert desk.edge.get(PAYABILITY, path=S1).body == {"seller_id": "s1", "currencies": {}}


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    answer = desk.edge.call(route.key, BODY, path=S1, role=role)

    assert (answer.status == 403) == (role not in route.roles)
