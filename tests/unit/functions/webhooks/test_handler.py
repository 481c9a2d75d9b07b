import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import FactKind, PspEvent, PspFact
from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks
from countinghouse_aws.psp.signatures import sign
from functions.webhooks import handler
from functions.webhooks.wiring import Deps
from tests.builders import NOW
from tests.fakes.books import FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import Edge, Response

ROUTE = "/v1/webhooks/{psp}"
SECRET = "whsec_current"
NOW_S = NOW // 1_000
CHARGE = {
    "psp_reference": "ch_1",
    "order_id": "o1",
    "idempotency_key": "o1:charge:1",
    "amount": 7_000,
    "currency": "EUR",
    "status": "captured",
    "captured": 7_000,
    "updated_at": "2026-11-18T11:06:30Z",
}
EVENT: dict[str, Any] = {"event_id": "evt_1", "type": "charge.captured", "data": CHARGE}
KEY = "sandbox#evt_1"


@dataclass
class Desk:
    events: FakePspEventBook = field(default_factory=FakePspEventBook)
    edge: Edge = field(default_factory=lambda: Edge(handler, role=""))

    def deps(self) -> Deps:
        sources = {"sandbox": SandboxWebhooks(lambda: (SECRET, "whsec_previous"))}
        return Deps(self.events, sources, FakeClock())

    def receive(
        self,
        event: object = EVENT,
        *,
        secret: str = SECRET,
        at_s: int = NOW_S,
        psp: str = "sandbox",
        headers: dict[str, str] | None = None,
    ) -> Response:
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        signed = {"Sandbox-Signature": f"t={at_s},v1={sign(secret, at_s, raw)}"}
        return self.edge.post(
            ROUTE, raw, path={"psp": psp}, headers=signed if headers is None else headers
        )


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_signed_event_is_stored_before_it_is_acknowledged(desk: Desk) -> None:
    answer = desk.receive()

    assert (answer.status, answer.body) == (200, {"received": True})
    event = desk.events[KEY]
    assert isinstance(event.fact, PspFact)
    assert (event.order_id, event.fact.kind) == ("o1", FactKind.CAPTURED)
    assert event.fact.captured_minor == 7_000


def test_a_duplicate_is_acknowledged_and_changes_nothing(desk: Desk) -> None:
    desk.receive()
    stored = desk.events[KEY]

    assert desk.receive().status == 200
    assert desk.events[KEY] is stored


def test_a_known_id_with_other_bytes_is_marked(desk: Desk) -> None:
    desk.receive()

    assert desk.receive({**EVENT, "more": 1}).status == 200
    assert desk.events[KEY].alarm == "event_id_reused"


@pytest.mark.parametrize("secret", ["whsec_previous", SECRET])
def test_every_live_secret_signs(desk: Desk, secret: str) -> None:
    assert desk.receive(secret=secret).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sandbox-Signature": ""},
        {"Sandbox-Signature": f"t={NOW_S}"},
        {"Sandbox-Signature": f"t={NOW_S},v1=" + "0" * 64},
        {"Sandbox-Signature": f"t={NOW_S},v0=" + "0" * 64},
        {"Stripe-Signature": f"t={NOW_S},v1=" + "0" * 64},
    ],
)
def test_what_nobody_signed_stores_nothing(desk: Desk, headers: dict[str, str]) -> None:
    answer = desk.receive(headers=headers)

    assert (answer.status, answer.code) == (400, "bad_signature")
    assert desk.events.rows == {}


def test_another_secret_stores_nothing(desk: Desk) -> None:
    assert desk.receive(secret="whsec_other").code == "bad_signature"
    assert desk.events.rows == {}


def test_an_altered_body_stores_nothing(desk: Desk) -> None:
    raw = json.dumps(EVENT).encode()
    header = f"t={NOW_S},v1={sign(SECRET, NOW_S, raw)}"

    answer = desk.receive(raw.replace(b"7000", b"7001"), headers={"Sandbox-Signature": header})

    assert answer.code == "bad_signature"
    assert desk.events.rows == {}


