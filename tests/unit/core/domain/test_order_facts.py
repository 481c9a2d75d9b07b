from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.emvco import Presented, build, template
from countinghouse.domain.instants import HOUR, SECOND
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    FINAL_STATUSES,
    RESTING_STATUSES,
    TRANSITIONS,
    CaptureMode,
    Order,
    OrderStatus,
)
from countinghouse.domain.order_facts import Verdict, answer_question, apply_fact
from countinghouse.domain.psp import Action, FactKind, PspFact
from tests.builders import (
    HARD,
    NOW,
    POLICY,
    REDIRECT,
    SOFT,
    a_fact,
    after,
    an_attempt,
    an_order,
)
from tests.strategies import HISTORIES, History, deliveries, histories

S = OrderStatus
K = FactKind
V = Verdict


def digest(order: Order) -> tuple[Any, ...]:
    """What is true of an order, without counters and times of looking."""
    outcomes = tuple((attempt.key, attempt.outcome) for attempt in order.attempts)
    return (
        order.status,
        order.captured_minor,
        order.captured_at,
        order.psp_reference,
        order.failure,
        order.action,
        outcomes,
    )


@st.composite
def any_order(draw: st.DrawFn) -> Order:
    """An order in any status, with any past that the code can give it."""
    status = draw(st.sampled_from(sorted(OrderStatus)))
    order = an_order(status)
    if status is S.CREATED:
        return order
    number = draw(st.integers(1, 4))
    past = tuple(an_attempt("o1", n, outcome="declined_soft") for n in range(1, number))
    newest = replace(order.attempts[-1], number=number, key=f"o1:charge:{number}")
    if status is S.ROUTED and draw(st.booleans()):
        newest = replace(newest, outcome=None)
    mode = draw(st.sampled_from(sorted(CaptureMode)))
    return replace(
        order, attempts=(*past, newest), capture_mode=mode, asked=draw(st.integers(0, 9))
    )


@st.composite
def any_fact(draw: st.DrawFn) -> PspFact:
    """Anything a PSP, sane or not, may say."""
    return PspFact(
        kind=draw(st.sampled_from(sorted(FactKind))),
        key=draw(st.sampled_from([None, "o1:charge:1", "o1:charge:2", "o1:charge:4", "other"])),
        psp_reference=draw(st.sampled_from([None, "ch_1", "ch_2"])),
        amount_minor=draw(st.sampled_from([None, 0, 1, 6_999, 7_000, 7_001])),
        captured_minor=draw(st.sampled_from([0, 1, 3_000, 7_000, 7_001])),
        currency=draw(st.sampled_from([None, "EUR", "USD"])),
        occurred_at=draw(st.sampled_from([None, NOW])),
        action=draw(st.sampled_from([None, REDIRECT])),
        decline=draw(st.sampled_from([None, SOFT, HARD])),
    )


@given(any_order(), any_fact(), st.integers(0, 48 * 3_600_000))
def test_any_fact_on_any_order_is_answered_by_a_step_of_the_table(
    order: Order, fact: PspFact, later: int
) -> None:
    for apply in (apply_fact, answer_question):
        applied = apply(order, fact, NOW + later, POLICY)

        if applied.verdict is V.APPLIED:
            new = applied.order.status
            assert new is order.status or new in TRANSITIONS[order.status]
            assert applied.order.version == order.version + 1
            assert (applied.order.due_at is None) == (new in RESTING_STATUSES)
        else:
            assert applied.order is order


@given(any_order(), any_fact())
def test_what_is_at_rest_stays_as_it_is(order: Order, fact: PspFact) -> None:
    if order.is_resting:
        assert apply_fact(order, fact, NOW, POLICY).order is order
        assert answer_question(order, fact, NOW, POLICY).order is order


@given(any_order(), any_fact())
def test_captured_is_between_one_and_the_orders_amount(order: Order, fact: PspFact) -> None:
    new = apply_fact(order, fact, NOW, POLICY).order

    if new.status is S.CAPTURED:
        assert new.captured_minor == new.amount_minor
    elif new.status is S.PARTIALLY_CAPTURED:
        assert 0 < new.captured_minor < new.amount_minor
    else:
        assert new.captured_minor == 0


@given(any_order(), any_fact())
def test_the_same_fact_again_changes_nothing_that_is_true(order: Order, fact: PspFact) -> None:
    once = after(order, fact)
    twice = after(once, fact)

    assert (twice.status, twice.captured_minor) == (once.status, once.captured_minor)
    assert (twice.failure, twice.action) == (once.failure, once.action)


