from dataclasses import replace

import pytest

from countinghouse.domain.errors import (
    Conflict,
    IllegalTransition,
    InsufficientFunds,
    Invalid,
    KeyReused,
    Unavailable,
)
from countinghouse.domain.finding import Finding
from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_account import PayoutAccount, bare_place
from countinghouse.domain.payout_currencies import PayoutCurrencies
from countinghouse.domain.payout_requests import OpenPayout, monthly_payout, payout_quote
from countinghouse.domain.screening import ScreeningRefused
from countinghouse.usecases.open_payout import ALREADY_OPENED, open_payout
from tests.builders import NOW
from tests.payouts import House, a_payout, a_wish, an_account, an_exchange

MONTHLY = monthly_payout("s1", "EUR", "2026-11")


@pytest.fixture
def house() -> House:
    house = House()
    house.earn(8_000)
    return house


def test_a_payout_and_its_place_are_written_together(house: House) -> None:
    opened = open_payout(a_wish(), house.opening)

    assert opened.payout == house.payouts["po_1"] == a_payout(amount_minor=8_000)
    assert house.accounts.rows["s1", "EUR"].open_payout == "po_1"
    assert not opened.replayed
    assert house.available == 8_000


def test_the_same_key_and_body_get_the_payout_as_it_stands(house: House) -> None:
    open_payout(a_wish(), house.opening)
    house.payouts.put(a_payout(PayoutStatus.PAID))

    again = open_payout(a_wish(), house.opening)

    assert (again.replayed, again.payout) == (True, a_payout(PayoutStatus.PAID))
    assert house.payouts.log == ["payout opened: draft"]


def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    open_payout(a_wish(), house.opening)

    with pytest.raises(KeyReused):
        open_payout(a_wish(fingerprint="g" * 64), house.opening)


def test_a_seller_has_one_payout_under_way(house: House) -> None:
    open_payout(a_wish(amount_minor=500), house.opening)

    with pytest.raises(IllegalTransition) as caught:
        open_payout(a_wish(payout_id="po_2", amount_minor=500), house.opening)

    assert caught.value.code == "payout_in_progress"
    assert set(house.payouts.rows) == {"po_1"}


def test_nothing_is_written_for_money_that_is_not_there(house: House) -> None:
    with pytest.raises(InsufficientFunds):
        open_payout(a_wish(amount_minor=8_001), house.opening)

    assert house.payouts.rows == {}
    assert house.accounts.rows["s1", "EUR"] == an_account()


def test_of_two_at_once_one_is_taken_in(house: House) -> None:
    rival = a_wish(payout_id="po_2")
    house.payouts.interfere.append(lambda: open_payout(rival, house.opening))

    with pytest.raises(IllegalTransition):
        open_payout(a_wish(), house.opening)

    assert set(house.payouts.rows) == {"po_2"}


def test_of_one_key_twice_at_once_both_get_the_same_payout(house: House) -> None:
    house.payouts.interfere.append(lambda: open_payout(a_wish(), house.opening))

    opened = open_payout(a_wish(), house.opening)

    assert (opened.replayed, opened.payout) == (True, house.payouts["po_1"])


