"""GET /v1/payments/{checkout_id}/qr.svg: who may see which code, and for how long."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.instants import MINUTE
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import PaymentStatus
from countinghouse.domain.psp import Action
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.rendering.qr_image import qr_svg
from functions.payments import handler
from functions.payments.wiring import drawn
from tests.builders import NOW, a_payment, a_state, a_submission, an_info
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge, Response

CODE = "/v1/payments/{checkout_id}/qr.svg"
UNTIL = NOW + 15 * MINUTE
WAITING = a_state(
    OrderStatus.REQUIRES_ACTION, action=Action("qr_code", None, UNTIL, "00020101021226")
)


@dataclass
class Desk:
    """The function over what this route needs of it."""

    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    clock: FakeClock = field(default_factory=FakeClock)
    edge: Edge = field(default_factory=lambda: Edge(handler))
    grants: Grants = field(default_factory=lambda: GRANTS)

    def draw(self, payload: str) -> bytes:
        return drawn(payload)

    def code(self, checkout_id: str = "c1", **more: Any) -> Response:
        return self.edge.get(CODE, path={"checkout_id": checkout_id}, **more)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    submission = a_submission(payment_info=an_info(method="qr"))
    desk.payments.put(
        a_payment(
            submission=submission, states={"o1": WAITING}, status=PaymentStatus.REQUIRES_ACTION
        )
    )
    monkeypatch.setattr(handler, "deps", lambda: desk)
    return desk


@pytest.mark.parametrize("query", [None, {"order_id": "o1"}])
def test_the_code_is_a_picture(desk: Desk, query: dict[str, str] | None) -> None:
    answer = desk.code(query=query)

    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.content == qr_svg("00020101021226")


def test_nobody_gets_a_code_whose_time_is_over(desk: Desk) -> None:
    desk.clock.instant = UNTIL

    answer = desk.code()

    assert (answer.status, answer.body["code"]) == (410, "qr_expired")


@pytest.mark.parametrize(
    ("checkout_id", "query"), [("c9", None), ("c1", {"order_id": "o9"})], ids=["payment", "order"]
)
def test_what_is_not_to_be_scanned_is_not_found(
    desk: Desk, checkout_id: str, query: dict[str, str] | None
) -> None:
    answer = desk.code(checkout_id, query=query)

    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_another_parameter_is_refused(desk: Desk) -> None:
    assert desk.code(query={"size": "9999"}).status == 422


def test_only_readers_of_payments_may_see_it(desk: Desk) -> None:
    assert desk.code(role="fulfilment").status == 200
    assert desk.code(role="approver").status == 403
