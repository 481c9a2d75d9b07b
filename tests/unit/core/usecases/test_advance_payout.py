from dataclasses import replace
from functools import partial

import pytest

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.finding import Finding, acknowledge
from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND
from countinghouse.domain.payout import WORKFLOW_GRACE, Payout, PayoutStatus
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.usecases.advance_payout import Next, PayoutNext, advance_payout
from countinghouse.usecases.approve_payout import approve_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.open_payout import open_payout
from tests.builders import NOW
from tests.fakes.payouts import said
from tests.payouts import LINUS, X_USD, House, a_payout, a_wish, an_account, movement

S = PayoutStatus
K = SettlementKind


@pytest.fixture
def house() -> House:
    house = House()
    house.earn(8_000)
    return house


def opened(house: House, amount: int | None = 5_000) -> Payout:
    payout = open_payout(a_wish(amount_minor=amount), house.opening).payout
    assert payout is not None
    return payout


def step(house: House) -> PayoutNext:
    return advance_payout("po_1", house.advancing)


def until_done(house: House) -> Payout:
    """The payout walked through, every wait waited out."""
    for _ in range(30):
        taken = step(house)
        if taken.next is Next.DONE:
            return taken.payout
        house.clock.advance(taken.wait_s * SECOND)
    raise AssertionError("it never came to rest")


def test_a_payout_is_reserved_sent_and_paid_step_by_step(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.PENDING).will("find_payout", K.SUCCEEDED)

    reserved = step(house)
    assert (reserved.payout.status, reserved.next) == (S.RESERVED, Next.ADVANCE)
    assert (house.available, house.in_payout) == (3_000, 5_000)

    sent = step(house)
    assert (sent.payout.status, sent.next, sent.wait_s) == (S.IN_TRANSIT, Next.WAIT, 7_200)
    assert step(house) == sent

    house.clock.advance(2 * HOUR)
    paid = step(house)
    assert (paid.payout.status, paid.next) == (S.PAID, Next.ADVANCE)

    done = step(house)
    assert (done.payout.is_resting, done.next, done.wait_s) == (True, Next.DONE, 0)
    assert (house.available, house.in_payout, house.in_bank) == (3_000, 0, -5_000)
    assert step(house) == done


def test_each_step_is_one_write_and_the_psp_stands_between_two(house: House) -> None:
    house.gateway.log = house.payouts.log
    opened(house)
    house.gateway.will("pay_out", K.SUCCEEDED)

    until_done(house)

    assert house.payouts.log == [
        "payout opened: draft",
        "payout reserved payout_reserve",
        "payout submitted",
        "psp pay_out",
        "payout paid",
        "payout paid payout_paid",
    ]


def test_the_place_is_free_again_with_the_last_write(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.SUCCEEDED)

    until_done(house)

    account = house.accounts.rows["s1", "EUR"]
    assert (account.open_payout, account.left_over_minor) == (None, 3_000)
    assert open_payout(a_wish(payout_id="po_2"), house.opening).payout is not None


def test_debt_is_paid_first_and_the_rest_goes_out(house: House) -> None:
    house.book(movement("owes", {"seller_receivable:s1": 700}))
    opened(house, None)
    house.gateway.will("pay_out", K.SUCCEEDED)

    paid = until_done(house)

    assert (paid.amount_minor, paid.recovered_minor) == (7_300, 700)
    assert (house.available, house.debt, house.in_bank) == (0, 0, -7_300)


def test_a_refund_that_was_first_leaves_a_failed_payout_and_a_free_place(house: House) -> None:
    opened(house)
    house.book(movement("refund", {"seller_available:s1": 3_001}))

    failed = step(house)

    assert (failed.payout.status, failed.payout.failure) == (S.FAILED, "insufficient_funds")
    assert (failed.next, house.in_payout, house.available) == (Next.DONE, 0, 4_999)
    assert house.accounts.rows["s1", "EUR"].open_payout is None


def test_a_failed_payout_gives_its_money_back(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.FAILED)

    failed = until_done(house)

    assert (failed.status, failed.failure) == (S.FAILED, "account_closed")
    assert (house.available, house.in_payout, house.in_bank) == (8_000, 0, 0)
    assert house.kinds() == ["payout_failed", "payout_reserve"]


