"""Whatever a break books balances, can be undone, and moves no seller's or buyer's account."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.accounts import CHART, Account, Owner
from countinghouse.domain.break_journals import (
    Share,
    mirror_journal,
    resolution_journal,
    shares_of,
)
from countinghouse.domain.breaks import Break
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal, credit, debit, journal_key, totals
from countinghouse.domain.money import Money
from countinghouse.domain.wallet import wallet_parts
from tests.breaks import a_break
from tests.builders import NOW

CAUSE = "rule:rounding@1"
EUR_5 = Money(500, "EUR")
PENDING = Account("seller_pending", "s1")
PLATFORM_KINDS = sorted(
    kind
    for kind, line in CHART.items()
    if line.owner not in (Owner.SELLER, Owner.BUYER, Owner.BANK)
)
WALLET_KINDS = sorted(
    kind for kind, line in CHART.items() if line.owner in (Owner.SELLER, Owner.BUYER)
)


def moved(journal: Journal) -> dict[str, int]:
    return {leg.account.name: leg.amount.minor for leg in journal.legs}


def test_a_residual_goes_from_the_psps_account_to_another() -> None:
    brk = a_break(psp_reference="ch_7", booked=3)

    journal = resolution_journal(brk, "write_off", shares_of("recon_variance", brk), CAUSE, NOW)

    assert moved(journal) == {"recon_variance": 500, "psp_receivable:sandbox": -500}
    assert (journal.kind, journal.reference) == ("recon_write_off", brk.break_id)
    assert journal.key == journal_key(brk.break_id, "recon_write_off", "3")
    assert (journal.cause, journal.event_at, journal.created_at) == (CAUSE, NOW, NOW)
    assert (journal.psp_reference, journal.reverses, journal.home) == ("ch_7", None, None)


def test_a_residual_below_zero_goes_the_other_way() -> None:
    brk = a_break(residuals=(("EUR", -200),))

    journal = resolution_journal(brk, "to_unallocated", shares_of("unallocated", brk), CAUSE, NOW)

    assert moved(journal) == {"unallocated:sandbox": -200, "psp_receivable:sandbox": 200}


def test_what_is_parked_is_moved_from_where_it_is_parked() -> None:
    brk = a_break(standing=("jrn_park",))

    journal = resolution_journal(brk, "write_off", shares_of("recon_variance", brk), CAUSE, NOW)

    assert moved(journal) == {"recon_variance": 500, "unallocated:sandbox": -500}


def test_an_account_of_a_currency_is_owned_by_it() -> None:
    brk = a_break(residuals=(("EUR", -90), ("USD", 100)))
    shares = [Share("fx_position", "USD", 100), Share("fx_position", "EUR", -90)]

    journal = resolution_journal(brk, "fx_variance", shares, CAUSE, NOW)

    assert moved(journal)["fx_position:USD"] == 100
    assert moved(journal)["fx_position:EUR"] == -90


def test_each_journal_of_a_break_has_an_id_of_its_own_and_a_repeat_the_same() -> None:
    brk = a_break()
    shares = shares_of("rounding", brk)

    first = resolution_journal(brk, "rounding", shares, CAUSE, NOW)
    again = resolution_journal(brk, "rounding", shares, CAUSE, NOW + 1)
    next_one = resolution_journal(replace(brk, booked=1), "rounding", shares, CAUSE, NOW)

    assert first.ledger_id == again.ledger_id != next_one.ledger_id


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [Share("rounding", "EUR", 499)],
        [Share("rounding", "EUR", 500), Share("rounding", "EUR", 1)],
        [Share("rounding", "USD", 500)],
    ],
)
def test_shares_that_are_not_the_residual_are_refused(shares: list[Share]) -> None:
    with pytest.raises(Invalid):
        resolution_journal(a_break(), "rounding", shares, CAUSE, NOW)


def test_without_a_residual_nothing_is_booked() -> None:
    with pytest.raises(Invalid):
        resolution_journal(a_break(residuals=()), "write_off", [], CAUSE, NOW)


@pytest.mark.parametrize("kind", WALLET_KINDS)
def test_no_sellers_or_buyers_account_is_touched(kind: str) -> None:
    brk = a_break(psp="s1")

    with pytest.raises(Invalid):
        resolution_journal(brk, "write_off", [Share(kind, "EUR", 500)], CAUSE, NOW)


def test_a_mirror_of_a_journal_with_a_sellers_leg_is_refused() -> None:
    legs = (debit(Account("psp_receivable", "sandbox"), EUR_5), credit(PENDING, EUR_5))
    brk = a_break()
    booked = resolution_journal(brk, "rounding", shares_of("rounding", brk), CAUSE, NOW)

    with pytest.raises(Invalid, match="never moves seller_pending:s1"):
        mirror_journal(brk, replace(booked, legs=legs), "reopen", CAUSE, NOW)


def test_a_mirror_has_a_kind_a_cause_and_a_time_of_its_own() -> None:
    brk = a_break()
    booked = resolution_journal(brk, "rounding", shares_of("rounding", brk), CAUSE, NOW)

    mirror = mirror_journal(replace(brk, booked=1), booked, "reopen", "arn:ada: wrong", NOW + 5)

    assert (mirror.kind, mirror.cause) == ("recon_reopen", "arn:ada: wrong")
    assert (mirror.event_at, mirror.created_at) == (NOW + 5, NOW + 5)
    assert mirror.key == journal_key(brk.break_id, "recon_reopen", "1")


def test_only_a_breaks_own_journal_is_undone() -> None:
    brk = a_break()
    journal = resolution_journal(brk, "rounding", shares_of("rounding", brk), CAUSE, NOW)

    with pytest.raises(Invalid, match="was not booked for"):
        mirror_journal(replace(brk, break_id="brk_other"), journal, "reopen", CAUSE, NOW)


amounts = st.integers(-(10**12), 10**12).filter(bool)


@st.composite
def breaks_and_shares(draw: st.DrawFn) -> tuple[Break, list[Share]]:
    """A break in one to three currencies, each residual cut into parts on platform accounts."""
    currencies = draw(st.lists(st.sampled_from(["EUR", "JPY", "KWD"]), min_size=1, unique=True))
    shares, residuals = [], []
    for currency in currencies:
        parts = draw(st.lists(amounts, min_size=1, max_size=3).filter(sum))
        residuals.append((currency, sum(parts)))
        kinds = draw(
            st.lists(st.sampled_from(PLATFORM_KINDS), min_size=len(parts), max_size=len(parts))
        )
        shares += [Share(k, currency, minor) for k, minor in zip(kinds, parts, strict=True)]
    standing = draw(st.sampled_from([(), ("jrn_park",)]))
    return a_break(residuals=tuple(sorted(residuals)), standing=standing), shares


@given(breaks_and_shares())
def test_every_journal_balances_and_its_mirror_undoes_it(
    given_: tuple[Break, list[Share]],
) -> None:
    brk, shares = given_

    journal = resolution_journal(brk, "any", shares, CAUSE, NOW)
    mirror = mirror_journal(replace(brk, booked=1), journal, "reopen", CAUSE, NOW)

    for one in (journal, mirror):
        assert not any(totals(one.legs).values())
        assert all(leg.account.wallet_owner is None for leg in one.legs)
        assert all(address.owner.startswith("platform:") for address in wallet_parts(one))
    assert mirror.reverses == journal.ledger_id
    sums: dict[tuple[str, str], int] = {}
    for leg in (*journal.legs, *mirror.legs):
        key = (leg.account.name, leg.amount.currency)
        sums[key] = sums.get(key, 0) + leg.amount.minor
    assert not any(sums.values())
