from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import DAY, start_of_day
from countinghouse.domain.payability import (
    Payability,
    Withheld,
    WithheldReason,
    net_available,
    obstacle,
    payability,
)
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW
from tests.payouts import RULES, S1_EUR, an_account

R = WithheldReason
ACCOUNTS = {"EUR": an_account()}


def a_wallet(address: WalletAddress = S1_EUR, **shown: int) -> Wallet:
    """A wallet whose seller's accounts show these amounts; `__` stands for the tranche's day."""
    held = {}
    for name, minor in shown.items():
        kind, _, day = name.partition("__")
        account = f"seller_{kind}:s1" + (f"@{day.replace('_', '-')}" if day else "")
        held[account] = minor if kind == "receivable" else -minor
    return Wallet(address, {**held, "adjustments": -sum(held.values())}, sequence=1)


def one(wallet: Wallet, accounts: dict[str, PayoutAccount] | None = None) -> Payability:
    (found,) = payability([wallet], ACCOUNTS if accounts is None else accounts, RULES, NOW)
    return found


def test_what_is_available_is_payable() -> None:
    assert one(a_wallet(available=5_000)) == Payability("EUR", 5_000, 5_000, ())


def test_every_bucket_has_its_reason() -> None:
    wallet = a_wallet(
        pending=7_000,
        available=5_000,
        reserve=10,
        reserve__2026_12_24=30,
        reserve__2026_12_22=20,
        in_payout=900,
        dispute_hold=400,
        receivable=600,
    )

    found = one(wallet)

    assert (found.balance_minor, found.payable_minor) == (13_360, 4_400)
    assert found.withheld == (
        Withheld(R.AWAITING_DELIVERY, 7_000),
        Withheld(R.RESERVE, 20, start_of_day("2026-12-22")),
        Withheld(R.RESERVE, 30, start_of_day("2026-12-24")),
        Withheld(R.RESERVE, 10, None),
        Withheld(R.DISPUTE, 400),
        Withheld(R.PAYOUT_IN_PROGRESS, 900),
        Withheld(R.DEBT, 600),
    )


def test_more_debt_than_is_available_withholds_all_of_it_and_no_more() -> None:
    found = one(a_wallet(available=500, receivable=800))

    assert (found.balance_minor, found.payable_minor) == (500, 0)
    assert found.withheld == (Withheld(R.DEBT, 500),)


def test_too_little_is_carried_over() -> None:
    found = one(a_wallet(available=150, receivable=51))

    assert found.withheld == (Withheld(R.DEBT, 51), Withheld(R.BELOW_MINIMUM, 99))
    assert found.payable_minor == 0


def test_nobody_is_paid_without_a_bank_account() -> None:
    found = one(a_wallet(available=500), {})

    assert (found.payable_minor, found.withheld) == (0, (Withheld(R.NO_BANK_ACCOUNT, 500),))


def test_a_changed_bank_account_says_until_when_it_cools_off() -> None:
    found = one(a_wallet(available=500), {"EUR": an_account(usable_from=NOW + DAY)})

    assert found.withheld == (Withheld(R.BANK_ACCOUNT_COOLING_OFF, 500, NOW + DAY),)


def test_an_account_is_for_its_own_currency() -> None:
    dollars = replace(S1_EUR, currency="USD")

    found = payability(
        [a_wallet(available=5_000), a_wallet(dollars, available=7)], ACCOUNTS, RULES, NOW
    )

    assert [(p.currency, p.payable_minor) for p in found] == [("EUR", 5_000), ("USD", 0)]
    assert found[1].withheld == (Withheld(R.NO_BANK_ACCOUNT, 7),)


def test_what_is_left_after_debt_is_never_below_zero() -> None:
    assert net_available([a_wallet(available=5, receivable=9)], "EUR") == 0
    assert net_available([a_wallet(available=9, receivable=5)], "EUR") == 4
    assert net_available([], "EUR") == 0


@pytest.mark.parametrize(
    ("net", "account", "reason"),
    [
        (99, None, R.BELOW_MINIMUM),
        (100, None, R.NO_BANK_ACCOUNT),
        (100, an_account(usable_from=NOW + 1), R.BANK_ACCOUNT_COOLING_OFF),
        (100, an_account(usable_from=NOW), None),
    ],
)
def test_what_stands_in_the_way(
    net: int, account: PayoutAccount | None, reason: WithheldReason | None
) -> None:
    found = obstacle(account, net, "EUR", RULES, NOW)

    assert (found[0] if found else None) is reason


amounts = st.integers(0, 10**9)
DAYS = ("2026-12-22", "2027-01-01", "2027-02-28")


@st.composite
def any_wallets(draw: st.DrawFn) -> list[Wallet]:
    """Wallets of one seller in a few currencies, some of them split, with any balances."""
    wallets = []
    for currency in draw(st.sets(st.sampled_from(["EUR", "JPY", "KWD"]))):
        for shard in range(draw(st.integers(1, 2))):
            kinds = ("pending", "available", "in_payout", "dispute_hold", "receivable")
            shown = {kind: draw(amounts) for kind in kinds}
            shown |= {f"reserve__{day.replace('-', '_')}": draw(amounts) for day in DAYS}
            shown["reserve"] = draw(amounts)
            kept = {kind: minor for kind, minor in shown.items() if minor}
            wallets.append(a_wallet(WalletAddress("seller:s1", currency, shard), **kept))
    return wallets


accounts_by_currency = st.dictionaries(
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.integers(NOW - DAY, NOW + DAY).map(lambda at: an_account(usable_from=at)),
)


@given(any_wallets(), accounts_by_currency)
def test_the_reasons_sum_exactly_to_balance_minus_payable(
    wallets: list[Wallet], accounts: dict[str, PayoutAccount]
) -> None:
    for found in payability(wallets, accounts, RULES, NOW):
        withheld = sum(line.amount_minor for line in found.withheld)

        assert withheld == found.balance_minor - found.payable_minor
        assert all(line.amount_minor > 0 for line in found.withheld)
        assert 0 <= found.payable_minor <= found.balance_minor
