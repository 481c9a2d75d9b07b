from dataclasses import replace
from functools import partial

import pytest

from countinghouse.domain.errors import (
    CountinghouseError,
    IllegalTransition,
    InsufficientFunds,
    Invalid,
)
from countinghouse.domain.fx import Quote, Ratio
from countinghouse.domain.payout import PayoutStatus, PayoutTrigger
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.payout_currencies import PayoutCurrencies
from countinghouse.domain.payout_requests import (
    SCHEDULE,
    OpenPayout,
    Payee,
    draft_payout,
    free_slot,
    monthly_payout,
    payout_id_of,
    payout_quote,
)
from tests.builders import NOW
from tests.converted import a_quote
from tests.payouts import ADA, RULES, a_payout, a_wish, an_account, an_exchange

S = PayoutStatus


def at(account: PayoutAccount | None) -> Payee:
    """Paid to the account in the wallet's own currency."""
    return Payee(account, account)


def refusal(
    wanted: OpenPayout, account: PayoutAccount | None = None, net: int = 8_000
) -> CountinghouseError:
    with pytest.raises(CountinghouseError) as caught:
        draft_payout(wanted, at(account), net, RULES, NOW)
    return caught.value


def test_a_draft_takes_all_that_is_payable_and_its_sellers_place() -> None:
    payout, account = draft_payout(a_wish(), at(an_account(left_over_minor=40)), 8_000, RULES, NOW)

    assert payout == a_payout(amount_minor=8_000, carried_over_minor=40)
    assert account == an_account(left_over_minor=40, open_payout="po_1", version=2)


def test_a_part_can_be_asked_for() -> None:
    payout, _ = draft_payout(a_wish(amount_minor=300), at(an_account()), 8_000, RULES, NOW)

    assert (payout.amount_minor, payout.requested_by) == (300, ADA)


@pytest.mark.parametrize(
    ("changes", "account", "net", "code"),
    [
        ({}, an_account(open_payout="po_0"), 0, "payout_in_progress"),
        ({"amount_minor": 8_001}, an_account(), 8_000, "insufficient_funds"),
        ({}, an_account(), 0, "insufficient_funds"),
        ({"amount_minor": 5}, an_account(), 0, "insufficient_funds"),
        ({"amount_minor": 500}, None, 0, "insufficient_funds"),
        ({"amount_minor": 99}, an_account(), 8_000, "below_minimum"),
        ({}, an_account(), 99, "below_minimum"),
        ({}, None, 99, "below_minimum"),
        ({}, None, 8_000, "no_bank_account"),
        ({}, an_account(usable_from=NOW + 1), 8_000, "bank_account_cooling_off"),
    ],
)
def test_what_forbids_a_payout_says_so_by_its_code(
    changes: dict[str, object], account: PayoutAccount | None, net: int, code: str
) -> None:
    assert refusal(a_wish(**changes), account, net).code == code


@pytest.mark.parametrize(("net", "sent"), [(8_099, 8_000), (8_000, 8_000)])
def test_all_that_is_payable_is_what_the_psp_can_send(net: int, sent: int) -> None:
    payee = Payee(an_account(), an_account(), step=100)

    payout, _ = draft_payout(a_wish(), payee, net, RULES, NOW)

    assert payout.amount_minor == sent


def test_an_amount_that_the_psp_cannot_send_is_refused_before_anything_is_reserved() -> None:
    payee = Payee(an_account(), an_account(), step=100)

    with pytest.raises(Invalid) as caught:
        draft_payout(a_wish(amount_minor=4_050), payee, 8_000, RULES, NOW)
    payout, _ = draft_payout(a_wish(amount_minor=4_000), payee, 8_000, RULES, NOW)

    assert (caught.value.code, caught.value.field) == ("psp_amount_not_expressible", "amount")
    assert payout.amount_minor == 4_000


def test_the_kinds_of_refusal() -> None:
    assert isinstance(refusal(a_wish(), an_account(open_payout="x")), IllegalTransition)
    assert isinstance(refusal(a_wish(), an_account(), 0), InsufficientFunds)
    assert refusal(a_wish(amount_minor=1), an_account()).field == "amount"


def test_a_month_has_one_payout_a_seller_and_currency() -> None:
    wanted = monthly_payout("s1", "EUR", "2026-11")
    others = [
        monthly_payout("s2", "EUR", "2026-11"),
        monthly_payout("s1", "USD", "2026-11"),
        monthly_payout("s1", "EUR", "2026-12"),
    ]

    assert wanted == monthly_payout("s1", "EUR", "2026-11")
    assert (wanted.trigger, wanted.requested_by) == (PayoutTrigger.MONTHLY, SCHEDULE)
    assert (wanted.amount_minor, wanted.period) == (None, "2026-11")
    assert len({wanted.payout_id, *(other.payout_id for other in others)}) == 4


def test_an_id_follows_from_its_cause() -> None:
    assert payout_id_of("ada|POST /v1/payouts|k1") == payout_id_of("ada|POST /v1/payouts|k1")
    assert payout_id_of("ada|POST /v1/payouts|k1") != payout_id_of("ada|POST /v1/payouts|k2")
    assert payout_id_of("x").startswith("po_")
    assert len(payout_id_of("x")) == 27


