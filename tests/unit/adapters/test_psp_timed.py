import contextlib
from collections.abc import Iterator

import pytest

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import Doubt, FactKind, PayoutFact, RefundFact, SettlementKind
from countinghouse_aws.observability import metrics
from countinghouse_aws.psp.guarded import GuardedSessions
from countinghouse_aws.psp.routed import RoutedGateway, RoutedPayouts, RoutedRefunds
from countinghouse_aws.psp.timed import timed
from tests.builders import a_fact, an_info, an_order, refunding
from tests.fakes.gateway import FakeGateway, FakeRefundGateway
from tests.fakes.psp_health import FakeHealth
from tests.payouts import a_payout

ORDER = an_order(OrderStatus.CAPTURE_PENDING, payment_info=an_info(psp="stripe"))


def _forget() -> None:
    metrics().counts.clear()
    metrics().values.clear()


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    _forget()
    yield
    _forget()


def shown() -> dict[str, int]:
    """How many samples each metric has."""
    values = {name: len(many) for (name, _), many in metrics().values.items()}
    return {**metrics().counts, **values}


class Desk:
    """A PSP that takes any payout."""

    def pay_out(self, payout: Payout) -> PayoutFact:
        return PayoutFact(SettlementKind.PENDING, payout.payout_id)

    find_payout = pay_out


def raising(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("call", ["charge", "capture", "void", "find"])
def test_every_call_about_a_charge_is_timed_by_its_psp(call: str) -> None:
    getattr(
        RoutedGateway({"stripe": FakeGateway().will(call, FactKind.PENDING)}.__getitem__), call
    )(ORDER)

    assert shown() == {"PspMs_stripe": 1}
    assert ("PspMs_stripe", "Milliseconds") in metrics().values


@pytest.mark.parametrize("call", ["refund", "find_refund"])
def test_refunds_are_timed(call: str) -> None:
    order = refunding(an_order(OrderStatus.CAPTURED))
    psp = order.payment_info.psp
    routed = RoutedRefunds(
        {psp: FakeRefundGateway().will(call, SettlementKind.PENDING)}.__getitem__
    )

    getattr(routed, call)(order, order.refunds[0])

    assert shown() == {f"PspMs_{psp}": 1}


@pytest.mark.parametrize("call", ["pay_out", "find_payout"])
def test_payouts_are_timed(call: str) -> None:
    payout = a_payout()

    getattr(RoutedPayouts({payout.psp: Desk()}.__getitem__), call)(payout)

    assert shown() == {f"PspMs_{payout.psp}": 1}


def test_a_session_is_timed_and_behind_an_open_breaker_there_is_no_call() -> None:
    for state in (BreakerState.OPEN, BreakerState.CLOSED):
        sessions = GuardedSessions("stripe", FakeGateway, FakeHealth({"stripe": state}))
        with contextlib.suppress(Unavailable):
            sessions.open_session("c1", 1_000, "EUR", None)

    assert shown() == {"PspMs_stripe": 1}


@pytest.mark.parametrize(
    ("doubt", "counted"), [(Doubt.SILENCE, True), (Doubt.ANSWER, False), (Doubt.UNASKED, False)]
)
def test_only_silence_counts_as_unanswered(doubt: Doubt, counted: bool) -> None:
    timed("adyen", lambda: a_fact(ORDER, FactKind.UNKNOWN, doubt=doubt))

    assert ("PspUnanswered_adyen" in shown()) is counted


@pytest.mark.parametrize("kind", sorted(SettlementKind))
def test_refunds_and_payouts_count_alike(kind: SettlementKind) -> None:
    timed("adyen", lambda: RefundFact(kind, "k"))
    timed("adyen", lambda: PayoutFact(kind, "k"))

    silent = kind in (SettlementKind.UNKNOWN, SettlementKind.NOT_SENT)
    assert shown() == {"PspMs_adyen": 2, **({"PspUnanswered_adyen": 2} if silent else {})}


def test_what_raises_is_timed_too_and_a_refusal_is_an_answer() -> None:
    with pytest.raises(Unavailable):
        timed("stripe", lambda: raising(Unavailable("away")))
    with pytest.raises(Invalid):
        timed("stripe", lambda: raising(Invalid("no")))

    assert shown() == {"PspUnanswered_stripe": 1, "PspMs_stripe": 2}