@pytest.mark.parametrize(("drift_s", "status"), [(300, 200), (-300, 200), (301, 400), (-301, 400)])
def test_a_replay_long_after_is_refused(desk: Desk, drift_s: int, status: int) -> None:
    answer = desk.receive(at_s=NOW_S + drift_s)

    assert answer.status == status
    assert (KEY in desk.events) == (status == 200)
    assert status == 200 or answer.code == "stale_timestamp"


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        {"type": "charge.captured", "data": CHARGE},
        {"event_id": "evt_1", "data": CHARGE},
        {"event_id": "evt_1", "type": "charge.captured"},
        {**EVENT, "data": []},
        {**EVENT, "data": "text"},
        {**EVENT, "data": {**CHARGE, "amount": "7000"}},
        {**EVENT, "data": {**CHARGE, "amount": 70.5}},
        {**EVENT, "data": {**CHARGE, "captured": None}},
        {**EVENT, "data": {**CHARGE, "updated_at": "yesterday"}},
        {**EVENT, "data": {**CHARGE, "updated_at": 5}},
        {**EVENT, "data": {**CHARGE, "decline": {"code": "x"}}},
        {**EVENT, "data": {**CHARGE, "decline": {"code": "x", "type": "odd"}}},
        {**EVENT, "data": {**CHARGE, "action": "redirect"}},
        {**EVENT, "data": {**CHARGE, "status": "authorized"}},
    ],
    ids=range(19),
)
def test_a_signed_event_that_cannot_be_read_stores_nothing(desk: Desk, event: object) -> None:
    answer = desk.receive(event)

    assert (answer.status, answer.code) == (400, "malformed_request")
    assert desk.events.rows == {}


@pytest.mark.parametrize(
    "kind",
    ["charge.settled", "mandate.revoked", "refund.noted", "dispute.weighed", "payout.planned"],
)
def test_an_event_type_we_do_not_know_is_stored_and_acknowledged(desk: Desk, kind: str) -> None:
    assert desk.receive({"event_id": "evt_1", "type": kind, "data": {"any": 1}}).status == 200
    assert desk.events[KEY].fact == PspFact(FactKind.OTHER)


def test_a_body_too_large_is_refused_before_it_is_hashed(desk: Desk) -> None:
    answer = desk.receive({**EVENT, "more": "x" * 300_000})

    assert (answer.status, answer.code) == (413, "body_too_large")
    assert desk.events.rows == {}


@pytest.mark.parametrize("psp", ["stripe", "", "SANDBOX"])
def test_a_psp_we_do_not_have_is_404(desk: Desk, psp: str) -> None:
    assert desk.receive(psp=psp).status == 404


@pytest.mark.parametrize(
    ("where", "value", "refusal"),
    [
        ("event_id", "4242424242424242", (400, "malformed_request")),
        ("event_id", "evt-4242424242424242", (422, "card_number_refused")),
        ("order_id", "4000-0566-5566-5556", (422, "card_number_refused")),
    ],
)
def test_a_card_number_among_the_ids_is_stored_and_logged_nowhere(
    desk: Desk, where: str, value: str, refusal: tuple[int, str], logs: io.StringIO
) -> None:
    charge = {**CHARGE, **({where: value} if where == "order_id" else {})}
    event = {**EVENT, "data": charge, **({where: value} if where == "event_id" else {})}

    answer = desk.receive(event)

    assert (answer.status, answer.code) == refusal
    assert desk.events.rows == {}
    assert value not in answer.text + logs.getvalue()


def test_a_store_that_is_down_is_no_acknowledgement(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(desk.events, "add", down)

    assert desk.receive().status >= 500


def test_logs_hold_ids_and_no_signature(desk: Desk, logs: io.StringIO) -> None:
    desk.receive()

    assert KEY in logs.getvalue()
    assert "v1=" not in logs.getvalue()
    assert "whsec" not in logs.getvalue()


class Several:
    """A PSP whose webhooks bring one event a line, not signed."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Anybody may send them."""

    def parse(self, body: bytes, now: Instant) -> tuple[PspEvent, ...]:
        fact = PspFact(FactKind.OTHER)
        return tuple(
            PspEvent(f"several#{line}", "several", "told", "o1", fact, "0" * 64, now)
            for line in body.decode().split()
        )


def several(desk: Desk, monkeypatch: pytest.MonkeyPatch, *ids: str) -> Response:
    deps = Deps(desk.events, {"several": Several()}, FakeClock())
    monkeypatch.setattr(handler, "deps", lambda: deps)
    return desk.receive(" ".join(ids).encode(), psp="several", headers={})


def test_every_event_of_a_webhook_is_stored(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert several(desk, monkeypatch, "1", "2").status == 200
    # Some of them come again, in other company.
    assert several(desk, monkeypatch, "2", "3").status == 200

    assert sorted(desk.events.rows) == ["several#1", "several#2", "several#3"]
    assert all(event.alarm is None for event in desk.events.rows.values())


def test_a_webhook_stored_in_part_is_not_acknowledged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = desk.events.add

    def failing(event: PspEvent) -> PspEvent | None:
        if event.event_key == "several#2":
            raise TimeoutError
        return add(event)

    with monkeypatch.context() as patch:
        patch.setattr(desk.events, "add", failing)
        assert several(desk, monkeypatch, "1", "2").status >= 500

    assert several(desk, monkeypatch, "1", "2").status == 200
    assert sorted(desk.events.rows) == ["several#1", "several#2"]


def test_a_card_number_in_one_event_keeps_out_them_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = several(desk, monkeypatch, "1", "4242424242424242")

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert desk.events.rows == {}
