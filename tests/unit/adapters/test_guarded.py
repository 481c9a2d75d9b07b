import pytest

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import CountinghouseError, Invalid, Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import Doubt, FactKind, PspFact
from countinghouse_aws.psp.guarded import GuardedGateway, GuardedSessions
from tests.builders import a_fact, an_info, an_order
from tests.fakes.gateway import FakeGateway
from tests.fakes.psp_health import FakeHealth

K = FactKind
CALLS = ["charge", "capture", "void", "find"]
ORDER = an_order(OrderStatus.CAPTURE_PENDING, payment_info=an_info(psp="stripe"))


def asked(call: str, health: FakeHealth, psp: FakeGateway) -> PspFact:
    fact = getattr(GuardedGateway(psp, health), call)(ORDER)
    assert isinstance(fact, PspFact)
    return fact


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", sorted(K))
def test_an_answer_is_an_answer_and_silence_a_failure(call: str, kind: K) -> None:
    health = FakeHealth()

    fact = asked(call, health, FakeGateway().will(call, kind))

    assert fact.kind is kind
    failed = kind in (K.UNKNOWN, K.NOT_SENT)
    assert health.heard == [("stripe", str(kind) if failed else "answered")]


@pytest.mark.parametrize(
    ("call", "kind"),
    [*((call, K.NOT_SENT) for call in CALLS[:3]), ("find", K.UNKNOWN)],
)
def test_behind_an_open_breaker_nothing_is_sent_and_questions_stay_open(call: str, kind: K) -> None:
    health, psp = FakeHealth({"stripe": BreakerState.OPEN}), FakeGateway()

    assert asked(call, health, psp) == PspFact(kind, key=ORDER.attempts[-1].key)
    assert psp.calls == []
    assert health.heard == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("doubt", "heard"),
    [
        (Doubt.SILENCE, [("stripe", "unknown")]),
        (Doubt.ANSWER, [("stripe", "answered")]),
        (Doubt.UNASKED, []),
    ],
)
def test_what_a_psp_did_say_is_no_failure_of_it(
    call: str, doubt: Doubt, heard: list[tuple[str, str]]
) -> None:
    health = FakeHealth()
    psp = FakeGateway().will(call, lambda order: a_fact(order, K.UNKNOWN, doubt=doubt))

    assert asked(call, health, psp).doubt is doubt
    assert health.heard == heard


def test_the_breaker_is_the_one_of_the_orders_psp() -> None:
    health = FakeHealth({"sandbox": BreakerState.OPEN})

    assert asked("find", health, FakeGateway().will("find", K.CAPTURED)).kind is K.CAPTURED


@pytest.mark.parametrize(
    ("error", "heard"),
    [(None, "answered"), (Invalid("no"), "answered"), (Unavailable("silence"), "unavailable")],
)
def test_a_session_tells_how_its_psp_does(error: CountinghouseError | None, heard: str) -> None:
    health, psp = FakeHealth(), FakeGateway(session_error=error)
    sessions = GuardedSessions("stripe", lambda: psp, health)

    if error is None:
        assert sessions.open_session("c1", 7_000, "EUR", None).psp_token == "tok_c1"
    else:
        with pytest.raises(type(error)):
            sessions.open_session("c1", 7_000, "EUR", None)

    assert health.heard == [("stripe", heard)]


def test_a_key_that_cannot_be_had_is_a_failure_of_the_session() -> None:
    def locked() -> FakeGateway:
        raise Unavailable("Secrets Manager did not answer")

    health = FakeHealth()
    with pytest.raises(Unavailable):
        GuardedSessions("stripe", locked, health).open_session("c1", 7_000, "EUR", None)

    assert health.heard == [("stripe", "unavailable")]


def test_no_session_is_asked_for_behind_an_open_breaker() -> None:
    psp = FakeGateway()
    sessions = GuardedSessions("stripe", lambda: psp, FakeHealth({"stripe": BreakerState.OPEN}))

    with pytest.raises(Unavailable):
        sessions.open_session("c1", 7_000, "EUR", None)
    assert psp.calls == []