@pytest.mark.parametrize("history", HISTORIES, ids=str)
def test_any_order_of_arrival_ends_in_the_same_state(history: History) -> None:
    expected = digest(after(history.order, *history.facts))

    for arrived in permutations(history.facts):
        assert digest(after(history.order, *arrived)) == expected


@given(histories, st.data())
def test_any_repeat_in_any_order_ends_in_the_same_state(
    history: History, data: st.DataObject
) -> None:
    arrived = data.draw(deliveries(history.facts))

    assert digest(after(history.order, *arrived)) == digest(after(history.order, *history.facts))


@given(histories, st.data())
def test_answers_that_say_nothing_change_nothing_wherever_they_come(
    history: History, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([K.UNKNOWN, K.NOT_FOUND, K.NOT_SENT]))
    place = data.draw(st.integers(0, len(history.facts)))
    facts = list(history.facts)
    facts.insert(place, a_fact(history.order, kind))

    told, silent = after(history.order, *facts), after(history.order, *history.facts)

    if silent.status not in (S.SENT, S.UNKNOWN):
        assert digest(told) == digest(silent)
    else:
        assert told.status in (S.SENT, S.UNKNOWN, S.ROUTED)


@given(histories, st.data())
def test_a_history_never_contradicts_itself(history: History, data: st.DataObject) -> None:
    order = history.order
    for fact in data.draw(deliveries(history.facts)):
        applied = apply_fact(order, fact, NOW, POLICY)
        # Declined after authorised is no history; but a webhook of it may overtake, once ended.
        assert applied.verdict in (V.APPLIED, V.STALE)
        order = applied.order


@given(st.permutations([K.NOT_FOUND, K.DECLINED, K.NOT_SENT]))
def test_a_soft_refusal_leads_to_a_next_attempt_whatever_else_was_answered(
    kinds: list[FactKind],
) -> None:
    order = an_order(S.SENT)
    facts = [a_fact(order, k, decline=SOFT) if k is K.DECLINED else a_fact(order, k) for k in kinds]

    ended = after(order, *facts)

    assert ended.status is S.ROUTED
    assert ended.attempts[-1].outcome == "declined_soft"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (K.REQUIRES_ACTION, S.REQUIRES_ACTION),
        (K.AUTHORIZED, S.AUTHORIZED),
        (K.CAPTURED, S.CAPTURED),
        (K.DECLINED, S.FAILED),
        (K.VOIDED, S.VOIDED),
        (K.EXPIRED, S.EXPIRED),
        (K.UNKNOWN, S.UNKNOWN),
        (K.NOT_SENT, S.ROUTED),
        (K.NOT_FOUND, S.ROUTED),
        (K.PENDING, S.SENT),
    ],
)
def test_where_a_sent_charge_goes(kind: FactKind, status: OrderStatus) -> None:
    order = an_order(S.SENT)

    applied = apply_fact(order, a_fact(order, kind), NOW, POLICY)

    assert (applied.verdict, applied.order.status) == (V.APPLIED, status)


def test_a_capture_keeps_the_psps_time_amount_and_reference() -> None:
    order = an_order(S.SENT)

    captured = after(order, a_fact(order, K.CAPTURED))

    assert captured.captured_at == NOW - SECOND
    assert captured.captured_minor == 7_000
    assert captured.psp_reference == "ch_1"
    assert captured.attempts[0].outcome == "captured"
    assert captured.due_at is None


def test_the_first_reference_learned_is_kept() -> None:
    order = an_order(S.REQUIRES_ACTION)

    ended = after(order, a_fact(order, K.CAPTURED, psp_reference="ch_2"))

    assert ended.psp_reference == "ch_1"


@pytest.mark.parametrize("drift", [{"amount_minor": 6_999}, {"currency": "USD"}])
@pytest.mark.parametrize("kind", [K.CAPTURED, K.AUTHORIZED, K.REQUIRES_ACTION])
def test_other_money_than_ours_is_a_conflict(kind: FactKind, drift: dict[str, Any]) -> None:
    order = an_order(S.UNKNOWN)

    conflicted = after(order, a_fact(order, kind, **drift))

    assert conflicted.status is S.CONFLICTED
    assert conflicted.captured_minor == 0
    assert conflicted.due_at is None


