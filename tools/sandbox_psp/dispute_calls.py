"""The calls about disputes, the merchant's and the test's."""

from typing import Final, cast

from tools.sandbox_psp import dispute_lifecycle
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.disputes import DISPUTES, Stage, dispute_json
from tools.sandbox_psp.fields import invalid
from tools.sandbox_psp.idempotency import once
from tools.sandbox_psp.wire import JsonObject, Refused, Response, answer

# What a dispute can begin as; pre-arbitration follows a dispute that was won.
_FIRST_STAGES: Final = ("pre_dispute", "dispute")


def read_dispute(desk: Desk, call: Call) -> Response:
    """One dispute."""
    return answer(200, _view(desk, call.path["dispute_reference"]))


def list_disputes(desk: Desk, call: Call) -> Response:
    """The disputes of a charge."""
    return _listed(desk, call.wanted("psp_reference"))


def challenge_dispute(desk: Desk, call: Call) -> Response:
    """Answer a dispute with evidence, which nobody here reads."""
    return _moved(desk, call, "challenge")


def accept_dispute(desk: Desk, call: Call) -> Response:
    """Leave the money to the buyer."""
    return _moved(desk, call, "accept")


def control_open(desk: Desk, call: Call) -> Response:
    """The buyer's bank disputes a charge."""
    body = call.body
    amount = body.amount() if body.has("amount") else None
    reason = body.optional_text("reason") or "fraudulent"
    stage = cast(Stage, body.choice("stage", _FIRST_STAGES, default="dispute"))
    charge = _charge(desk, call)
    opened = dispute_lifecycle.open_dispute(desk, charge, amount, reason, stage, desk.now())
    return answer(201, dispute_json(opened))


def control_move(desk: Desk, call: Call) -> Response:
    """Move a dispute by hand."""
    dispute = DISPUTES.get(desk.book, call.path["dispute_reference"])
    result = call.body.choice("result", dispute_lifecycle.RESULTS)
    return answer(200, dispute_json(dispute_lifecycle.move(desk, dispute, result, desk.now())))


def list_book(desk: Desk, call: Call) -> Response:
    """The ground truth: every dispute, or one order's."""
    return _listed(desk, call.wanted("order_id", required=False))


def _charge(desk: Desk, call: Call) -> Charge:
    """The charge a dispute is to be of; an order's is the last one captured."""
    psp_reference = call.body.optional_text("psp_reference")
    if psp_reference is not None:
        return desk.charge(psp_reference)
    order_id = call.body.optional_text("order_id")
    if order_id is None:
        raise invalid("give psp_reference or order_id")
    charges = desk.book.charges(order_id=order_id)
    if not charges:
        raise Refused(404, "not_found", "no such charge")
    return max(charges, key=lambda charge: (charge.status == "captured", charge.number))


def _listed(desk: Desk, wanted: dict[str, str]) -> Response:
    return answer(200, {"data": [dispute_json(d) for d in DISPUTES.where(desk.book, **wanted)]})


def _moved(desk: Desk, call: Call, result: str) -> Response:
    def move(_: str) -> str:
        dispute = DISPUTES.get(desk.book, call.path["dispute_reference"])
        return dispute_lifecycle.move(desk, dispute, result, desk.now()).dispute_reference

    return once(desk, call, 200, move, _view)


def _view(desk: Desk, dispute_reference: str) -> JsonObject:
    return dispute_json(DISPUTES.get(desk.book, dispute_reference))
