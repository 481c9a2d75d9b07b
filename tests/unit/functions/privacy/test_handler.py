import io
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.erasure import ERASED
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import PaymentStatus
from functions.privacy import handler
from functions.privacy.wiring import Deps
from tests.builders import a_payment, a_submission, a_transfer, an_order, refunding
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.buyers import FakeBuyerBook, forgetting
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutAccounts
from tests.payouts import an_account

CHECKOUT = "/v1/payments/{checkout_id}/erasure"
BUYER = "/v1/buyers/erasure"
ACCOUNT = "/v1/sellers/{seller_id}/bank-accounts/{currency}/erasure"
C1 = {"checkout_id": "c1"}
S1 = {"seller_id": "s1", "currency": "EUR"}
U1 = {"user_id": "user-4711"}
CAPTURED = an_order(OrderStatus.CAPTURED)
THEIRS = a_submission(user_id="user-4711")


@dataclass
class Desk:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    accounts: FakePayoutAccounts = field(default_factory=FakePayoutAccounts)
    buyers: FakeBuyerBook = field(init=False)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def __post_init__(self) -> None:
        self.buyers = FakeBuyerBook(self.ledger.closed, {"user-4711": "bw_7"})
        self.payments.put(a_payment(status=PaymentStatus.SUCCEEDED))
        self.orders.put(CAPTURED)
        self.accounts.put(an_account(holder="Ada Lovelace"))

    def deps(self) -> Deps:
        gone = forgetting(self.ledger, self.buyers)
        return Deps(self.payments, self.orders, gone, self.accounts, FakeClock(), GRANTS)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_checkouts_buyer_is_erased_once(desk: Desk) -> None:
    first = desk.edge.post(CHECKOUT, path=C1, role="checkout")
    again = desk.edge.post(CHECKOUT, path=C1, role="operator")

    assert (first.status, first.is_replay) == (200, False)
    assert first.body == {
        "checkout_id": "c1",
        "orders": ["o1"],
        "erased": ["user_id", "return_url", "fingerprint"],
    }
    assert (again.status, again.body, again.is_replay) == (200, first.body, True)
    assert desk.orders["o1"].user_id == ERASED


def test_a_checkout_that_is_not_over_is_refused_by_what_is_open(desk: Desk) -> None:
    desk.orders.put(refunding(CAPTURED))

    answer = desk.edge.post(CHECKOUT, path=C1, role="checkout")

    assert (answer.status, answer.code) == (409, "not_final")
    assert "refund r1 is requested" in answer.body["detail"]
    assert desk.orders["o1"].user_id == "u1"


def test_the_checkout_behind_a_lone_order_is_erased_by_its_own_id(desk: Desk) -> None:
    alone = {"checkout_id": "order~o1"}
    desk.payments.put(a_payment(checkout_id="order~o1", status=PaymentStatus.SUCCEEDED))
    desk.orders.put(replace(CAPTURED, checkout_id="order~o1"))

    assert desk.edge.post(CHECKOUT, path=alone, role="checkout").body["orders"] == ["o1"]


def test_a_checkout_nobody_knows_is_not_found(desk: Desk) -> None:
    answer = desk.edge.post(CHECKOUT, path={"checkout_id": "c2"}, role="checkout")

    assert (answer.status, answer.code) == (404, "not_found")


def test_a_buyers_wallet_becomes_nobodys_once(desk: Desk) -> None:
    first, again = desk.edge.post(BUYER, U1), desk.edge.post(BUYER, U1, role="operator")

    assert (first.status, first.body, first.is_replay) == (200, {"erased": ["wallet"]}, False)
    assert (again.status, again.body, again.is_replay) == (200, first.body, True)
    assert desk.buyers.wallets == {}


def test_a_wallet_with_money_in_it_keeps_its_owner(desk: Desk) -> None:
    book([a_transfer("adjustments", "buyer_wallet:bw_7")], desk.ledger, desk.ledger)

    answer = desk.edge.post(BUYER, U1)

    assert (answer.status, answer.code) == (409, "wallet_has_balance")
    assert desk.buyers.wallets == {"user-4711": "bw_7"}


@pytest.mark.parametrize("body", [{}, {"user_id": "a b"}, {**U1, "reason": "asked for"}])
def test_a_bad_body_is_refused(desk: Desk, body: dict[str, str]) -> None:
    assert desk.edge.post(BUYER, body).code == "validation_failed"
    assert desk.buyers.log == []


def test_a_bank_account_is_erased_once(desk: Desk) -> None:
    first, again = desk.edge.post(ACCOUNT, path=S1), desk.edge.post(ACCOUNT, path=S1)

    assert (first.status, first.is_replay) == (200, False)
    assert first.body == {**S1, "erased": ["holder", "bank_account", "last4", "previous"]}
    assert (again.status, again.body, again.is_replay) == (200, first.body, True)
    assert desk.accounts.rows["s1", "EUR"].holder is None


def test_a_bank_account_with_a_payout_under_way_stays(desk: Desk) -> None:
    desk.accounts.put(an_account(open_payout="po_1"))

    answer = desk.edge.post(ACCOUNT, path=S1)

    assert (answer.status, answer.code) == (409, "payout_in_progress")


def test_a_bank_account_nobody_set_is_not_found(desk: Desk) -> None:
    assert desk.edge.post(ACCOUNT, path={**S1, "currency": "USD"}).status == 404


def test_no_log_line_names_who_is_to_be_forgotten(desk: Desk, logs: io.StringIO) -> None:
    desk.payments.put(replace(a_payment(status=PaymentStatus.SUCCEEDED), submission=THEIRS))
    desk.orders.put(replace(CAPTURED, user_id="user-4711"))
    desk.edge.post(CHECKOUT, path=C1, role="checkout")
    desk.edge.post(BUYER, U1)
    desk.edge.post(ACCOUNT, path=S1)

    logged = logs.getvalue()
    for done in ("buyer erased", "wallet made nobody's", "bank account erased"):
        assert done in logged
    for name in ("user-4711", "bw_7", "Lovelace"):
        assert name not in logged


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    answer = desk.edge.call(route.key, U1, path={**C1, **S1}, role=role)

    assert (answer.status == 403) == (role not in route.roles)
