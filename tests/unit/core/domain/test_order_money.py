from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.order import CaptureMode, OrderStatus
from countinghouse.domain.order_money import differs
from countinghouse.domain.psp import FactKind
from tests.builders import NOW, REDIRECT, a_fact, an_order

S = OrderStatus
K = FactKind
MONEY = (K.AUTHORIZED, K.CAPTURED, K.REQUIRES_ACTION)


@pytest.mark.parametrize("kind", sorted(FactKind))
@pytest.mark.parametrize(
    "drift", [{"currency": "USD"}, {"currency": None}, {"amount_minor": 6_999}]
)
def test_only_what_speaks_of_money_can_speak_of_other_money(
    kind: FactKind, drift: dict[str, Any]
) -> None:
    order = an_order(S.SENT)

    assert not differs(order, a_fact(order, kind))
    assert differs(order, a_fact(order, kind, **drift)) is (kind in MONEY)


def test_only_a_capture_may_leave_unsaid_what_was_asked_for() -> None:
    order = an_order(S.SENT)

    assert [differs(order, a_fact(order, kind, amount_minor=None)) for kind in MONEY] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("captured", "automatic", "manual"),
    [(7_000, False, False), (3_000, True, False), (0, True, True), (7_001, True, True)],
)
def test_a_part_is_captured_of_what_was_authorised_on_request_only(
    captured: int, automatic: bool, manual: bool
) -> None:
    order = an_order(S.SENT)
    fact = a_fact(order, K.CAPTURED, captured_minor=captured)

    assert differs(order, fact) is automatic
    assert differs(replace(order, capture_mode=CaptureMode.MANUAL), fact) is manual


@pytest.mark.parametrize(("sent_at", "other"), [(None, False), (NOW, True)])
def test_a_capture_that_was_sent_is_of_what_was_asked_for(sent_at: int | None, other: bool) -> None:
    order = an_order(S.CAPTURE_PENDING)
    assert order.operation is not None
    wanted = replace(order, operation=replace(order.operation, amount_minor=3_000, sent_at=sent_at))

    assert not differs(wanted, a_fact(wanted, K.CAPTURED, captured_minor=3_000))
    assert differs(wanted, a_fact(wanted, K.CAPTURED, captured_minor=2_999)) is other


def test_a_damaged_code_asks_for_other_money() -> None:
    order = an_order(S.SENT)
    damaged = replace(REDIRECT, type="qr_code", qr_payload="00020101021163041D3E")

    assert differs(order, a_fact(order, K.REQUIRES_ACTION, action=damaged))
    assert not differs(order, a_fact(order, K.REQUIRES_ACTION, action=None))