def overtaken(house: House, wish: OpenPayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the wish be granted to somebody else between two reads of the next one."""
    read = house.accounts.get

    def late(seller_id: str, currency: str) -> PayoutAccount | None:
        monkeypatch.undo()
        open_payout(wish, house.opening)
        return read(seller_id, currency)

    monkeypatch.setattr(house.accounts, "get", late)


def test_no_request_is_refused_for_the_payout_it_asks_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken(house, a_wish(), monkeypatch)

    opened = open_payout(a_wish(), house.opening)

    assert (opened.replayed, opened.payout) == (True, house.payouts["po_1"])


def test_a_key_used_meanwhile_with_another_body_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken(house, a_wish(fingerprint="g" * 64), monkeypatch)

    with pytest.raises(KeyReused):
        open_payout(a_wish(), house.opening)


def test_a_monthly_run_beside_another_finds_the_payout_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken(house, MONTHLY, monkeypatch)

    opened = open_payout(MONTHLY, house.opening)

    assert opened.payout == house.payouts[MONTHLY.payout_id]
    assert opened.skipped == ALREADY_OPENED


def test_an_account_that_keeps_changing_is_given_up_on(house: House) -> None:
    def change() -> None:
        account = house.accounts.rows["s1", "EUR"]
        house.accounts.put(account.changed())

    house.payouts.interfere += [change] * 8

    with pytest.raises(Conflict):
        open_payout(a_wish(), house.opening)


def test_the_monthly_run_opens_a_sellers_payout_once(house: House) -> None:
    first = open_payout(MONTHLY, house.opening)
    second = open_payout(MONTHLY, house.opening)

    assert first.payout is not None
    assert (first.payout.amount_minor, first.payout.period) == (8_000, "2026-11")
    assert (first.skipped, second.skipped) == (None, ALREADY_OPENED)
    assert second.payout == first.payout
    assert len(house.payouts.rows) == 1


@pytest.mark.parametrize(
    ("account", "amount", "reason"),
    [
        (an_account(open_payout="po_0"), 8_000, "payout_in_progress"),
        (an_account(usable_from=NOW + 1), 8_000, "bank_account_cooling_off"),
        (an_account(currency="USD"), 8_000, "no_bank_account"),
        (an_account(), 99, "below_minimum"),
        (an_account(), 0, "insufficient_funds"),
    ],
)
def test_the_monthly_run_skips_with_a_reason(account: object, amount: int, reason: str) -> None:
    house = House()
    house.accounts.rows.clear()
    house.accounts.put(account)  # type: ignore[arg-type]
    if amount:
        house.earn(amount)

    opened = open_payout(MONTHLY, house.opening)

    assert (opened.payout, opened.skipped) == (None, reason)
    assert house.payouts.rows == {}


STOP = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))


def test_nobody_is_paid_out_in_a_currency_that_an_audit_stopped(house: House) -> None:
    house.findings.report(STOP)

    with pytest.raises(IllegalTransition) as caught:
        open_payout(a_wish(), house.opening)

    assert caught.value.code == "payouts_stopped"
    assert STOP.finding_id in caught.value.detail
    assert house.payouts.rows == {}


def test_the_monthly_run_skips_whom_it_may_not_pay(house: House) -> None:
    house.findings.report(replace(STOP, currencies=()))

    opened = open_payout(MONTHLY, house.opening)

    assert (opened.payout, opened.skipped) == (None, "payouts_stopped")
    assert house.payouts.rows == {}


def test_a_stop_of_another_currency_stops_nobody_else(house: House) -> None:
    house.findings.report(replace(STOP, currencies=("JPY",)))

    assert open_payout(a_wish(), house.opening).payout is not None


def test_a_payout_that_was_taken_in_before_the_stop_is_shown(house: House) -> None:
    first = open_payout(a_wish(), house.opening)
    house.findings.report(STOP)

    again = open_payout(a_wish(), house.opening)

    assert (again.payout, again.replayed) == (first.payout, True)


def test_a_refusal_names_no_more_findings_than_one_reads(house: House) -> None:
    for number in range(25):
        house.findings.report(replace(STOP, subject=f"fault {number}"))

    with pytest.raises(IllegalTransition) as caught:
        open_payout(a_wish(), house.opening)

    assert caught.value.detail.count("fnd_") == 20
    assert caught.value.detail.endswith(" and more")


@pytest.mark.parametrize(
    ("listed", "code"),
    [("Ada Lovelace", "party_screened"), ("s1", "party_screened"), ("FR", "country_blocked")],
)
def test_a_payee_is_screened_again_before_each_payout(house: House, listed: str, code: str) -> None:
    house.accounts.put(an_account(holder="Ada Lovelace"))
    house.countries = MarketCountries("DE", {"s1": SellerHome("FR")})
    house.screening.refused.add(listed)

    with pytest.raises(ScreeningRefused) as refusal:
        open_payout(a_wish(), house.opening)
    skipped = open_payout(MONTHLY, house.opening)

    assert refusal.value.code == skipped.skipped == code
    assert house.payouts.rows == {}


def test_a_payout_opened_before_the_listing_is_still_known(house: House) -> None:
    first = open_payout(a_wish(), house.opening)
    house.screening.refused.add("s1")

    assert open_payout(a_wish(), house.opening).payout == first.payout


USD = an_account(currency="USD", bank_account="ba_usd")
IN_USD = a_wish(payout_currency="USD", amount_minor=5_000)


def test_a_payout_in_another_currency_goes_to_the_account_in_that_currency(house: House) -> None:
    house.accounts.put(USD)

    payout = open_payout(IN_USD, house.opening).payout

    assert payout is not None
    assert payout.exchange == an_exchange(quote_id=payout_quote("po_1", ("EUR", "USD")).quote_id)
    assert (payout.bank_account, payout.currency) == ("ba_usd", "EUR")
    assert house.accounts.rows["s1", "EUR"].open_payout == "po_1"
    assert house.accounts.rows["s1", "USD"] == USD


def test_a_wallet_without_an_account_gets_a_place(house: House) -> None:
    house.accounts.rows.clear()
    house.accounts.put(USD)

    opened = open_payout(IN_USD, house.opening)
    again = open_payout(IN_USD, house.opening)
    with pytest.raises(IllegalTransition):
        open_payout(replace(IN_USD, payout_id="po_2", fingerprint="g"), house.opening)

    place = house.accounts.rows["s1", "EUR"]
    assert (place.is_set, place.open_payout) == (False, "po_1")
    assert (again.payout, again.replayed) == (opened.payout, True)


def test_a_place_alone_is_no_bank_account(house: House) -> None:
    house.accounts.rows.clear()
    house.accounts.put(bare_place("s1", "EUR", NOW))

    with pytest.raises(Invalid) as caught:
        open_payout(a_wish(), house.opening)

    assert caught.value.code == "no_bank_account"


def test_a_place_that_appears_meanwhile_is_taken_as_it_is(house: House) -> None:
    house.accounts.rows.clear()
    house.accounts.put(USD)
    house.accounts.interfere.append(lambda: house.accounts.put(an_account(left_over_minor=7)))

    payout = open_payout(IN_USD, house.opening).payout

    assert payout is not None
    assert payout.carried_over_minor == 7


def test_an_account_that_came_second_cools_off_for_the_wallets_of_other_currencies(
    house: House,
) -> None:
    house.accounts.put(replace(USD, foreign_from=NOW + 1))

    with pytest.raises(Invalid) as caught:
        open_payout(IN_USD, house.opening)

    assert caught.value.code == "bank_account_cooling_off"


def test_naming_the_wallets_own_currency_changes_nothing(house: House) -> None:
    payout = open_payout(a_wish(payout_currency="EUR"), house.opening).payout

    assert payout == a_payout(amount_minor=8_000)
    assert house.rates.asked == []


@pytest.mark.parametrize("codes", [("EUR",), ("USD",)])
def test_a_stop_of_either_currency_stops_it(house: House, codes: tuple[str, ...]) -> None:
    house.accounts.put(USD)
    house.findings.report(replace(STOP, currencies=codes))

    with pytest.raises(IllegalTransition) as caught:
        open_payout(IN_USD, house.opening)

    assert caught.value.code == "payouts_stopped"


def monthly_in_usd(house: House) -> House:
    house.accounts.put(USD)
    house.rules = replace(house.rules, currencies=PayoutCurrencies(sellers={"s1": "USD"}))
    return house


def test_the_monthly_run_follows_the_markets_rule(house: House) -> None:
    opened = open_payout(MONTHLY, monthly_in_usd(house).opening)

    assert opened.payout is not None
    assert (opened.payout.amount_minor, opened.payout.sent_currency) == (8_000, "USD")


def test_without_a_fresh_rate_nothing_is_opened_and_the_run_goes_on(house: House) -> None:
    monthly_in_usd(house).rates.days.clear()

    with pytest.raises(Unavailable) as caught:
        open_payout(IN_USD, house.opening)
    skipped = open_payout(MONTHLY, house.opening)

    assert caught.value.code == skipped.skipped == "fx_rate_unavailable"
    assert (house.payouts.rows, house.accounts.rows["s1", "EUR"]) == ({}, an_account())


def test_a_source_of_rates_that_is_down_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: str, __: int) -> None:
        raise Unavailable("S3 did not give the reference rates")

    monkeypatch.setattr(monthly_in_usd(house).rates, "newest", down)

    with pytest.raises(Unavailable):
        open_payout(MONTHLY, house.opening)


def test_a_currency_without_a_rate_is_refused(house: House) -> None:
    house.accounts.put(an_account(currency="CHF"))

    with pytest.raises(Invalid) as caught:
        open_payout(a_wish(payout_currency="CHF"), house.opening)

    assert caught.value.code == "fx_currency_unknown"


def test_a_payout_is_what_its_psp_can_send(house: House) -> None:
    house.accounts.put(an_account(currency="USD"))
    asked: list[tuple[str, str]] = []

    def step_of(psp: str, currency: str) -> int:
        asked.append((psp, currency))
        return 1_000

    opening = replace(house.opening, step_of=step_of)
    opened = open_payout(a_wish(payout_currency="USD"), opening)

    assert asked == [("sandbox", "USD")]
    assert opened.payout is not None
    assert opened.payout.sent_minor % 1_000 == 0
