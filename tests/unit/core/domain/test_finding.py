import re

import pytest

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.finding import ALL_CURRENCIES, Finding, acknowledge, observed
from countinghouse.domain.money import EXPONENTS
from tests.builders import NOW
from tests.payouts import ADA, LINUS

FINDING = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))


def test_an_id_can_stand_in_a_path_and_is_the_faults_own() -> None:
    again = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW + 1)
    other = Finding("total:EUR:6", "trial_balance", "EUR sums to 6", NOW)

    assert re.fullmatch(r"fnd_[0-9a-f]{24}", FINDING.finding_id)
    assert again.finding_id == FINDING.finding_id != other.finding_id


@pytest.mark.parametrize(
    ("currencies", "stops"),
    [
        (("EUR",), ("EUR",)),
        (("EUR", "JPY"), ("EUR", "JPY")),
        ((), (ALL_CURRENCIES,)),
        (("EUR", "XXQ"), (ALL_CURRENCIES,)),
        # The lek stops nothing but the lek.
        (("ALL",), ("ALL",)),
        (tuple(sorted(EXPONENTS)[:20]), tuple(sorted(EXPONENTS)[:20])),
        (tuple(sorted(EXPONENTS)[:21]), (ALL_CURRENCIES,)),
    ],
)
def test_what_cannot_be_told_stops_all(currencies: tuple[str, ...], stops: tuple[str, ...]) -> None:
    assert Finding("s", "c", "d", NOW, currencies).stops == stops


def test_who_sees_the_same_finds_the_same() -> None:
    seen = observed("book_damaged", "a1", "removed", NOW, ["JPY", "EUR", "JPY"], announced=True)
    again = observed("book_damaged", "a1", "removed", NOW + 5)

    assert seen.currencies == ("EUR", "JPY")
    assert seen.announced
    assert not again.announced
    assert again.finding_id == seen.finding_id
    assert observed("book_damaged", "a1", "altered", NOW).finding_id != seen.finding_id
    assert observed("book_damaged", "a2", "removed", NOW).finding_id != seen.finding_id


def test_a_person_answers_for_it_once() -> None:
    answered = acknowledge(FINDING, LINUS, "known since Monday", NOW + 7)

    assert FINDING.is_open
    assert not answered.is_open
    assert (answered.acknowledged_by, answered.acknowledged_at) == (LINUS, NOW + 7)
    assert answered.reason == "known since Monday"
    assert answered.finding_id == FINDING.finding_id
    assert acknowledge(answered, LINUS, "again", NOW + 9) is answered
    with pytest.raises(IllegalTransition):
        acknowledge(answered, ADA, "me too", NOW + 9)