def test_a_finished_payout_frees_its_place_and_leaves_what_was_left() -> None:
    taken = an_account(open_payout="po_1", left_over_minor=11)
    paid = a_payout(S.PAID, available_before_minor=8_000, recovered_minor=700)

    freed = free_slot(taken, paid)

    assert freed == an_account(left_over_minor=2_300, version=2)


def test_a_payout_that_reserved_nothing_leaves_what_was_left_before() -> None:
    taken = an_account(open_payout="po_1", left_over_minor=11)
    failed = a_payout(S.FAILED, available_before_minor=None, booked=())

    assert free_slot(taken, failed).left_over_minor == 11


def test_another_payouts_place_is_not_freed() -> None:
    taken = an_account(open_payout="po_2")

    assert free_slot(taken, a_payout(S.RETURNED)) is taken
    assert free_slot(replace(taken, open_payout=None), a_payout(S.RETURNED)).version == 1


USD = an_account(currency="USD", bank_account="ba_usd", last4="7777")


def quoted(**changes: object) -> Quote:
    return replace(a_quote("EUR", "USD"), **changes)  # type: ignore[arg-type]


def test_a_payout_in_another_currency_keeps_the_quote_it_was_drawn_at() -> None:
    place = an_account(left_over_minor=40)
    payout, taken = draft_payout(
        a_wish(amount_minor=5_000), Payee(USD, place), 8_000, RULES, NOW, quoted
    )

    assert payout == a_payout(
        bank_account="ba_usd", carried_over_minor=40, exchange=an_exchange(), amount_minor=5_000
    )
    assert (payout.sent_minor, payout.sent_currency) == (5_530, "USD")
    assert taken == an_account(left_over_minor=40, open_payout="po_1", version=2)


def test_a_wallet_without_an_account_of_its_own_has_a_place_all_the_same() -> None:
    _, taken = draft_payout(a_wish(), Payee(USD, None), 8_000, RULES, NOW, quoted)

    assert (taken.currency, taken.open_payout, taken.is_set) == ("EUR", "po_1", False)


def test_the_place_is_the_wallets_and_not_the_bank_accounts() -> None:
    busy = replace(USD, open_payout="po_0")

    payout, _ = draft_payout(a_wish(), Payee(busy, None), 8_000, RULES, NOW, quoted)
    with pytest.raises(IllegalTransition) as caught:
        draft_payout(a_wish(), Payee(USD, an_account(open_payout="po_0")), 8_000, RULES, NOW)

    assert payout.bank_account == "ba_usd"
    assert caught.value.code == "payout_in_progress"


@pytest.mark.parametrize(
    ("minimum", "amount", "refused"), [(5_530, 5_000, False), (5_531, 5_000, True), (0, 100, False)]
)
def test_what_is_sent_has_to_be_worth_sending(minimum: int, amount: int, refused: bool) -> None:
    rules = replace(RULES, minimum_minor={"USD": minimum})
    wish, payee = a_wish(amount_minor=amount), Payee(USD, None)
    if not refused:
        assert draft_payout(wish, payee, 8_000, rules, NOW, quoted)
        return

    with pytest.raises(Invalid) as caught:
        draft_payout(wish, payee, 8_000, rules, NOW, quoted)

    assert (caught.value.code, caught.value.field) == ("below_minimum", "amount")


def test_what_the_psp_cannot_send_of_the_other_currency_stays_with_the_spread() -> None:
    payee = Payee(USD, None, step=100)

    payout, _ = draft_payout(a_wish(amount_minor=5_000), payee, 8_000, RULES, NOW, quoted)

    assert payout.exchange is not None
    assert (payout.amount_minor, payout.sent_minor) == (5_000, 5_500)
    assert payout.exchange.spread_minor == an_exchange().spread_minor + 30


def test_nothing_is_sent_that_comes_to_nothing() -> None:
    rules = replace(RULES, minimum_minor={})
    small = partial(quoted, rate=Ratio(1, 1_000), mid=Ratio(1, 1_000))

    with pytest.raises(Invalid) as caught:
        draft_payout(a_wish(amount_minor=5), Payee(USD, None), 8_000, rules, NOW, small)

    assert caught.value.code == "below_minimum"


def test_no_rate_is_drawn_for_what_is_refused_anyway() -> None:
    def never() -> Quote:
        raise AssertionError("a rate was drawn")

    with pytest.raises(Invalid) as caught:
        draft_payout(a_wish(), Payee(None, an_account()), 8_000, RULES, NOW, never)

    assert caught.value.code == "no_bank_account"


def test_what_it_is_sent_in_is_asked_for_or_the_markets_rule_of_the_monthly_run() -> None:
    rules = replace(RULES, currencies=PayoutCurrencies(sellers={"s1": "USD"}))
    monthly = monthly_payout("s1", "EUR", "2026-11")

    assert a_wish().sent_in(rules) == "EUR"
    assert a_wish(payout_currency="JPY").sent_in(rules) == "JPY"
    assert (monthly.sent_in(rules), monthly.sent_in(RULES)) == ("USD", "EUR")


def test_a_payouts_quote_is_its_own() -> None:
    first, again = (payout_quote("po_1", ("EUR", "USD")) for _ in range(2))
    others = [payout_quote("po_2", ("EUR", "USD")), payout_quote("po_1", ("EUR", "JPY"))]

    assert first == again
    assert (first.from_currency, first.to_currency, first.amount_minor) == ("EUR", "USD", None)
    assert len({first.quote_id, *(one.quote_id for one in others)}) == 3
