import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import HOUR, MINUTE, SECOND
from countinghouse.domain.retry import RetryPolicy
from tests.builders import NOW, POLICY


@given(st.integers(0, 50), st.text(max_size=20))
def test_the_next_attempt_is_soon_later_and_always_the_same(failed: int, seed: str) -> None:
    at = POLICY.next_attempt_at(NOW, failed, seed)

    assert NOW < at <= NOW + POLICY.backoff_cap
    assert at <= NOW + (POLICY.backoff_base << failed)
    assert at == POLICY.next_attempt_at(NOW, failed, seed)


def test_jitter_spreads_orders_over_the_whole_window() -> None:
    waits = [POLICY.next_attempt_at(0, 6, f"o{n}") for n in range(1_000)]

    tenth = POLICY.backoff_cap // 10
    counts = [sum(n * tenth < wait <= (n + 1) * tenth for wait in waits) for n in range(10)]
    assert min(counts) > 50


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(0, 15 * SECOND), (1, MINUTE), (6, 24 * HOUR), (7, 24 * HOUR), (99, 24 * HOUR)],
)
def test_the_ladders_last_rung_repeats(asked: int, wait: int) -> None:
    assert POLICY.next_question_at(NOW, asked) == NOW + wait


def test_questions_get_rarer() -> None:
    assert list(POLICY.ladder) == sorted(POLICY.ladder)


@given(st.integers(0, 10**15), st.text(max_size=20))
def test_what_is_held_back_is_looked_at_within_half_the_cap_and_all_of_it(
    now: int, seed: str
) -> None:
    wait = POLICY.held_back_until(now, seed) - now

    assert POLICY.backoff_cap // 2 < wait <= POLICY.backoff_cap
    assert POLICY.held_back_until(now, seed) - now == wait


def test_what_is_held_back_does_not_come_back_all_at_once() -> None:
    waits = [POLICY.held_back_until(0, f"o{n}") - 30 * SECOND for n in range(1_000)]

    counts = [sum(n * 3 < wait / SECOND <= (n + 1) * 3 for wait in waits) for n in range(10)]
    assert min(counts) > 50
    assert len({POLICY.held_back_until(now, "o1") - now for now in range(100)}) > 90


def test_an_action_has_a_day_beyond_its_end_and_a_week_without_one() -> None:
    assert (POLICY.action_margin, POLICY.action_max) == (24 * HOUR, 7 * 24 * HOUR)


def test_a_key_is_not_trusted_as_long_as_the_psp_promises() -> None:
    assert POLICY.key_window < 24 * HOUR


def test_a_stopped_payout_is_looked_at_on_the_third_rung() -> None:
    assert POLICY.stopped_check == 5 * MINUTE
    assert RetryPolicy(ladder=(SECOND,)).stopped_check == SECOND


def test_a_payment_is_first_looked_at_on_the_second_rung() -> None:
    assert POLICY.first_check == MINUTE
    assert RetryPolicy(ladder=(SECOND,)).first_check == SECOND
