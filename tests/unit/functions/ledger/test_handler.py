from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.name_account import Naming
from countinghouse_aws.edge.idempotency import fingerprint
from functions.ledger import handler
from functions.ledger.wiring import Deps
from tests.builders import a_journal
from tests.fakes.buyers import FakeBuyerBook, naming
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import ACCOUNT, GRANTS, Edge, Response
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.proposals import FakeProposalBook, an_adjusting

LEDGER = "/v1/ledger"
KEY = {"Idempotency-Key": "k1"}
BODY: dict[str, Any] = {
    "account": "seller_available:s1",
    "amount": 500,
    "currency": "EUR",
    "transact_type": "credit",
    "reason": "goodwill",
    "reference": "case-7",
}


@dataclass
class Desk:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    proposals: FakeProposalBook = field(init=False)
    buyers: FakeBuyerBook = field(init=False)
    naming: Naming = field(init=False)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def __post_init__(self) -> None:
        self.proposals = FakeProposalBook(self.ledger)
        self.buyers = FakeBuyerBook(self.ledger.closed)
        self.naming = naming(self.ledger, self.buyers)

    def deps(self) -> Deps:
        adjusting = an_adjusting(self.proposals)
        return Deps(
            self.ledger,
            self.ledger,
            self.balances,
            FakeClock(),
            GRANTS,
            lambda: adjusting,
            lambda: self.naming,
        )

    def book(self, body: object = None, **more: Any) -> Response:
        headers = more.pop("headers", KEY)
        return self.edge.post(LEDGER, BODY if body is None else body, headers=headers, **more)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_every_answer_names_the_code_that_booked_it(desk: Desk) -> None:
    desk.ledger.code_version = "3f2a91bc"
    booked = desk.book()
    desk.ledger.code_version = "00000000"
    again = desk.book()

    assert booked.body["code_version"] == "3f2a91bc"
    assert (again.is_replay, again.body) == (True, booked.body)


def test_one_call_books_both_sides(desk: Desk) -> None:
    answer = desk.book()

    assert answer.status == 201
    assert [
        (leg["account"], leg["transact_type"], leg["amount"]) for leg in answer.body["legs"]
    ] == [
        ("seller_available:s1", "credit", 500),
        ("adjustments", "debit", 500),
    ]
    address = WalletAddress("seller:s1", "EUR")
    assert desk.ledger.wallets([address])[address].total == 0


def test_above_the_limit_it_is_proposed_and_nothing_is_booked(desk: Desk) -> None:
    answer = desk.book({**BODY, "amount": 10_001})

    assert answer.status == 202
    assert answer.body == {
        "proposal_id": answer.body["proposal_id"],
        "status": "awaiting_approval",
        "account": "seller_available:s1",
        "counter_account": "adjustments",
        "amount": 10_001,
        "currency": "EUR",
        "transact_type": "credit",
        "reason": "goodwill",
        "reference": "case-7",
        "requested_by": f"{ACCOUNT}/finance",
        "version": 1,
        "created_at": "2026-11-18T11:06:40.000Z",
        "updated_at": "2026-11-18T11:06:40.000Z",
        "expires_at": "2026-11-25T11:06:40.000Z",
    }
    assert desk.ledger.linked == {}
    again = desk.book({**BODY, "amount": 10_001})
    assert (again.status, again.body, again.is_replay) == (202, answer.body, True)


OF_USER = {**BODY, "user_id": "user-4711", "account": None}


def test_a_users_account_is_the_buyers_wallet_under_a_pseudonym(desk: Desk) -> None:
    answer = desk.book(OF_USER)

    assert answer.body["legs"][0]["account"] == "buyer_wallet:bw_1"
    assert desk.buyers.wallet_of("user-4711") == "bw_1"
    stored = (desk.ledger.linked, desk.ledger.wallet_rows, desk.ledger.claims)
    assert "user-4711" not in repr((stored, answer.body))


def test_a_users_booking_is_replayed_by_its_pseudonym(desk: Desk) -> None:
    first = desk.book(OF_USER)

    again, other = desk.book(OF_USER), desk.book({**OF_USER, "user_id": "u2"})

    assert (again.body, again.is_replay) == (first.body, True)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_what_is_kept_of_a_users_booking_is_no_hash_over_who_it_is(desk: Desk) -> None:
    """A hash over a body whose other fields are in the books would give the id to who tries."""
    desk.book(OF_USER)

    (claim,) = desk.ledger.claims.values()
    named = {**BODY, "account": "buyer_wallet:bw_1", "counter_account": "adjustments"}
    assert claim.fingerprint == fingerprint(named)


def test_a_key_from_before_pseudonyms_is_still_known(desk: Desk) -> None:
    """Of a booking on a named account, its fingerprint is what it always was."""
    desk.book()

    (claim,) = desk.ledger.claims.values()
    assert claim.fingerprint == fingerprint({**BODY, "counter_account": "adjustments"})


