from dataclasses import replace

from countinghouse.audit_routing import of_damage, of_finding, of_wallet, of_window
from countinghouse.domain.finding import Finding
from countinghouse.domain.posting import LinkedJournal, plan_posting
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import NOW, a_journal

S1 = WalletAddress("seller:s1", "EUR")
FINDING = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))


def test_an_alarm_about_the_books_names_the_currencies_it_stops() -> None:
    damage = of_damage("a1", "removed", ["EUR", "JPY"])
    unknown = of_damage("a1", "removed", ())
    (found,) = of_finding(FINDING)

    assert damage.data["currencies"] == ["EUR", "JPY"]
    assert unknown.data["currencies"] == []
    assert found.subject == FINDING.finding_id
    assert found.data == {
        "code": "trial_balance",
        "detail": "EUR sums to 5",
        "currencies": ["EUR"],
    }


def test_what_was_raised_before_it_was_recorded_is_raised_once() -> None:
    assert list(of_finding(replace(FINDING, announced=True))) == []


def test_only_a_wallet_out_of_balance_is_news() -> None:
    (raised,) = of_wallet(Wallet(S1, {"rounding": 5}, sequence=4))

    assert list(of_wallet(Wallet(S1, {"rounding": 5, "bank:b": -5}))) == []
    assert (raised.data["code"], raised.data["currencies"]) == ("wallet_unbalanced", ["EUR"])


def test_journals_that_do_not_fit_each_other_are_news() -> None:
    first, second = plan_posting(
        [a_journal("o1"), a_journal("o2")], {S1: Wallet(S1)}
    ).posting.journals
    forked = LinkedJournal(a_journal("o3"), second.links)

    assert of_window([first, second]) == []
    raised = of_window([first, second, forked])

    assert {(one.name, one.subject, one.version) for one in raised} == {
        ("audit.raised", "seller:s1#EUR#0", 2)
    }
    assert {str(one.data["code"]) for one in raised} == {"window_unbalanced"}
    assert raised[0].data["currencies"] == ["EUR"]
