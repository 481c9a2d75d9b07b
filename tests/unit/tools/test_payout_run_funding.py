"""Giving sellers money before a payout run: as often as it is tried, once."""

from __future__ import annotations

from typing import Any, cast

from tools.client import Client, Reply
from tools.payout_run.cast import NO_ACCOUNT
from tools.payout_run.cast import cast as sellers_of
from tools.payout_run.funding import APPROVER, give, plant_faults

SELLERS = sellers_of("pay-t", 6)
PERIOD = "2026-11"


class FakeSystem:
    """Records calls; the PSP has what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.keys: list[str] = []
        self.faults: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self.above: int | None = None
        self.colleagues: list[str] = []

    def steady(self, method: str, path: str, body: Any = None, headers: Any = None) -> Reply:
        self.calls.append((path, body))
        self.keys += [] if headers is None else headers.values()
        if path == "/v1/wallet" and self.above is not None and body["amount"] > self.above:
            proposal_id = f"adj_{body['seller_id']}"
            waits = {"status": "awaiting_approval", "proposal_id": proposal_id}
            return Reply(202, waits, {})
        return Reply(201, {}, {})

    def colleague(self, name: str) -> Client:
        self.colleagues.append(name)
        return self.client

    def at_psp(self, method: str, path: str, body: Any = None) -> Reply:
        if method == "GET":
            rows = self.faults if path.endswith("faults") else [{"reference": r} for r in self.sent]
            return Reply(200, {"data": rows}, {})
        if path.endswith("faults"):
            self.faults.append(body)
        return Reply(201, {"bank_account": f"ba-{body.get('holder')}"}, {})

    @property
    def client(self) -> Client:
        return cast(Client, self)


def test_every_seller_gets_money_under_a_key_of_its_own_and_then_an_account() -> None:
    system = FakeSystem()

    given = list(give(system.client, SELLERS, set(), workers=1))

    assert given == [seller.seller_id for seller in SELLERS]
    assert len(set(system.keys)) == len(SELLERS)
    credits = [body for path, body in system.calls if path == "/v1/wallet"]
    assert [body["amount"] for body in credits] == [seller.amount for seller in SELLERS]
    accounts = [path for path, _ in system.calls if path.endswith("/bank-accounts")]
    assert len(accounts) == sum(seller.plot is not NO_ACCOUNT for seller in SELLERS)
    first = [path for path, body in system.calls if SELLERS[0].seller_id in f"{path}{body}"]
    assert first == ["/v1/wallet", f"/v1/sellers/{SELLERS[0].seller_id}/bank-accounts"]


def test_what_is_too_much_for_one_is_approved_by_a_second_person() -> None:
    system = FakeSystem()
    system.above = SELLERS[2].amount

    list(give(system.client, SELLERS, set(), workers=1))

    large = [one.seller_id for one in SELLERS if one.amount > SELLERS[2].amount]
    approved = [path for path, _ in system.calls if path.endswith("/approve")]
    assert approved == [f"/v1/ledger/proposals/adj_{one}/approve" for one in large]
    assert large
    assert system.colleagues == [APPROVER]


def test_who_has_an_account_needs_nothing_any_more() -> None:
    system = FakeSystem()
    known = {seller.seller_id for seller in SELLERS}

    assert len(list(give(system.client, SELLERS, known, workers=1))) == len(SELLERS)
    assert system.calls == []


def test_a_fault_is_planted_once_and_for_one_payout() -> None:
    system = FakeSystem()

    plant_faults(system.client, SELLERS, PERIOD)
    plant_faults(system.client, SELLERS, PERIOD)

    meant = {s.payout_id(PERIOD): s.plot.fault for s in SELLERS if s.plot.fault}
    assert {fault["order_id"]: fault["kind"] for fault in system.faults} == meant
    assert len(system.faults) == len(meant)
    assert {fault["operation"] for fault in system.faults} == {"payout"}


def test_no_fault_is_planted_for_what_the_psp_has_already() -> None:
    system = FakeSystem()
    system.sent = [seller.payout_id(PERIOD) for seller in SELLERS]

    plant_faults(system.client, SELLERS, PERIOD)

    assert system.faults == []