def test_a_returned_payout_books_both_its_journals(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", lambda p: said(p, K.FAILED, returned=True))

    returned = until_done(house)

    assert returned.status is S.RETURNED
    assert house.kinds() == ["payout_paid", "payout_reserve", "payout_returned"]
    assert (house.available, house.in_payout, house.in_bank) == (8_000, 0, 0)


def test_a_large_payout_waits_for_its_approval(house: House) -> None:
    house.earn(20_000, "more")
    opened(house, 10_001)

    waiting = step(house)

    assert (waiting.payout.status, waiting.next) == (S.PENDING_APPROVAL, Next.APPROVE)
    assert waiting.wait_s == 7 * 86_400
    assert step(house) == waiting
    assert house.in_payout == 10_001


@pytest.mark.parametrize("by_clock", [True, False])
def test_nobodys_approval_is_a_cancellation_in_the_end(house: House, by_clock: bool) -> None:
    house.earn(20_000, "more")
    opened(house, 10_001)
    step(house)
    if by_clock:
        house.clock.advance(7 * DAY)

    expired = advance_payout("po_1", house.advancing, expire=not by_clock)
    done = until_done(house)

    assert (expired.payout.status, expired.next) == (S.CANCELLED, Next.ADVANCE)
    assert (done.failure, house.available) == ("approval_expired", 28_000)


@pytest.mark.parametrize("status", [S.RESERVED, S.SUBMITTED, S.PAID])
def test_an_approval_that_came_does_not_expire(house: House, status: PayoutStatus) -> None:
    payout = a_payout(status)
    house.payouts.put(payout)
    house.gateway.will("pay_out", K.PENDING)

    taken = advance_payout("po_1", house.advancing, expire=True)

    assert taken.payout.status is not S.CANCELLED


def test_a_lost_answer_is_asked_for_and_never_paid_twice(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.UNKNOWN).will("find_payout", K.UNKNOWN, K.SUCCEEDED)

    paid = until_done(house)

    assert paid.status is S.PAID
    assert [call for call, _ in house.gateway.calls] == ["pay_out", "find_payout", "find_payout"]
    assert house.in_bank == -5_000


def test_what_the_psp_does_not_know_goes_out_again_under_the_same_key(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.UNKNOWN, K.SUCCEEDED).will("find_payout", K.NOT_FOUND)

    until_done(house)

    sent = [key for call, key in house.gateway.calls if call == "pay_out"]
    assert sent == ["po_1:payout:1", "po_1:payout:1"]


def test_a_refusal_that_comes_late_fails_nothing_that_was_sent_since(house: House) -> None:
    opened(house)
    step(house)

    def when_due() -> PayoutNext:
        house.clock.instant = max(house.clock.instant, house.payouts["po_1"].next_at or 0)
        return step(house)

    def died(_: Payout) -> PayoutFact:
        raise KeyboardInterrupt

    def refused_long_ago(payout: Payout) -> PayoutFact:
        # While this one stood still, somebody asked, was told of nothing, and sent it again.
        house.gateway.will("find_payout", K.NOT_FOUND).will("pay_out", died)
        when_due()
        with pytest.raises(KeyboardInterrupt):
            when_due()
        return PayoutFact(K.FAILED, payout.payout_id, failure="psp_unknown_bank_account")

    house.gateway.will("pay_out", refused_long_ago)

    assert step(house).payout.status is S.SUBMITTED
    house.gateway.will("find_payout", K.SUCCEEDED)
    assert when_due().payout.status is S.PAID


def test_past_the_psps_memory_it_is_only_asked_about(house: House) -> None:
    day_old = {"sent_at": None, "first_sent_at": NOW - DAY, "next_at": NOW}
    house.payouts.put(a_payout(S.UNKNOWN, **day_old))
    house.gateway.will("find_payout", K.NOT_FOUND)

    waiting = step(house)

    assert house.gateway.calls == [("find_payout", "po_1:payout:1")]
    assert (waiting.payout.status, waiting.next) == (S.UNKNOWN, Next.WAIT)


def test_other_money_than_ours_is_never_paid(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", lambda p: said(p, K.SUCCEEDED, amount_minor=4_999))
    step(house)

    drifted = step(house)

    assert (drifted.payout.status, drifted.payout.conflicted) == (S.UNKNOWN, True)
    assert (drifted.next, house.in_payout, house.in_bank) == (Next.WAIT, 5_000, 0)


def test_a_webhook_that_overtakes_the_answer_is_not_undone(house: House) -> None:
    opened(house)
    step(house)

    def answer_late(payout: Payout) -> PayoutFact:
        stored = house.payouts["po_1"]
        house.payouts.put(stored.moved(S.PAID, NOW, next_at=NOW, settled_at=NOW))
        return said(payout, K.PENDING)

    house.gateway.will("pay_out", answer_late)

    assert step(house).payout.status is S.PAID


def test_an_answer_that_denies_what_is_settled_changes_nothing(house: House) -> None:
    opened(house)
    step(house)

    def deny(payout: Payout) -> PayoutFact:
        stored = house.payouts["po_1"]
        house.payouts.put(stored.moved(S.FAILED, NOW, next_at=NOW, failure="x"))
        return said(payout, K.SUCCEEDED)

    house.gateway.will("pay_out", deny)

    assert step(house).payout.status is S.FAILED


def test_a_cancellation_between_look_and_write_wins(house: House) -> None:
    opened(house)
    step(house)
    stored = house.payouts["po_1"]
    cancelled = stored.moved(S.CANCELLED, NOW, next_at=NOW)
    house.payouts.interfere.append(lambda: house.payouts.put(cancelled))

    taken = step(house)

    assert taken.payout.status is S.CANCELLED
    assert house.gateway.calls == []
    assert house.available == 8_000


def test_a_wallet_that_moves_is_read_again(house: House) -> None:
    opened(house)
    house.payouts.interfere.append(lambda: house.earn(1, "meanwhile"))

    reserved = step(house)

    assert reserved.payout.available_before_minor == 8_001
    assert house.available == 3_001


def test_who_keeps_losing_the_race_gives_up_for_now(house: House) -> None:
    opened(house)
    for number in range(20):
        house.payouts.interfere.append(partial(house.earn, 1, f"r{number}"))

    with pytest.raises(Conflict):
        step(house)


def test_an_answer_that_finds_no_quiet_moment_is_left_to_be_asked_for(house: House) -> None:
    opened(house)
    step(house)

    def nudge() -> None:
        stored = house.payouts["po_1"]
        house.payouts.put(replace(stored, version=stored.version + 1))

    house.payouts.interfere += [lambda: None, *([nudge] * 8)]
    house.gateway.will("pay_out", K.SUCCEEDED)

    taken = step(house)

    assert (taken.payout.status, taken.next) == (S.SUBMITTED, Next.WAIT)
    house.clock.advance(HOUR)
    house.gateway.will("find_payout", K.SUCCEEDED)
    assert until_done(house).status is S.PAID


def test_damage_to_the_wallet_is_not_paid_over(house: House) -> None:
    house.payouts.put(a_payout(S.PAID, booked=("payout_reserve",), next_at=NOW))

    with pytest.raises(Conflict):
        step(house)

    assert house.kinds() == []


def test_an_unknown_payout_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        advance_payout("po_none", house.advancing)


STOP = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))
CHECK_S = 300


