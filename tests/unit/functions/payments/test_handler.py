import io
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import Decision, PaymentStatus
from countinghouse.domain.psp import FactKind
from countinghouse.domain.psp_routes import Routing
from countinghouse.domain.sca import ScaExemption, ScaRules
from countinghouse.domain.submission import Terms
from countinghouse.usecases.open_session import Registration
from countinghouse.usecases.post_orders import post_orders
from functions.payments import handler
from functions.payments.wiring import Deps, TrailBooks
from tests.builders import (
    NOW,
    POLICY,
    REDIRECT,
    TERMS,
    a_payment,
    a_state,
    an_event,
    an_open_checkout,
    an_order,
)
from tests.converted import a_quote
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook
from tests.fakes.gateway import FakeGateway
from tests.fakes.lambdas import GRANTS, Edge, Response
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutBook
from tests.fakes.screening import FakeScreening
from tests.psp_worlds import a_routing

PAY = "/v1/payments/event"
SESSIONS = "/v1/payments/sessions"
PAYMENT = "/v1/payments/{checkout_id}"
TRAIL = "/v1/payments/{checkout_id}/trail"
CANCEL = "/v1/payments/{checkout_id}/cancel"
C1 = {"checkout_id": "c1"}
SESSION = {"checkout_id": "c1", "amount": 7_000, "currency": "EUR", "method": "credit_card"}
BODY: dict[str, Any] = {
    "checkout_id": "c1",
    "user_info": {"user_id": "u1", "country": "DE", "email": "u1@example.org"},
    "payment_details": {"method": "credit_card", "psp_token": "tok_c1"},
    "currency": "EUR",
    "orders": [
        {"order_id": "o1", "seller_id": "s1", "amount": 4_000},
        {"order_id": "o2", "seller_id": "s2", "amount": 3_000, "currency": "EUR"},
    ],
}
CARD = "4242424242424242"


@dataclass
class Desk:
    """The function over fakes."""

    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    psp: FakeGateway = field(default_factory=FakeGateway)
    routing: Routing = field(default_factory=lambda: a_routing(failover=False))
    pauses: list[float] = field(default_factory=list)
    terms: Terms = TERMS
    screening: FakeScreening = field(default_factory=FakeScreening)
    quotes: FakeQuoteBook = field(default_factory=FakeQuoteBook)
    events: FakePspEventBook = field(init=False)
    edge: Edge = field(default_factory=lambda: Edge(handler))

    def __post_init__(self) -> None:
        self.events = FakePspEventBook(self.orders)

    def deps(self) -> Deps:
        return Deps(
            payments=self.payments,
            clock=self.clock,
            policy=POLICY,
            terms=self.terms,
            screening=self.screening,
            quotes=lambda: self.quotes,
            grants=GRANTS,
            registration=lambda: Registration(
                self.payments, lambda _: self.psp, self.routing, self.clock
            ),
            orders=lambda: self.orders,
            trail_books=lambda: TrailBooks(self.orders, self.events, self.ledger, FakePayoutBook()),
            pause=self.pause,
        )

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(250)

    def pay(self, body: object = None, **more: Any) -> Response:
        return self.edge.post(PAY, BODY if body is None else body, **more)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def changed(path: str, value: object) -> dict[str, Any]:
    """BODY with one field set, by its dotted path; ... removes it."""
    body = deepcopy(BODY)
    *steps, last = path.split(".")
    part: Any = body
    for step in steps:
        part = part[int(step) if step.isdigit() else step]
    if value is ...:
        del part[last]
    else:
        part[int(last) if last.isdigit() else last] = value
    return body


def orders(count: int) -> list[dict[str, Any]]:
    return [{"order_id": f"o{n}", "seller_id": "s1", "amount": 100} for n in range(count)]


# --- sessions ----------------------------------------------------------------------------------


def test_a_checkout_is_registered(desk: Desk) -> None:
    answer = desk.edge.post(SESSIONS, SESSION)

    assert answer.status == 201
    assert answer.body == {
        "checkout_id": "c1",
        "psp": "sandbox",
        "psp_token": "tok_c1",
        "client_secret": "cs_1",
        "hosted_url": "https://psp.example/pay/1",
        "expires_at": "2026-11-18T12:06:40.000Z",
    }
    assert "c1" in desk.payments


