"""Paying sellers out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.psp import PayoutFact, SettlementKind
from tests.conformance.counter import Counter
from tests.conformance.psps import await_
from tests.conformance.scenarios import scenario
from tests.payouts import a_payout

K = SettlementKind
PAYOUTS = "Payouts"
_NUMBERS = iter(range(1, 10_000))


def _account(at: Counter, currency: str = "EUR") -> str:
    holder = {"holder": "Amber Ltd", "currency": currency}
    opened = at.psp.control("POST", "/_control/bank_accounts", holder)
    return str(opened["bank_account"])


def _payout(at: Counter, amount: int = 7_500) -> Payout:
    return a_payout(
        PayoutStatus.SUBMITTED,
        payout_id=f"po_conf_{at.psp.name}_{next(_NUMBERS)}",
        amount_minor=amount,
        psp=at.psp.name,
        bank_account=_account(at),
    )


def _book(at: Counter, payout: Payout) -> list[dict[str, Any]]:
    found = at.psp.control("GET", "/_control/payouts")["data"]
    return [one for one in found if one["reference"] == payout.payout_id]


def _told(at: Counter, payout: Payout) -> list[PayoutFact]:
    """What the PSP's webhooks, and a question if they only say that there is news, come to."""
    desk, facts = at.psp.desk, []
    for headers, body in at.psp.letterbox.take():
        desk.webhooks().verify(headers, body, at.clock.now())
        for event in desk.webhooks().parse(body, at.clock.now()):
            if isinstance(event.fact, PayoutFact):
                facts.append(event.fact)
    return [*facts, desk.payouts().find_payout(payout)]


@scenario(PAYOUTS, "a bank account is found by its id, another is not")
def bank_account(at: Counter) -> None:
    desk = at.psp.desk.payouts()
    account = _account(at)
    found = desk.find_bank_account(account)
    assert found is not None
    assert (found.bank_account, found.currency) == (account, "EUR")
    assert len(found.last4) == 4
    assert desk.find_bank_account(account[:-3] + "000") is None


@scenario(PAYOUTS, "a payout arrives")
def paid(at: Counter) -> None:
    payout = _payout(at)
    fact = at.psp.desk.payouts().pay_out(payout)
    assert fact.kind in (K.PENDING, K.SUCCEEDED)
    assert fact.payout_id == payout.payout_id
    at.psp.pass_time(2 * 86_400)
    await_(lambda: any(one.kind is K.SUCCEEDED for one in _told(at, payout)), "the payout")
    (booked,) = _book(at, payout)
    assert (booked["amount"], booked["currency"]) == (7_500, "EUR")


@scenario(PAYOUTS, "a payout sent twice is one payout")
def twice(at: Counter) -> None:
    payout = _payout(at)
    desk = at.psp.desk.payouts()
    first, again = desk.pay_out(payout), desk.pay_out(payout)
    assert first.psp_reference == again.psp_reference
    assert len(_book(at, payout)) == 1


@scenario(PAYOUTS, "a payout whose answer is lost is found, and made once")
def unanswered(at: Counter) -> None:
    payout = _payout(at)
    at.psp.plant("timeout_after_success", operation="payout", order_id=payout.payout_id)
    assert at.psp.desk.payouts().pay_out(payout).kind is K.UNKNOWN
    found = at.psp.desk.payouts().find_payout(payout)
    assert found.kind in (K.PENDING, K.SUCCEEDED)
    assert len(_book(at, payout)) == 1


@scenario(PAYOUTS, "a payout fails")
def fails(at: Counter) -> None:
    payout = _payout(at)
    at.psp.plant("payout_fails", order_id=payout.payout_id)
    at.psp.desk.payouts().pay_out(payout)
    at.psp.pass_time(2 * 86_400)
    await_(lambda: any(one.kind is K.FAILED for one in _told(at, payout)), "the failure")


@scenario(PAYOUTS, "a payout that had arrived is returned")
def returned(at: Counter) -> None:
    payout = _payout(at)
    at.psp.plant("payout_returned", order_id=payout.payout_id)
    at.psp.desk.payouts().pay_out(payout)
    at.psp.pass_time(10 * 86_400)
    await_(
        lambda: any(one.kind is K.FAILED and one.returned for one in _told(at, payout)),
        "the return",
    )


@scenario(PAYOUTS, "a payout to nobody moves nothing")
def to_nobody(at: Counter) -> None:
    payout = replace(_payout(at), bank_account=_account(at)[:-3] + "000")
    fact = at.psp.desk.payouts().pay_out(payout)
    assert fact.kind is K.FAILED
    assert fact.failure
    assert _book(at, payout) == []
