from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.finding import DamagedRow, Finding
from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import addresses_of, plan_posting
from countinghouse.domain.trial_balance import (
    Sieve,
    TrialBalance,
    compare,
    fold_journals,
    fold_wallets,
    off_balance,
)
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW, a_journal, a_transfer
from tests.strategies import journals


def booked(*wanted: Journal) -> tuple[list[Journal], list[Wallet]]:
    """What these journals leave: those that no floor refused, and the wallets."""
    plan = plan_posting(wanted, {a: Wallet(a) for a in addresses_of(wanted)})
    done = [linked.journal for linked in plan.posting.journals]
    return done, [new for _, new in plan.posting.wallets]


def balance(**accounts: int) -> TrialBalance:
    return TrialBalance(NOW, {"EUR": accounts})


@settings(max_examples=25)
@given(st.lists(journals(), max_size=8))
def test_wallets_and_journals_count_the_same_and_nothing(wanted: list[Journal]) -> None:
    unique = {journal.ledger_id: journal for journal in wanted}.values()
    done, wallets = booked(*unique)

    by_wallet, by_journal = fold_wallets(wallets, NOW), fold_journals(done, NOW)

    named = {c: dict(a) for c, a in by_wallet.accounts.items() if a}
    assert named == {c: dict(a) for c, a in by_journal.accounts.items() if a}
    assert set(by_wallet.totals.values()) <= {0}
    assert by_wallet.wallets == len(wallets)
    assert by_wallet.as_of == by_journal.as_of == NOW
    assert compare(by_wallet, by_journal, NOW) == ()


@settings(max_examples=25)
@given(st.lists(journals(), min_size=1, max_size=6), st.data())
def test_any_set_of_wallets_sums_to_zero(wanted: list[Journal], data: st.DataObject) -> None:
    _, wallets = booked(*{journal.ledger_id: journal for journal in wanted}.values())
    some = data.draw(st.lists(st.sampled_from(wallets), unique_by=id)) if wallets else []

    assert set(fold_wallets(some, NOW).totals.values()) <= {0}


def test_sellers_stand_in_one_line_each_kind() -> None:
    _, wallets = booked(a_journal("o1", "s1", 10), a_journal("o2", "s2", 5))

    assert fold_wallets(wallets, NOW).accounts == {
        "EUR": {"psp_receivable:sandbox": 15, "seller_pending": -15}
    }


def test_a_lost_journal_is_found() -> None:
    done, wallets = booked(a_journal("o1", minor=10), a_journal("o2", minor=5))

    findings = compare(fold_wallets(wallets, NOW), fold_journals(done[:1], NOW), NOW)

    assert {finding.code for finding in findings} == {"wallet_differs_from_journals"}
    assert len(findings) == 2


def test_wallets_that_do_not_sum_to_zero_are_found_also_when_the_journals_do() -> None:
    findings = compare(balance(bank=5, rounding=0), balance(), NOW)

    assert "trial_balance" in {finding.code for finding in findings}


def test_an_altered_balance_is_found() -> None:
    done, wallets = booked(a_journal(minor=10))
    address = WalletAddress("seller:s1", "EUR")
    bent = Wallet(address, MappingProxyType({**wallets[0].balances, "seller_pending:s1": -11}))

    codes = {f.code for f in compare(fold_wallets([bent], NOW), fold_journals(done, NOW), NOW)}

    assert codes == {"trial_balance", "wallet_differs_from_journals"}


def test_what_only_one_count_has_is_nothing_in_the_other() -> None:
    wallets = TrialBalance(NOW - 1, {"EUR": {"bank:b": 5, "rounding": -5}})
    journals = TrialBalance(NOW - 1, {"EUR": {"bank:c": 0}, "USD": {"bank:b": 2, "rounding": -2}})

    assert [(f.subject, f.detail, f.found_at) for f in compare(wallets, journals, NOW)] == [
        ("differs:EUR:bank:b:5:0", "bank:b EUR: wallets 5, journals 0", NOW),
        ("differs:EUR:rounding:-5:0", "rounding EUR: wallets -5, journals 0", NOW),
        ("differs:USD:bank:b:0:2", "bank:b USD: wallets 0, journals 2", NOW),
        ("differs:USD:rounding:0:-2", "rounding USD: wallets 0, journals -2", NOW),
    ]


def test_the_same_fault_has_the_same_id_and_another_has_not() -> None:
    def ids(held: int) -> set[str]:
        return {f.subject for f in compare(balance(bank=held), balance(bank=2), NOW)}

    assert ids(3) == ids(3)
    assert ids(3) & ids(4) == {"total:EUR:2"}


def test_accounts_at_zero_are_not_shown() -> None:
    done, _ = booked(
        a_transfer("bank:b", "rounding"), a_transfer("rounding", "bank:b", reference="r")
    )

    assert len(done) == 2
    assert fold_journals(done, NOW).accounts == {"EUR": {}}


def test_a_fault_stops_its_own_currency() -> None:
    yen = TrialBalance(NOW, {"EUR": {}, "JPY": {"bank:b": 3}})

    findings = compare(yen, balance(), NOW)

    assert {finding.code for finding in findings} == {
        "trial_balance",
        "wallet_differs_from_journals",
    }
    assert {finding.stops for finding in findings} == {("JPY",)}


def test_only_currencies_that_are_off_are_off_balance() -> None:
    wrong = TrialBalance(NOW, {"EUR": {"bank:b": 5, "rounding": -5}, "JPY": {"bank:b": -1}})

    assert off_balance(wrong) == [
        Finding("total:JPY:-1", "trial_balance", "JPY sums to -1", NOW, ("JPY",))
    ]
    assert off_balance(balance(bank=0)) == []


def test_a_sieve_lets_sound_rows_through_and_names_the_others() -> None:
    sieve = Sieve(NOW)
    address = WalletAddress("seller:s1", "JPY")
    sound, bent = Wallet(address, {"bank:b": 1, "rounding": -1}), Wallet(address, {"bank:b": 1})

    journals = list(sieve.journals([a_journal(), DamagedRow("journal x")]))
    wallets = list(sieve.wallets([DamagedRow("wallet y", ("EUR",)), sound, bent]))

    assert journals == [a_journal()]
    assert wallets == [sound, bent]
    group = "seller:s1#JPY#0"
    text = f"wallet {group} sums to 1"
    assert sieve.findings == (
        Finding("unsound:journal x", "unsound", "journal x", NOW),
        Finding("unsound:wallet y", "unsound", "wallet y", NOW, ("EUR",)),
        Finding(f"wallet_unbalanced:{group}:{text}", "wallet_unbalanced", text, NOW, ("JPY",)),
    )
    assert [finding.stops for finding in sieve.findings] == [("*",), ("EUR",), ("JPY",)]


def test_a_flood_of_unsound_rows_is_named_in_part_and_counted() -> None:
    sieve = Sieve(NOW)

    passed = list(sieve.journals(DamagedRow(f"journal {n}", ("EUR",)) for n in range(103)))

    assert passed == []
    assert len(sieve.findings) == 101
    assert sieve.findings[-1].detail == "3 rows more are unsound"
    assert sieve.findings[-1].stops == ("*",)