def test_a_checkout_registered_again_gets_the_same_token(desk: Desk) -> None:
    first = desk.edge.post(SESSIONS, SESSION)

    again = desk.edge.post(SESSIONS, SESSION)

    assert (again.status, again.body, again.is_replay) == (200, first.body, True)
    assert len(desk.psp.calls) == 1


def test_a_checkout_is_registered_where_its_orders_may_move_to(desk: Desk) -> None:
    desk.routing = a_routing()

    answer = desk.edge.post(SESSIONS, {**SESSION, "country": "DE"})

    assert answer.status == 201
    session = {
        name: answer.body[name] for name in answer.body.keys() - {"checkout_id", "alternatives"}
    }
    assert answer.body["alternatives"] == [session] * 2, "this fake is every PSP"
    assert len(desk.psp.calls) == 3


def test_what_no_psp_takes_is_refused_by_method_currency_and_country(desk: Desk) -> None:
    answer = desk.edge.post(SESSIONS, {**SESSION, "currency": "JPY", "country": "FR"})

    assert (answer.status, answer.code) == (422, "no_psp_for_payment")
    for named in ("credit_card", "JPY", "FR"):
        assert named in answer.body["detail"]
    assert desk.psp.calls == []


def test_a_checkout_registered_with_another_amount_is_refused(desk: Desk) -> None:
    desk.edge.post(SESSIONS, SESSION)

    again = desk.edge.post(SESSIONS, {**SESSION, "amount": 7_001})

    assert (again.status, again.code) == (422, "idempotency_key_reused")


def test_a_psp_that_does_not_answer_is_503(desk: Desk) -> None:
    desk.psp.session_error = Unavailable("the PSP did not answer")

    answer = desk.edge.post(SESSIONS, SESSION)

    assert (answer.status, answer.code) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert desk.payments.rows == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 10**12},
        {"amount": "7000"},
        {"amount": True},
        {"amount": None},
        {"currency": "eur"},
        {"currency": "XXX"},
        {"currency": 978},
        {"method": "cash"},
        {"checkout_id": ""},
        {"checkout_id": "a" * 65},
        {"checkout_id": "c 1"},
        {"checkout_id": "order~o1"},
        {"return_url": "javascript:alert(1)"},
        {"surprise": 1},
    ],
)
def test_a_bad_registration_never_reaches_the_psp(desk: Desk, changes: dict[str, object]) -> None:
    answer = desk.edge.post(SESSIONS, {**SESSION, **changes})

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.fields == list(changes)
    assert desk.psp.calls == []


# --- pay ---------------------------------------------------------------------------------------


def test_a_category_decides_the_fee_and_is_part_of_the_body(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed("orders.0.category", "books"))

    assert answer.status == 202
    rules = [line.fee.rule_id for line in desk.payments["c1"].lines]
    assert rules == ["books-v1", "default-v1"]
    assert desk.pay(changed("orders.0.category", "books")).is_replay
    for other in (BODY, changed("orders.0.category", "toys")):
        assert desk.pay(other).code == "idempotency_key_reused"


@pytest.mark.parametrize("category", ["", "old books", 7, "a" * 65])
def test_a_category_is_an_id(desk: Desk, category: object) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed("orders.0.category", category))

    assert (answer.status, answer.fields) == (422, ["orders.0.category"])
    assert desk.payments.log == []


