"""The payout adapter against the sandbox itself, in process: both mean the same by every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.psp import SettlementKind
from countinghouse.usecases.advance_payout import Advancing, Next, PayoutNext, advance_payout
from countinghouse.usecases.open_payout import open_payout
from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts
from countinghouse_aws.psp.transport import Reply
from tests.payouts import House, a_payout, a_wish, an_account
from tests.unit.sandbox_psp.shop import API_KEY, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.wire import Request

S = PayoutStatus
K = SettlementKind


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    book = Book(str(tmp_path / "sandbox.db"))
    yield Shop(book)
    book.close()


@pytest.fixture
def psp(shop: Shop) -> SandboxPayouts:
    """Our adapter, wired to the sandbox without a socket."""

    def carry(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        url = urlsplit(path)
        answer = shop.psp.handle(Request(method, url.path, url.query, dict(headers), body or b""))
        return Reply(answer.status, answer.body or b"")

    return SandboxPayouts(carry, API_KEY)


@pytest.fixture
def account(shop: Shop) -> str:
    """A bank account that the sandbox knows."""
    opened = shop.call("POST", "/_control/bank_accounts", {"holder": "Amber", "currency": "EUR"})
    found: str = opened.json["bank_account"]
    return found


def a_sent(account: str) -> Payout:
    return a_payout(S.SUBMITTED, bank_account=account)


def test_a_known_account_is_found_and_another_is_not(psp: SandboxPayouts, account: str) -> None:
    found = psp.find_bank_account(account)

    assert found is not None
    assert (found.bank_account, found.currency, len(found.last4)) == (account, "EUR", 4)
    assert psp.find_bank_account("ba_none") is None


def test_sending_twice_pays_once(psp: SandboxPayouts, shop: Shop, account: str) -> None:
    first, second = psp.pay_out(a_sent(account)), psp.pay_out(a_sent(account))

    assert first == second == psp.find_payout(a_sent(account))
    assert (first.kind, first.amount_minor, first.currency) == (K.PENDING, 5_000, "EUR")
    assert len(shop.book_of("payouts")) == 1


def test_what_was_never_sent_is_not_found(psp: SandboxPayouts, account: str) -> None:
    assert psp.find_payout(a_sent(account)).kind is K.NOT_FOUND


def test_refusals_are_failures_and_the_rest_proves_nothing(
    psp: SandboxPayouts, account: str
) -> None:
    unknown = psp.pay_out(a_sent("ba_none"))
    other_money = replace(a_sent(account), currency="USD")
    psp.pay_out(a_sent(account))

    assert (unknown.kind, unknown.failure) == (K.FAILED, "psp_unknown_bank_account")
    assert psp.pay_out(replace(other_money, payout_id="po_2")).failure == "psp_currency_mismatch"
    # The reference is taken by other money: perhaps it has left already.
    assert psp.pay_out(replace(a_sent(account), amount_minor=1)).kind is K.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "status", "in_bank"),
    [(None, S.PAID, -5_000), ("payout_fails", S.FAILED, 0), ("payout_returned", S.PAID, -5_000)],
)
def test_a_payout_is_walked_through_by_asking_alone(
    psp: SandboxPayouts,
    shop: Shop,
    account: str,
    fault: str | None,
    status: PayoutStatus,
    in_bank: int,
) -> None:
    house = House()
    house.accounts.put(an_account(bank_account=account))
    house.earn(8_000)
    open_payout(a_wish(amount_minor=5_000), house.opening)
    if fault is not None:
        shop.call("POST", "/_control/faults", {"kind": fault, "times": 1})
    ports = Advancing(house.books, psp, house.policy, house.rules, house.findings)

    taken: PayoutNext | None = None
    for _ in range(40):
        taken = advance_payout("po_1", ports)
        if taken.next is Next.DONE:
            break
        if taken.next is Next.WAIT:
            house.clock.advance(12 * HOUR)
            shop.call("POST", "/_control/clock", {"advance": "12h"})

    assert taken is not None
    assert (taken.payout.status, house.in_bank) == (status, in_bank)
    if fault == "payout_returned":
        house.clock.advance(2 * DAY)
        shop.call("POST", "/_control/clock", {"advance": "2d"})
        fact = psp.find_payout(taken.payout)
        assert (fact.kind, fact.returned, fact.failure) == (K.FAILED, True, "returned_by_bank")