@pytest.mark.parametrize(
    ("captured", "status"),
    [(7_000, S.CAPTURED), (3_000, S.PARTIALLY_CAPTURED), (7_001, S.CONFLICTED)],
)
def test_a_capture_may_leave_unsaid_what_was_authorised(captured: int, status: OrderStatus) -> None:
    order = an_order(S.AUTHORIZED)

    fact = a_fact(order, K.CAPTURED, key=None, amount_minor=None, captured_minor=captured)

    assert after(order, fact).status is status


def test_an_authorisation_says_what_was_authorised() -> None:
    order = an_order(S.SENT, capture_mode=CaptureMode.MANUAL)

    fact = a_fact(order, K.AUTHORIZED, amount_minor=None)

    assert after(order, fact).status is S.CONFLICTED


def code(minor: int, currency: str = "EUR") -> Action:
    """What a PSP would have the buyer scan."""
    account = template("26", ("00", "psp.example"), ("01", "tok_c1"))
    payload = build(Presented((account,), currency, "NL", minor))
    return Action("qr_code", None, NOW + HOUR, payload)


def waiting(action: Action, **changes: Any) -> OrderStatus:
    """Where an order stands that is told to show this."""
    order = an_order(S.SENT, **changes)
    return after(order, a_fact(order, K.REQUIRES_ACTION, action=action)).status


@pytest.mark.parametrize("minor", [7_000, 12_000])
def test_a_code_for_the_order_or_for_its_whole_checkout_is_shown(minor: int) -> None:
    assert waiting(code(minor), checkout_minor=12_000) is S.REQUIRES_ACTION


@pytest.mark.parametrize(
    "action",
    [
        code(7_001),
        code(7_000, "USD"),
        Action("qr_code", None, NOW + HOUR, "upi://pay?pa=a@b&am=70.00&cu=INR"),
        Action("qr_code", None, NOW + HOUR, str(code(7_000).qr_payload)[:-1] + "!"),
    ],
    ids=["amount", "currency", "link", "checksum"],
)
def test_a_code_for_other_money_or_a_damaged_one_is_never_shown(action: Action) -> None:
    order = an_order(S.SENT, checkout_minor=12_000)

    conflicted = after(order, a_fact(order, K.REQUIRES_ACTION, action=action))

    assert (conflicted.status, conflicted.action) == (S.CONFLICTED, None)


def test_an_order_that_does_not_know_its_checkout_shows_a_code_for_any_amount() -> None:
    assert waiting(code(12_000)) is S.REQUIRES_ACTION
    assert waiting(code(12_000, "USD")) is S.CONFLICTED


def test_what_is_scanned_but_no_scheme_of_ours_is_shown() -> None:
    plain = Action("qr_code", None, NOW + HOUR, "https://psp.example/pay/1")

    assert waiting(plain, checkout_minor=12_000) is S.REQUIRES_ACTION


@pytest.mark.parametrize("captured", [0, 6_999, 7_001])
def test_an_automatic_capture_is_the_whole_amount(captured: int) -> None:
    order = an_order(S.SENT)

    assert after(order, a_fact(order, K.CAPTURED, captured_minor=captured)).status is S.CONFLICTED


@pytest.mark.parametrize("captured", [0, -1, 7_001])
@pytest.mark.parametrize("status", [S.SENT, S.AUTHORIZED, S.CAPTURE_PENDING])
def test_a_manual_capture_is_at_most_what_was_authorised_and_not_nothing(
    status: OrderStatus, captured: int
) -> None:
    order = an_order(status, capture_mode=CaptureMode.MANUAL)

    assert after(order, a_fact(order, K.CAPTURED, captured_minor=captured)).status is S.CONFLICTED


def test_an_automatic_charge_captured_in_part_is_a_conflict_also_while_a_void_is_under_way() -> (
    None
):
    order = an_order(S.VOID_PENDING, capture_mode=CaptureMode.AUTOMATIC)

    assert after(order, a_fact(order, K.CAPTURED, captured_minor=1)).status is S.CONFLICTED


def test_a_partial_capture_is_its_own_end() -> None:
    order = an_order(S.AUTHORIZED)

    captured = after(order, a_fact(order, K.CAPTURED, captured_minor=3_000))

    assert (captured.status, captured.captured_minor) == (S.PARTIALLY_CAPTURED, 3_000)