def test_a_payment_is_taken_in(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay()

    assert answer.status == 202
    assert not answer.is_replay
    assert answer.body["status"] == "processing"
    assert answer.body["amount"] == 7_000
    assert [order["status"] for order in answer.body["orders"]] == ["created", "created"]
    stored = desk.payments["c1"]
    assert [(line.order_id, line.amount_minor) for line in stored.lines] == [
        ("o1", 4_000),
        ("o2", 3_000),
    ]
    assert desk.payments.log == ["payment submitted"]
    assert desk.psp.calls == []


def test_the_same_body_again_is_the_payment_as_it_stands(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())
    desk.pay()
    desk.payments.put(replace(desk.payments["c1"], status=PaymentStatus.SUCCEEDED, version=7))

    again = desk.pay()

    assert (again.status, again.is_replay) == (202, True)
    assert (again.body["status"], again.body["version"]) == ("succeeded", 7)


def test_the_same_body_in_another_order_of_fields_is_the_same_body(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())
    desk.pay()

    again = desk.pay(dict(reversed(BODY.items())))

    assert again.is_replay


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("user_info.user_id", "u2"),
        ("orders.0.seller_id", "s9"),
        ("on_partial_failure", "cancel_all"),
        ("capture", "manual"),
        ("payment_details.method", "wallet"),
    ],
)
def test_a_checkout_submitted_with_another_body_is_refused(
    desk: Desk, path: str, value: object
) -> None:
    desk.payments.put(an_open_checkout())
    desk.pay()
    kept = desk.payments["c1"]

    again = desk.pay(changed(path, value))

    assert (again.status, again.code) == (422, "idempotency_key_reused")
    assert desk.payments["c1"] is kept


BAD_FIELDS = [
    ("payment_details.method", "cash", "payment_details.method"),
    ("payment_details.method", None, "payment_details.method"),
    ("payment_details.psp_token", "", "payment_details.psp_token"),
    ("payment_details.psp_token", "a" * 129, "payment_details.psp_token"),
    ("payment_details.card", {"number": "1"}, "payment_details.card"),
    ("payment_details.return_url", "ftp://x", "payment_details.return_url"),
    ("currency", "XXX", "currency"),
    ("currency", "eur", "currency"),
    ("currency", ..., "currency"),
    ("currency", ["EUR"], "currency"),
    ("orders.0.amount", 0, "orders.0.amount"),
    ("orders.0.amount", -4_000, "orders.0.amount"),
    ("orders.0.amount", "4000", "orders.0.amount"),
    ("orders.0.amount", True, "orders.0.amount"),
    ("orders.0.amount", None, "orders.0.amount"),
    ("orders.0.amount", 10**12, "orders.0.amount"),
    ("orders.0.amount", 10**30, "orders.0.amount"),
    ("orders.0.amount", ..., "orders.0.amount"),
    ("orders.0.currency", "USD", "orders.0.currency"),
    ("orders.0.order_id", "o 1", "orders.0.order_id"),
    ("orders.0.order_id", "o1\n", "orders.0.order_id"),
    ("orders.0.order_id", "ö1", "orders.0.order_id"),
    ("orders.0.order_id", 1, "orders.0.order_id"),
    ("orders.0.seller_id", ..., "orders.0.seller_id"),
    ("orders.0.surprise", 1, "orders.0.surprise"),
    ("orders", [], "orders"),
    ("orders", orders(51), "orders"),
    ("orders", {}, "orders"),
    ("orders.1.order_id", "o1", "orders"),
    ("user_info.country", "Germany", "user_info.country"),
    ("user_info.email", "nobody", "user_info.email"),
    ("user_info", ..., "user_info"),
    ("checkout_id", "c/1", "checkout_id"),
    ("checkout_id", "order~o1", "checkout_id"),
    ("on_partial_failure", "maybe", "on_partial_failure"),
    ("capture", "later", "capture"),
    ("Currency", "EUR", "Currency"),
]


@pytest.mark.parametrize(("path", "value", "field_"), BAD_FIELDS)
def test_a_bad_field_is_named_and_nothing_is_stored(
    desk: Desk, path: str, value: object, field_: str
) -> None:
    desk.payments.put(an_open_checkout())
    before = dict(desk.payments.rows)

    answer = desk.pay(changed(path, value))

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert field_ in answer.fields
    assert desk.payments.rows == before


@pytest.mark.parametrize("amount", [6_999, 7_001, 1])
def test_a_total_that_is_not_the_orders_sum_is_refused(desk: Desk, amount: int) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay({**BODY, "amount": amount})

    assert (answer.status, answer.code, answer.fields) == (422, "amount_mismatch", ["amount"])
    assert desk.payments.log == []


