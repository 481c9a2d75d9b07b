import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.breaker import Breaker, BreakerPolicy, BreakerState, Tally
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import SECOND
from tests.builders import NOW

B = BreakerState
POLICY = BreakerPolicy(failures=3, share_percent=50, window=10 * SECOND, cool_off=30 * SECOND)
CLOSED = Breaker("stripe")
OPEN = CLOSED.opened(NOW, "unknown", POLICY)


def opens(*answers: tuple[int, bool]) -> list[bool]:
    """Whether each answer, after so many milliseconds and failed or not, opens the breaker."""
    tally = Tally(POLICY)
    return [tally.add(NOW + after, failed=failed) for after, failed in answers]


def test_enough_failures_open_it() -> None:
    assert opens((0, True), (1, True), (2, True)) == [False, False, True]


def test_few_failures_among_many_answers_are_no_outage() -> None:
    answered = [(n, False) for n in range(4)]

    assert not any(opens(*answered, *[(10 + n, True) for n in range(3)]))
    assert opens(*answered, *[(10 + n, True) for n in range(4)])[-1], "half of eight"


def test_failures_are_forgotten_after_the_window() -> None:
    window = POLICY.window

    assert not any(opens((0, True), (1, True), (window, True)))
    assert opens((0, True), (1, True), (window - 1, True))[-1]


def test_an_answer_never_opens_it() -> None:
    tally = Tally(POLICY)
    for n in range(3):
        tally.add(NOW + n, failed=True)

    assert not tally.add(NOW + 4, failed=False)


def test_an_open_breaker_lets_one_call_try_after_its_cool_off() -> None:
    assert (OPEN.state, OPEN.since, OPEN.last_error, OPEN.version) == (B.OPEN, NOW, "unknown", 1)
    assert OPEN.seen_at(NOW + POLICY.cool_off - 1) is B.OPEN
    assert OPEN.seen_at(NOW + POLICY.cool_off) is B.HALF_OPEN


def test_while_one_tries_the_others_do_not_until_its_lease_is_over() -> None:
    at = NOW + POLICY.cool_off
    trying = OPEN.probed(at, POLICY)

    assert (trying.state, trying.since) == (B.HALF_OPEN, NOW)
    assert trying.seen_at(at + POLICY.probe_lease - 1) is B.OPEN
    assert trying.seen_at(at + POLICY.probe_lease) is B.HALF_OPEN


def test_a_trial_that_fails_opens_it_for_as_long_again_and_keeps_since_when_it_is_bad() -> None:
    at = NOW + POLICY.cool_off
    again = OPEN.probed(at, POLICY).opened(at + 1, "not_sent", POLICY)

    assert (again.state, again.since, again.last_error) == (B.OPEN, NOW, "not_sent")
    assert again.until == at + 1 + POLICY.cool_off


def test_a_trial_that_is_answered_closes_it_and_the_last_error_stays() -> None:
    closed = OPEN.probed(NOW, POLICY).closed(NOW + 5)

    assert (closed.seen_at(NOW + 5), closed.since, closed.version) == (B.CLOSED, NOW + 5, 3)
    assert closed.last_error == "unknown"
    assert closed.opened(NOW + 9, "unknown", POLICY).since == NOW + 9


@pytest.mark.parametrize(
    "wrong",
    [{"failures": 0}, {"share_percent": 0}, {"share_percent": 101}, {"window": 0}, {"cool_off": 0}],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        BreakerPolicy(**wrong)


@given(st.lists(st.tuples(st.integers(0, 4 * SECOND), st.booleans()), max_size=40))
def test_it_opens_exactly_when_the_window_holds_enough_failures_and_share(
    steps: list[tuple[int, bool]],
) -> None:
    tally, now, past = Tally(POLICY), NOW, []
    for step, failed in steps:
        now += step
        past.append((now, failed))
        recent = [fault for at, fault in past if at > now - POLICY.window]
        bad = sum(recent)
        expected = failed and bad >= POLICY.failures and 2 * bad >= len(recent)

        assert tally.add(now, failed=failed) == expected