def test_a_reserved_payout_stays_while_its_currency_is_stopped_and_goes_on_after(
    house: House,
) -> None:
    opened(house)
    house.findings.report(STOP)

    reserved = step(house)
    assert (reserved.payout.status, reserved.next) == (S.RESERVED, Next.ADVANCE)
    for _ in range(3):
        kept = step(house)
        assert (kept.payout.status, kept.next, kept.wait_s) == (S.RESERVED, Next.WAIT, CHECK_S)
        assert step(house) == kept
        house.clock.advance(CHECK_S * SECOND)
    assert (house.gateway.calls, house.in_payout) == ([], 5_000)

    house.findings.acknowledge(STOP, acknowledge(STOP, "somebody", "known", NOW))
    house.gateway.will("pay_out", K.SUCCEEDED)
    assert until_done(house).status is S.PAID


def test_a_payout_that_is_held_comes_up_again_by_itself(house: House) -> None:
    opened(house)
    house.findings.report(STOP)
    step(house)

    kept = step(house).payout

    # The sweep starts a workflow for it, should its own be gone by then.
    assert kept.next_at == NOW + CHECK_S * SECOND
    assert kept.due_at == kept.next_at + WORKFLOW_GRACE
    assert not kept.is_resting


def test_a_payout_the_psp_never_got_is_not_sent_again_either(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.NOT_SENT)
    step(house)
    released = step(house)
    assert released.payout.sent_at is None
    house.findings.report(replace(STOP, currencies=()))
    house.clock.advance(released.wait_s * SECOND)

    kept = step(house)

    assert (kept.next, kept.wait_s) == (Next.WAIT, CHECK_S)
    assert len(house.gateway.calls) == 1


