from countinghouse.domain.trail import residuals
from tests.builders import a_journal, a_transfer


def test_a_settled_receivable_is_back_at_zero() -> None:
    settled = a_transfer("bank:main", "psp_receivable:sandbox", 7_000)

    assert residuals((a_journal(), settled)) == {"EUR": {"psp_receivable:sandbox": 0}}


def test_what_is_still_owed_is_left_and_a_sellers_own_money_is_not_shown() -> None:
    assert residuals((a_journal(),)) == {"EUR": {"psp_receivable:sandbox": 7_000}}