def test_a_total_that_is_the_orders_sum_is_taken(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())

    assert desk.pay({**BODY, "amount": 7_000}).status == 202


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("orders.0.amount", 3_999, "amount_mismatch"),
        ("payment_details.psp_token", "tok_other", "session_mismatch"),
        ("checkout_id", "c9", "session_not_found"),
    ],
)
def test_a_payment_must_fit_its_session(desk: Desk, path: str, value: object, code: str) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed(path, value))

    assert (answer.status, answer.code) == (422, code)
    assert desk.payments.log == []


@pytest.mark.parametrize("count", [1, 50])
def test_one_to_fifty_orders_are_taken(desk: Desk, count: int) -> None:
    desk.payments.put(an_open_checkout(amount_minor=100 * count))

    answer = desk.pay({**BODY, "orders": orders(count)})

    assert answer.status == 202
    assert len(desk.payments["c1"].lines) == count


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("payment_details.psp_token", CARD),
        ("payment_details.wallet_provider", "4242 4242 4242 4242"),
        ("user_info.user_id", "4000-0566-5566-5556"),
        ("orders.1.order_id", CARD),
        ("orders.0.amount", int(CARD)),
        ("note", {"deep": [[f"my card is {CARD}, thanks"]]}),
        (CARD, 1),
        ("checkout_id", "".join(chr(0xFF10 + int(digit)) for digit in CARD)),
    ],
)
def test_a_card_number_is_refused_stored_nowhere_and_echoed_nowhere(
    desk: Desk,
    path: str,
    value: object,
    logs: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed(path, value))

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert desk.payments.log == []
    said = answer.text + logs.getvalue() + capsys.readouterr().out
    assert "4242" not in said
    assert "5566" not in said


@pytest.mark.parametrize(
    ("route", "path", "query"),
    [
        (f"GET {PAYMENT}", {"checkout_id": CARD}, None),
        (f"GET {TRAIL}", {"checkout_id": CARD}, None),
        (f"POST {CANCEL}", {"checkout_id": CARD}, None),
    ],
)
def test_a_card_number_in_the_path_is_neither_echoed_nor_logged(
    desk: Desk,
    route: str,
    path: dict[str, str],
    query: Mapping[str, str] | None,
    logs: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = desk.edge.call(route, path=path, query=query)

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert CARD not in answer.text + logs.getvalue() + capsys.readouterr().out


RAW = json.dumps(BODY)
HIDDEN_DEPTH = '{"a": "' + "]" * 900 + '", "b": ' + "[" * 900 + "]" * 900 + "}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "malformed_request"),
        ("{", 400, "malformed_request"),
        ("[]", 400, "malformed_request"),
        ("null", 400, "malformed_request"),
        ('"text"', 400, "malformed_request"),
        (b"\xff\xfe{}", 400, "malformed_request"),
        (RAW + "}", 400, "malformed_request"),
        ('{"a": 1, "a": 2}', 400, "malformed_request"),
        ('{"a": ' + "[" * 17 + "]" * 17 + "}", 400, "malformed_request"),
        ('{"a": ' + "[" * 50_000 + "]" * 50_000 + "}", 400, "malformed_request"),
        (
            '{"a": "' + "]" * 50_000 + '", "b": ' + "[" * 900 + "]" * 900 + "}",
            400,
            "malformed_request",
        ),
        (RAW.replace("4000", "4000.5"), 422, "validation_failed"),
        (RAW.replace("4000", "4000.0"), 422, "validation_failed"),
        (RAW.replace("4000", "4e3"), 422, "validation_failed"),
        (RAW.replace("4000", "NaN"), 422, "validation_failed"),
        (RAW.replace("4000", "Infinity"), 422, "validation_failed"),
        (RAW.replace("4000", "9" * 5_000), 400, "malformed_request"),
        (json.dumps({**BODY, "x": "y" * 300_000}), 413, "body_too_large"),
        (b"\x1f\x8b" + b"0" * 300_000, 413, "body_too_large"),
    ],
    ids=range(19),
)
def test_what_is_not_a_bounded_json_object_is_refused(
    desk: Desk, body: str | bytes, status: int, code: str
) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(body)

    assert (answer.status, answer.code) == (status, code)
    assert desk.payments.log == []


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "", "application/jsonx", "multipart/form-data"]
)
def test_another_media_type_is_refused(desk: Desk, media_type: str) -> None:
    answer = desk.pay(headers={"Content-Type": media_type})

    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_spelt_its_usual_ways(desk: Desk, media_type: str) -> None:
    desk.payments.put(an_open_checkout())

    assert desk.pay(headers={"Content-Type": media_type}).status == 202


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    field_=st.sampled_from(["orders", "orders.0", "user_info", "payment_details", "currency", "x"]),
    value=values,
)
def test_whatever_comes_is_answered_and_never_a_bug(desk: Desk, field_: str, value: object) -> None:
    answer = desk.pay(changed(field_, value))

    assert answer.status in (202, 400, 422)
    assert desk.payments.log == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_bytes_come_are_answered_and_never_a_bug(desk: Desk, body: str | bytes) -> None:
    assert desk.pay(body).status == 400


