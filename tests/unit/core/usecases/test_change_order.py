import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, Invalid, NotFound
from countinghouse.domain.order import CaptureMode, OperationKind, OrderStatus
from countinghouse.usecases.change_order import cancel_order, request_capture
from tests.builders import NOW, an_attempt, an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock

S = OrderStatus
CLOCK = FakeClock()


@pytest.mark.parametrize(("asked", "amount"), [(None, 7_000), (3_000, 3_000), (7_000, 7_000)])
def test_a_capture_is_wanted_for_all_or_a_part(asked: int | None, amount: int) -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))

    order = request_capture("o1", asked, book, CLOCK)

    assert order.operation is not None
    assert (order.status, order.due_at) == (S.CAPTURE_PENDING, NOW)
    assert (order.operation.kind, order.operation.amount_minor) == (OperationKind.CAPTURE, amount)
    assert book["o1"] is order


def test_the_same_capture_again_changes_nothing() -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))
    first = request_capture("o1", 3_000, book, CLOCK)

    assert request_capture("o1", 3_000, book, CLOCK) is first
    assert len(book.log) == 1


def test_another_amount_after_that_is_refused() -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))
    request_capture("o1", 3_000, book, CLOCK)

    with pytest.raises(IllegalTransition):
        request_capture("o1", 4_000, book, CLOCK)


@pytest.mark.parametrize("amount", [0, 7_001])
def test_a_capture_out_of_bounds_is_refused(amount: int) -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))

    with pytest.raises(Invalid):
        request_capture("o1", amount, book, CLOCK)

    assert book.log == []


def test_what_is_captured_by_itself_is_not_captured_by_hand() -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED, capture_mode=CaptureMode.AUTOMATIC))

    with pytest.raises(IllegalTransition):
        request_capture("o1", None, book, CLOCK)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {S.AUTHORIZED, S.CAPTURE_PENDING}))
def test_only_an_authorisation_is_captured(status: OrderStatus) -> None:
    book = FakeOrderBook().put(an_order(status, capture_mode=CaptureMode.MANUAL))

    with pytest.raises(IllegalTransition):
        request_capture("o1", None, book, CLOCK)


@pytest.mark.parametrize("status", [S.AUTHORIZED, S.REQUIRES_ACTION])
def test_cancelling_what_a_psp_holds_wants_a_void(status: OrderStatus) -> None:
    book = FakeOrderBook().put(an_order(status))

    order = cancel_order("o1", book, CLOCK)

    assert order.operation is not None
    assert (order.status, order.operation.kind) == (S.VOID_PENDING, OperationKind.VOID)
    assert cancel_order("o1", book, CLOCK) is order


@pytest.mark.parametrize("status", [S.CREATED, S.ROUTED])
def test_cancelling_what_no_psp_holds_is_the_end(status: OrderStatus) -> None:
    book = FakeOrderBook().put(an_order(status))

    assert cancel_order("o1", book, CLOCK).status is S.CANCELLED


@pytest.mark.parametrize("status", [S.VOID_PENDING, S.VOIDED, S.CANCELLED])
def test_cancelling_again_changes_nothing(status: OrderStatus) -> None:
    book = FakeOrderBook().put(an_order(status))

    assert cancel_order("o1", book, CLOCK) is book["o1"]
    assert book.log == []


@pytest.mark.parametrize(
    "status",
    [S.SENT, S.UNKNOWN, S.CAPTURE_PENDING, S.CAPTURED, S.PARTIALLY_CAPTURED, S.FAILED, S.EXPIRED],
)
def test_what_may_have_taken_money_is_not_cancelled(status: OrderStatus) -> None:
    book = FakeOrderBook().put(an_order(status))

    with pytest.raises(IllegalTransition):
        cancel_order("o1", book, CLOCK)


def test_an_attempt_that_may_still_arrive_is_not_dropped() -> None:
    book = FakeOrderBook().put(an_order(S.ROUTED, attempts=(an_attempt(doubtful=True),)))

    with pytest.raises(IllegalTransition):
        cancel_order("o1", book, CLOCK)


def test_an_attempt_that_waits_for_its_psp_to_be_back_is_dropped() -> None:
    book = FakeOrderBook().put(an_order(S.ROUTED, attempts=(an_attempt(),)))

    assert cancel_order("o1", book, CLOCK).status is S.CANCELLED


def test_an_order_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        cancel_order("o1", FakeOrderBook(), CLOCK)
    with pytest.raises(NotFound):
        request_capture("o1", None, FakeOrderBook(), CLOCK)


def test_a_capture_that_came_first_wins() -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))
    book.interfere.append(lambda: book.put(an_order(S.CAPTURED, version=3)))

    with pytest.raises(IllegalTransition):
        cancel_order("o1", book, CLOCK)

    assert book["o1"].status is S.CAPTURED


def test_an_order_that_keeps_changing_is_given_up() -> None:
    book = FakeOrderBook().put(an_order(S.AUTHORIZED))
    book.interfere += [
        lambda v=version: book.put(an_order(S.AUTHORIZED, version=v))  # type: ignore[misc]
        for version in range(10, 60)
    ]

    with pytest.raises(Conflict):
        cancel_order("o1", book, CLOCK)
