"""The calls about refunds, the merchant's and the test's."""

from tools.sandbox_psp import refund_lifecycle
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import once
from tools.sandbox_psp.refunds import REFUNDS, refund_json
from tools.sandbox_psp.wire import JsonObject, Response, answer

_REASON_LENGTH_MAX = 500
_RESULTS = ("succeed", "fail")


def create_refund(desk: Desk, call: Call) -> Response:
    """Give money back on a captured charge."""

    def create(key: str) -> str:
        charge = desk.charge(call.path["psp_reference"])
        amount, reason = call.body.amount(), call.body.optional_text("reason", _REASON_LENGTH_MAX)
        return refund_lifecycle.request(desk, charge, amount, reason, key).refund_reference

    return once(desk, call, 201, create, _view)


def read_refund(desk: Desk, call: Call) -> Response:
    """One refund."""
    return answer(200, _view(desk, call.path["refund_reference"]))


def list_refunds(desk: Desk, call: Call) -> Response:
    """The refunds of a charge, or the one made with an idempotency key."""
    wanted = call.wanted("psp_reference", "idempotency_key")
    return answer(200, {"data": [refund_json(r) for r in REFUNDS.where(desk.book, **wanted)]})


def control_refund(desk: Desk, call: Call) -> Response:
    """Move a refund by hand."""
    refund = REFUNDS.get(desk.book, call.path["refund_reference"])
    moved = refund_lifecycle.decide(desk, refund, call.body.choice("result", _RESULTS))
    return answer(200, refund_json(moved))


def list_book(desk: Desk, call: Call) -> Response:
    """The ground truth: every refund, or one order's, with what only the PSP knows of it."""
    found = REFUNDS.where(desk.book, **call.wanted("order_id", required=False))
    data = [{**refund_json(r), "reason": r.reason, "fault": r.fault} for r in found]
    return answer(200, {"data": data})


def _view(desk: Desk, refund_reference: str) -> JsonObject:
    return refund_json(REFUNDS.get(desk.book, refund_reference))