# --- waiting -----------------------------------------------------------------------------------


def ends_with(desk: Desk, status: PaymentStatus, after_pauses: int) -> None:
    """Another worker ends the payment while the caller waits."""
    pause = desk.pause

    def pause_and_work(seconds: float) -> None:
        pause(seconds)
        if len(desk.pauses) == after_pauses:
            desk.payments.put(replace(desk.payments["c1"], status=status, version=5))

    desk.pause = pause_and_work  # type: ignore[method-assign]


@pytest.mark.parametrize("status", [PaymentStatus.SUCCEEDED, PaymentStatus.REQUIRES_ACTION])
def test_a_caller_who_waits_gets_the_end_or_the_action(desk: Desk, status: PaymentStatus) -> None:
    desk.payments.put(an_open_checkout())
    ends_with(desk, status, after_pauses=3)

    answer = desk.pay(headers={"Prefer": "wait=10"})

    assert (answer.status, answer.body["status"]) == (200, status)
    assert answer.headers["Preference-Applied"] == "wait=10"
    assert len(desk.pauses) == 3


@pytest.mark.parametrize(
    ("wanted", "seconds"), [("wait=2", 2), ("wait=999", 20), ("a=b, wait=1", 1)]
)
def test_a_caller_waits_no_longer_than_asked_or_allowed(
    desk: Desk, wanted: str, seconds: int
) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(headers={"Prefer": wanted})

    assert answer.status == 202
    assert desk.clock.now() - NOW == seconds * 1_000


@pytest.mark.parametrize("prefer", ["respond-async", "wait=soon", "wait=-1", "await=5"])
def test_other_preferences_are_ignored(desk: Desk, prefer: str) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(headers={"Prefer": prefer})

    assert answer.status == 202
    assert desk.pauses == []
    assert "Preference-Applied" not in answer.headers


# --- reads and cancel --------------------------------------------------------------------------


def test_a_payment_is_read(desk: Desk) -> None:
    waiting = a_state(OrderStatus.REQUIRES_ACTION, action=REDIRECT)
    desk.payments.put(a_payment(states={"o1": waiting}, status=PaymentStatus.REQUIRES_ACTION))

    answer = desk.edge.get(PAYMENT, path=C1)

    assert answer.status == 200
    assert answer.body["next_action"]["type"] == "redirect"


@pytest.mark.parametrize("route", [f"GET {PAYMENT}", f"GET {TRAIL}", f"POST {CANCEL}"])
def test_a_payment_nobody_knows_is_404(desk: Desk, route: str) -> None:
    answer = desk.edge.call(route, path=C1)

    assert (answer.status, answer.code) == (404, "not_found")