def test_what_the_psp_has_is_asked_after_and_booked_whatever_is_stopped(house: House) -> None:
    opened(house)
    house.gateway.will("pay_out", K.PENDING).will("find_payout", K.SUCCEEDED)
    step(house)
    step(house)
    house.findings.report(STOP)

    assert until_done(house).status is S.PAID


def test_a_held_payout_can_be_called_off(house: House) -> None:
    opened(house)
    house.findings.report(STOP)
    step(house)
    step(house)

    assert cancel_payout("po_1", house.books).status is S.CANCELLED
    assert until_done(house).is_resting
    assert (house.available, house.in_payout) == (8_000, 0)


def test_a_stop_of_another_currency_holds_nothing(house: House) -> None:
    opened(house)
    house.findings.report(replace(STOP, currencies=("JPY",)))
    house.gateway.will("pay_out", K.SUCCEEDED)

    assert until_done(house).status is S.PAID


def opened_in_usd(house: House) -> Payout:
    """A payout of EUR 50.00, to be sent as USD 55.30."""
    house.accounts.put(an_account(currency="USD", bank_account="ba_usd"))
    payout = open_payout(a_wish(payout_currency="USD", amount_minor=5_000), house.opening).payout
    assert payout is not None
    return payout


def test_a_converted_payout_is_sent_in_its_own_currency_and_booked_in_both(house: House) -> None:
    opened_in_usd(house)
    house.gateway.will("pay_out", K.SUCCEEDED)

    payout = until_done(house)

    assert (payout.status, house.gateway.sums) == (S.PAID, [(5_530, "USD")])
    assert (house.available, house.in_payout, house.in_bank) == (3_000, 0, 0)
    assert (house.position("EUR"), house.position("USD")) == (-5_000, 5_586)
    assert house.ledger.wallets([X_USD])[X_USD].balances == {
        "fx_position:USD": 5_586,
        "fx_spread_revenue": -56,
        "bank:sandbox": -5_530,
    }
    assert house.accounts.rows["s1", "EUR"].open_payout is None


def test_a_converted_payout_that_fails_leaves_nothing_but_the_money(house: House) -> None:
    opened_in_usd(house)
    house.gateway.will("pay_out", K.FAILED)

    until_done(house)

    assert (house.available, house.in_payout) == (8_000, 0)
    assert (house.position("EUR"), house.position("USD")) == (0, 0)
    assert house.ledger.wallets([X_USD])[X_USD].sequence == 0


def test_a_draft_whose_rate_is_over_fails_before_anything_is_reserved(house: House) -> None:
    opened_in_usd(house)
    house.clock.advance(30 * MINUTE)

    failed = step(house).payout

    assert (failed.status, failed.failure, failed.booked) == (S.FAILED, "fx_quote_expired", ())
    assert (house.available, house.accounts.rows["s1", "EUR"].open_payout) == (8_000, None)


def test_a_rate_stays_locked_while_a_second_person_is_waited_for(house: House) -> None:
    house.rules = replace(house.rules, approval_above_minor={"EUR": 4_999})
    opened_in_usd(house)
    assert step(house).next is Next.APPROVE
    house.clock.advance(DAY)
    house.rates.days.clear()
    approve_payout("po_1", LINUS, house.payouts, house.clock)
    house.gateway.will("pay_out", K.SUCCEEDED)

    assert until_done(house).sent_minor == 5_530


@pytest.mark.parametrize("code", ["EUR", "USD"])
def test_a_stop_of_either_currency_holds_a_converted_payout(house: House, code: str) -> None:
    opened_in_usd(house)
    step(house)
    house.findings.report(Finding("total:5", "trial_balance", "it is off", NOW, (code,)))

    assert (step(house).next, house.gateway.calls) == (Next.WAIT, [])
