"""The buyer's calls: a payment method for a session, the hosted page, the answer to a challenge."""

from typing import Final, cast

from tools.sandbox_psp import cards, lifecycle, pages
from tools.sandbox_psp.charges import Session, instrument_json
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.instruments import RESOLUTIONS, Instrument, Resolution
from tools.sandbox_psp.merchant import session_view
from tools.sandbox_psp.wire import Refused, Response, answer

# Hosted fields run in the merchant's page, so its origin may post to a session it knows the token
# of. No other call answers a foreign origin.
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type",
}


def preflight(_: Desk, __: Call) -> Response:
    """Let a merchant's page post a payment method."""
    return Response(204, CORS, b"")


def attach_payment_method(desk: Desk, call: Call) -> Response:
    """Attach a payment method; charges that wait for one are decided at once."""
    session = desk.session(call.path["psp_token"])
    try:
        attached = lifecycle.attach(desk, session, _instrument(call))
        desk.face.attached(desk, attached)
    except Refused as refused:
        if call.is_form:
            return pages.page(desk, session, problem=refused.message)
        raise
    if call.is_form:
        return _see_page(desk, attached)
    view = {**session_view(desk, attached), "payment_method": instrument_json(attached.instrument)}
    # The page is anybody's: it learns nothing that the merchant's key should guard.
    del view["client_secret"]
    return _with_cors(answer(200, view))


def _with_cors(response: Response) -> Response:
    return Response(response.status, {**response.headers, **CORS}, response.body)


def _instrument(call: Call) -> Instrument:
    kind = call.body.choice("type", ("card", "wallet", "qr"))
    if kind == "card":
        return cards.reduced(call.body if call.is_form else call.body.nested("card"))
    provider = call.body.optional_text("wallet_provider") if kind == "wallet" else None
    return Instrument(kind=kind, behaviour=kind, wallet_provider=provider)


def hosted_page(desk: Desk, call: Call) -> Response:
    """The page a buyer sees, whatever there is to do."""
    return pages.page(desk, desk.session(call.path["psp_token"]))


def hosted_answer(desk: Desk, call: Call) -> Response:
    """The page's approve or decline button; a late click just shows how things stand."""
    session = desk.session(call.path["psp_token"])
    result = _result(call.body)
    if session.resolution is None:
        lifecycle.answer_action(desk, session, result)
    return _see_page(desk, session)


def control_answer(desk: Desk, call: Call) -> Response:
    """The buyer's answer given by a test; the reference is a charge's or the session's token."""
    reference, result = call.path["psp_reference"], _result(call.body)
    session = None if desk.book.charge(reference) else desk.book.session(reference)
    if session is not None:
        lifecycle.answer_action(desk, session, result)
        charges = desk.book.charges(session=reference)
        return answer(200, {
            **session_view(desk, desk.session(reference)),
            "charges": [desk.charge_view(charge) for charge in charges],
        })  # fmt: skip
    charge = desk.charge(reference)
    lifecycle.answer_action(desk, desk.session(charge.session), result)
    return answer(200, desk.charge_view(desk.charge(reference)))


def _result(body: Fields) -> Resolution:
    return cast(Resolution, body.choice("result", RESOLUTIONS))


def _see_page(desk: Desk, session: Session) -> Response:
    return Response(303, {"location": f"{desk.prefix}/pay/{session.psp_token}"}, b"")