def test_the_trail_shows_where_the_money_is(desk: Desk) -> None:
    order = an_order(OrderStatus.CAPTURED)
    desk.payments.put(a_payment())
    desk.orders.put(order)
    desk.events.put(an_event(order, FactKind.CAPTURED))
    post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, desk.clock)

    answer = desk.edge.get(TRAIL, path=C1, role="support")

    assert answer.status == 200
    assert answer.body["residuals"] == {"EUR": {"psp_receivable:sandbox": 7_000}}
    assert [event["event_id"] for event in answer.body["psp_events"]] == ["sandbox#evt_1"]
    assert [journal["kind"] for journal in answer.body["journals"]] == ["capture"]
    assert [o["order_id"] for o in answer.body["orders"]] == ["o1"]


def test_a_payment_is_cancelled_and_cancelled_again(desk: Desk) -> None:
    desk.payments.put(a_payment())

    answers = [desk.edge.post(CANCEL, path=C1) for _ in range(2)]

    assert [answer.status for answer in answers] == [202, 202]
    assert desk.payments["c1"].decision is Decision.CANCEL
    assert len(desk.payments.log) == 1


def test_a_final_payment_is_not_cancelled(desk: Desk) -> None:
    desk.payments.put(a_payment(status=PaymentStatus.SUCCEEDED))

    answer = desk.edge.post(CANCEL, path=C1)

    assert (answer.status, answer.code) == (409, "illegal_transition")


# --- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", ["", "nobody", *(arn.rpartition("/")[2] for arn in GRANTS)])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    desk.edge.role = ""

    answer = desk.edge.call(route.key, BODY, path=C1, role=role)

    assert (answer.status == 403) == (role not in route.roles)


def test_a_refused_caller_learns_nothing_about_its_body(desk: Desk) -> None:
    answer = desk.pay("not json", role="support")

    assert (answer.status, answer.code) == (403, "forbidden")


def test_a_route_that_is_not_in_the_table_does_not_exist(desk: Desk) -> None:
    assert desk.edge.call("DELETE /v1/payments/{checkout_id}", path=C1).status == 404


# --- nothing leaks -----------------------------------------------------------------------------


def test_logs_hold_ids_and_no_body(
    desk: Desk, logs: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.payments.put(an_open_checkout())
    desk.pay()
    desk.pay(changed("user_info.email", "not an address of mine"))

    said = logs.getvalue() + capsys.readouterr().out

    assert '"checkout_id":"c1"' in said
    for secret in ("u1@example.org", "not an address", "tok_c1", "Content-Type"):
        assert secret not in said


def test_the_ids_of_one_request_are_not_logged_with_the_next(desk: Desk, logs: io.StringIO) -> None:
    desk.edge.get(PAYMENT, path={"checkout_id": "first-checkout"})
    logs.truncate(0)

    desk.edge.post(SESSIONS, "{")

    assert "answered" in logs.getvalue()
    assert "first-checkout" not in logs.getvalue()


def test_a_bug_is_a_500_that_says_nothing(
    desk: Desk, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the secret is tok_c1")

    monkeypatch.setattr(desk.payments, "submit", broken)

    answer = desk.pay()

    assert (answer.status, answer.code) == (500, "internal_error")
    assert "tok_c1" not in answer.text + logs.getvalue()
    assert '"error":"RuntimeError"' in logs.getvalue()
    assert "test_handler.py" in logs.getvalue()


# --- borders, lists, exemptions ------------------------------------------------------------------


def test_both_countries_are_kept_with_each_order(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())
    body = changed("orders.0.seller_country", "FR")

    assert desk.pay(body).status == 202

    submission = desk.payments["c1"].submission
    assert submission is not None
    assert submission.user_country == "DE"
    assert [line.seller_country for line in submission.lines] == ["FR", None]


@pytest.mark.parametrize("path", ["user_info.country", "orders.1.seller_country"])
@pytest.mark.parametrize("country", ["XX", "UK", "de", "DEU", "", "ZZ"])
def test_a_country_that_is_none_is_refused(desk: Desk, path: str, country: str) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed(path, country))

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, path)
    assert desk.payments.log == []