def test_a_closed_wallet_is_refused(desk: Desk) -> None:
    desk.book(OF_USER)
    desk.buyers.close("bw_1", 1)
    body = {**BODY, "account": "buyer_wallet:bw_1"}

    answer = desk.book(body, headers={"Idempotency-Key": "k2"})

    assert (answer.status, answer.code) == (422, "buyer_wallet_closed")


def test_the_same_key_and_body_answer_the_same_journal(desk: Desk) -> None:
    first = desk.book()

    again = desk.book()

    assert (again.status, again.body, again.is_replay) == (201, first.body, True)
    assert len(desk.ledger.commits) == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.book()

    again = desk.book({**BODY, "amount": 501})

    assert (again.status, again.code) == (422, "idempotency_key_reused")
    assert len(desk.ledger.commits) == 1


def test_another_key_books_again(desk: Desk) -> None:
    desk.book()

    assert desk.book(headers={"Idempotency-Key": '"k2"'}).status == 201
    assert len(desk.ledger.commits) == 2


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": '""'}])
def test_a_booking_needs_a_key(desk: Desk, headers: dict[str, str]) -> None:
    answer = desk.book(headers=headers)

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    assert desk.ledger.commits == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("k" * 256, "validation_failed"),
        ("a b", "validation_failed"),
        ("ä", "validation_failed"),
        ("4242424242424242", "card_number_refused"),
    ],
)
def test_a_key_that_cannot_be_kept_is_refused(desk: Desk, key: str, code: str) -> None:
    answer = desk.book(headers={"Idempotency-Key": key})

    assert (answer.status, answer.code) == (422, code)
    assert desk.ledger.commits == []


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "cash"},
        {"account": "seller_available"},
        {"account": "adjustments:x"},
        {"account": "Seller:1"},
        {"counter_account": "seller_available:s1"},
        {"counter_account": "no_such"},
        {"user_id": "u1"},
        {"account": "buyer_wallet:u1"},
        {"counter_account": "buyer_wallet:u1"},
        {"account": None},
        {"amount": 0},
        {"amount": -5},
        {"amount": "5"},
        {"currency": "XXX"},
        {"transact_type": "both"},
        {"reason": ""},
        {"reason": "r" * 257},
        {"reference": "a b"},
        {"legs": []},
    ],
)
def test_a_bad_field_is_refused_and_nothing_is_booked(
    desk: Desk, changes: dict[str, object]
) -> None:
    answer = desk.book({**BODY, **changes})

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.fields
    assert desk.ledger.commits == []


def test_a_debit_beyond_the_balance_is_refused_and_the_key_stays_free(desk: Desk) -> None:
    refused = desk.book({**BODY, "transact_type": "debit"})

    assert (refused.status, refused.code) == (422, "insufficient_funds")
    assert desk.book().status == 201


def test_a_card_number_in_the_reason_is_refused(desk: Desk) -> None:
    answer = desk.book({**BODY, "reason": "refund to 4242 4242 4242 4242 12/34"})

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert desk.ledger.commits == []


def test_a_journal_is_read_by_its_id(desk: Desk) -> None:
    booked = desk.book()

    answer = desk.edge.get(
        "/v1/ledger/journals/{ledger_id}", path={"ledger_id": booked.body["ledger_id"]}
    )

    assert (answer.status, answer.body) == (200, booked.body)


@pytest.mark.parametrize(("ledger_id", "status"), [("jrn_" + "a" * 40, 404), ("jrn_1", 422)])
def test_a_journal_nobody_booked_is_not_found(desk: Desk, ledger_id: str, status: int) -> None:
    answer = desk.edge.get("/v1/ledger/journals/{ledger_id}", path={"ledger_id": ledger_id})

    assert answer.status == status


def test_a_references_journals_are_listed(desk: Desk) -> None:
    booked = desk.book()

    answer = desk.edge.get("/v1/ledger/journals", query={"reference": "case-7"})

    assert answer.body == {"data": [booked.body], "next_cursor": None}


@pytest.mark.parametrize("query", [{}, {"reference": "a b"}, {"reference": "r", "x": "1"}])
def test_a_list_needs_a_reference(desk: Desk, query: dict[str, str]) -> None:
    assert desk.edge.get("/v1/ledger/journals", query=query).status == 422


def test_the_trial_balance_is_zero(desk: Desk) -> None:
    book([a_journal(minor=7_000)], desk.ledger, desk.ledger)
    desk.book()

    answer = desk.edge.get("/v1/ledger/trial-balance", role="operator")

    assert answer.body["currencies"] == {
        "EUR": {
            "total": 0,
            "accounts": {
                "adjustments": 500,
                "psp_receivable:sandbox": 7_000,
                "seller_available": -500,
                "seller_pending": -7_000,
            },
        }
    }


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    answer = desk.edge.call(route.key, BODY, path={"ledger_id": "jrn_1"}, role=role)

    assert (answer.status == 403) == (role not in route.roles)