def test_soft_refusals_are_tried_again_under_new_keys_until_the_limit() -> None:
    order = an_order(S.SENT)
    for number in (1, 2):
        order = after(order, a_fact(order, K.DECLINED, decline=SOFT))
        assert (order.status, order.failure, order.psp_reference) == (S.ROUTED, SOFT, None)
        assert order.due_at is not None
        assert NOW < order.due_at <= NOW + POLICY.backoff_cap + 1
        attempts = (*order.attempts, an_attempt("o1", number + 1))
        order = replace(order, status=S.SENT, attempts=attempts)

    failed = after(order, a_fact(order, K.DECLINED, decline=SOFT))

    assert (failed.status, failed.failure, failed.due_at) == (S.FAILED, SOFT, None)


def test_a_refusal_without_a_reason_is_final() -> None:
    order = an_order(S.SENT)

    failed = after(order, a_fact(order, K.DECLINED, decline=None))

    assert failed.status is S.FAILED
    assert failed.failure is not None


@pytest.mark.parametrize("status", [S.AUTHORIZED, S.CAPTURE_PENDING])
def test_a_refusal_of_what_was_authorised_contradicts(status: OrderStatus) -> None:
    order = an_order(status)

    assert apply_fact(order, a_fact(order, K.DECLINED), NOW, POLICY).verdict is V.CONTRADICTION


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        (S.FAILED, K.CAPTURED, V.CONTRADICTION),
        (S.VOIDED, K.CAPTURED, V.CONTRADICTION),
        (S.CANCELLED, K.CAPTURED, V.CONTRADICTION),
        (S.CAPTURED, K.DECLINED, V.CONTRADICTION),
        (S.CAPTURED, K.VOIDED, V.CONTRADICTION),
        (S.CAPTURED, K.EXPIRED, V.CONTRADICTION),
        (S.PARTIALLY_CAPTURED, K.EXPIRED, V.STALE),
        (S.PARTIALLY_CAPTURED, K.VOIDED, V.CONTRADICTION),
        (S.CAPTURED, K.CAPTURED, V.STALE),
        (S.CAPTURED, K.AUTHORIZED, V.STALE),
        (S.CAPTURED, K.UNKNOWN, V.STALE),
        (S.VOIDED, K.AUTHORIZED, V.STALE),
        (S.FAILED, K.DECLINED, V.STALE),
        (S.CONFLICTED, K.CAPTURED, V.STALE),
    ],
)
def test_after_the_end_only_a_denial_of_it_matters(
    status: OrderStatus, kind: FactKind, verdict: Verdict
) -> None:
    order = an_order(status)

    assert apply_fact(order, a_fact(order, kind), NOW, POLICY).verdict is verdict


def test_another_captured_amount_after_the_end_contradicts() -> None:
    order = an_order(S.PARTIALLY_CAPTURED)

    applied = apply_fact(order, a_fact(order, K.CAPTURED, captured_minor=7_000), NOW, POLICY)

    assert applied.verdict is V.CONTRADICTION


@pytest.mark.parametrize("kind", sorted(FactKind))
@pytest.mark.parametrize("status", [S.CREATED, S.ROUTED, S.SENT, S.AUTHORIZED])
def test_money_on_a_closed_attempt_contradicts_and_all_else_is_stale(
    status: OrderStatus, kind: FactKind
) -> None:
    order = an_order(status)

    applied = apply_fact(order, a_fact(order, kind, key="o1:charge:0"), NOW, POLICY)

    money = kind in (K.AUTHORIZED, K.CAPTURED)
    assert applied.verdict is (V.CONTRADICTION if money else V.STALE)


def test_a_fact_without_a_key_is_matched_by_the_psps_reference() -> None:
    order = an_order(S.REQUIRES_ACTION)

    same = apply_fact(order, a_fact(order, K.CAPTURED, key=None), NOW, POLICY)
    other = apply_fact(order, a_fact(order, K.CAPTURED, key=None, psp_reference="x"), NOW, POLICY)

    assert (same.verdict, other.verdict) == (V.APPLIED, V.CONTRADICTION)


def test_within_the_key_window_a_charge_the_psp_does_not_know_is_sent_again() -> None:
    order = an_order(S.UNKNOWN)

    inside = apply_fact(order, a_fact(order, K.NOT_FOUND), NOW + POLICY.key_window, POLICY).order
    outside = apply_fact(
        order, a_fact(order, K.NOT_FOUND), NOW + POLICY.key_window + 1, POLICY
    ).order

    assert (inside.status, outside.status) == (S.ROUTED, S.UNKNOWN)
    assert inside.attempts[-1].outcome is None, "the same attempt, under its own key"