def test_the_buyers_name_and_email_are_screened_and_kept_nowhere(
    desk: Desk, logs: io.StringIO
) -> None:
    desk.payments.put(an_open_checkout())

    answer = desk.pay(changed("user_info.name", "Ada Lovelace"))
    again = desk.pay(BODY)

    assert desk.screening.asked[0].name == "Ada Lovelace"
    assert desk.screening.asked[0].email_domain == "example.org"
    kept = repr(desk.payments.rows) + answer.text + logs.getvalue()
    assert "Lovelace" not in kept
    assert "example.org" not in kept
    # The name is in no fingerprint, so the same checkout without it is the same checkout.
    assert again.is_replay


@pytest.mark.parametrize(
    ("listed", "code"),
    [("DE", "country_blocked"), ("u1", "party_screened"), ("s2", "party_screened")],
)
def test_a_listed_party_is_refused_before_anything_is_stored(
    desk: Desk, listed: str, code: str
) -> None:
    desk.payments.put(an_open_checkout())
    desk.screening.refused.add(listed)

    answer = desk.pay()

    assert (answer.status, answer.code) == (422, code)
    # Neither the list nor the entry.
    assert "fake" not in answer.text
    assert "entry-1" not in answer.text
    assert desk.payments.log == []


@pytest.mark.parametrize("exemption", list(ScaExemption))
def test_an_exemption_is_kept_with_how_the_buyer_pays(desk: Desk, exemption: str) -> None:
    desk.terms = replace(TERMS, sca=ScaRules({"EUR": 7_000}))
    desk.payments.put(an_open_checkout())

    assert desk.pay(changed("payment_details.sca_exemption", exemption)).status == 202

    submission = desk.payments["c1"].submission
    assert submission is not None
    assert submission.payment_info.sca_exemption == exemption
    assert desk.pay().code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("exemption", "method", "code"),
    [
        ("low_value", "credit_card", "sca_exemption_not_allowed"),
        ("trusted_beneficiary", "wallet", "sca_exemption_not_allowed"),
        ("because", "credit_card", "validation_failed"),
    ],
)
def test_an_exemption_that_cannot_hold_is_refused(
    desk: Desk, exemption: str, method: str, code: str
) -> None:
    desk.terms = replace(TERMS, sca=ScaRules({"EUR": 6_999}))
    desk.payments.put(an_open_checkout())
    body = changed("payment_details.method", method)
    body["payment_details"]["sca_exemption"] = exemption

    answer = desk.pay(body)

    assert (answer.status, answer.code) == (422, code)
    assert answer.body["errors"][0]["field"] == "payment_details.sca_exemption"
    assert desk.payments.log == []


# --- conversion --------------------------------------------------------------------------------


IN_USD: dict[str, Any] = {
    **BODY,
    "currency": "USD",
    "orders": [{"order_id": "o1", "seller_id": "s1", "amount": 7_000, "seller_currency": "EUR"}],
    "fx_quotes": ["fxq_1"],
}


def test_a_rate_is_locked_for_a_seller_who_is_paid_in_another_currency(desk: Desk) -> None:
    desk.payments.put(an_open_checkout(currency="USD"))
    desk.quotes.put(a_quote())

    answer = desk.pay(IN_USD)

    assert answer.status == 202
    (order,) = answer.body["orders"]
    assert (order["amount"], order["currency"]) == (7_000, "USD")
    assert (order["seller_amount"], order["seller_currency"]) == (6_203, "EUR")
    assert order["fx"]["quote_id"] == "fxq_1"
    assert desk.pay(IN_USD).is_replay


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"fx_quotes": ["fxq_2"]}, "fx_quote_unknown"),
        ({"fx_quotes": []}, "validation_failed"),
        ({"fx_quotes": "fxq_1"}, "validation_failed"),
        ({"fx_quotes": ["fxq_1", "fxq_1 "]}, "validation_failed"),
    ],
)
def test_a_quote_that_does_not_fit_is_refused(
    desk: Desk, fields: dict[str, object], code: str
) -> None:
    desk.payments.put(an_open_checkout(currency="USD"))
    desk.quotes.put(a_quote())

    answer = desk.pay({**IN_USD, **fields})

    assert (answer.status, answer.code) == (422, code)
    assert desk.payments["c1"].submission is None
    assert desk.pay({**IN_USD, "fx_quotes": None}).code == "fx_quote_required"