def test_questions_follow_the_ladder() -> None:
    order = an_order(S.UNKNOWN)
    for asked, wait in enumerate(POLICY.ladder):
        order = answer_question(order, a_fact(order, K.UNKNOWN), NOW, POLICY).order
        assert order.due_at == NOW + wait
        assert order.asked == asked + 1


def test_a_pending_operation_is_not_thrown_back_by_a_late_authorisation() -> None:
    order = an_order(S.CAPTURE_PENDING)

    assert apply_fact(order, a_fact(order, K.AUTHORIZED), NOW, POLICY).verdict is V.STALE


@pytest.mark.parametrize("status", [S.CAPTURE_PENDING, S.VOID_PENDING])
def test_an_operation_the_psp_never_got_is_wanted_again_under_its_key(status: OrderStatus) -> None:
    order = an_order(status)
    assert order.operation is not None
    key = order.operation.key
    order = replace(order, operation=replace(order.operation, sent_at=NOW))

    asked = answer_question(order, a_fact(order, K.AUTHORIZED), NOW, POLICY).order
    unsent = apply_fact(order, a_fact(order, K.NOT_SENT), NOW, POLICY).order

    for again in (asked, unsent):
        assert again.operation is not None
        assert again.operation.sent_at is None
        assert again.operation.key == key
        assert again.status is status


def test_an_operation_without_answer_is_asked_about_and_not_repeated() -> None:
    order = an_order(S.CAPTURE_PENDING)
    assert order.operation is not None
    order = replace(order, operation=replace(order.operation, sent_at=NOW))

    waiting = apply_fact(order, a_fact(order, K.UNKNOWN), NOW, POLICY).order

    assert waiting.operation == order.operation
    assert waiting.due_at == NOW + POLICY.ladder[0]


@pytest.mark.parametrize("kind", [K.CAPTURED, K.VOIDED, K.EXPIRED, K.DECLINED])
def test_a_void_may_lose_to_whatever_came_first(kind: FactKind) -> None:
    order = an_order(S.VOID_PENDING)

    ended = after(order, a_fact(order, kind))

    assert ended.status in FINAL_STATUSES
    assert (ended.status in CAPTURED_STATUSES) == (kind is K.CAPTURED)


@pytest.mark.parametrize("kind", [K.UNKNOWN, K.NOT_FOUND, K.PENDING])
@pytest.mark.parametrize("status", [S.SENT, S.UNKNOWN])
def test_what_is_not_provably_unsent_is_in_doubt_for_good(
    status: OrderStatus, kind: FactKind
) -> None:
    order = after(an_order(status), a_fact(an_order(status), kind))
    assert order.attempts[-1].doubtful

    again = after(order, a_fact(order, K.NOT_SENT))

    assert again.attempts[-1].doubtful, "a later sending that fails proves nothing of the first"


def test_what_never_left_is_not_in_doubt() -> None:
    order = an_order(S.SENT)

    assert not after(order, a_fact(order, K.NOT_SENT)).attempts[-1].doubtful


@pytest.mark.parametrize("kind", [K.NOT_SENT, K.NOT_FOUND, K.UNKNOWN, K.PENDING, K.OTHER])
def test_what_has_to_be_asked_about_is_in_doubt_whatever_the_answer(kind: FactKind) -> None:
    order = an_order(S.SENT)

    asked = answer_question(order, a_fact(order, kind), NOW, POLICY).order

    assert asked.attempts[-1].doubtful


def test_a_webhook_that_knows_an_unsent_attempt_puts_it_in_doubt() -> None:
    order = after(an_order(S.SENT), a_fact(an_order(S.SENT), K.NOT_SENT))

    assert after(order, a_fact(order, K.PENDING)).attempts[-1].doubtful


@pytest.mark.parametrize("key", [None, "o1:charge:1"])
@pytest.mark.parametrize("kind", sorted(FactKind))
def test_another_psp_than_the_attempts_only_ever_contradicts(
    kind: FactKind, key: str | None
) -> None:
    order = an_order(S.SENT)
    fact = a_fact(order, kind, key=key)

    ours = apply_fact(order, fact, NOW, POLICY, "sandbox")
    theirs = apply_fact(order, fact, NOW, POLICY, "stripe")

    money = kind in (K.AUTHORIZED, K.CAPTURED)
    assert theirs.verdict is (V.CONTRADICTION if money else V.STALE)
    assert theirs.order is order
    assert ours == apply_fact(order, fact, NOW, POLICY)
