"""The merchant's calls: sessions, charges, captures, voids, queries."""

from dataclasses import replace

from tools.sandbox_psp import faults, lifecycle
from tools.sandbox_psp.charges import RELEASED, Charge, Session, session_json
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.idempotency import once
from tools.sandbox_psp.instruments import METHODS
from tools.sandbox_psp.wire import JsonObject, JsonValue, Refused, Response, answer


def create_session(desk: Desk, call: Call) -> Response:
    """Register a checkout; the same reference again answers the same token."""
    body = call.body
    reference, amount, currency = body.text("reference"), body.amount(), body.currency()
    method = body.choice("method", METHODS) if body.has("method") else None
    return_url = body.url("return_url")
    known = desk.book.session_by_reference(reference)
    if known is not None:
        if (known.amount, known.currency) != (amount, currency):
            raise Refused(409, "session_conflict", "this reference has another amount or currency")
        return answer(200, session_view(desk, known), idempotent_replayed="true")
    number, now = desk.book.next_number("session"), desk.now()
    session = Session(
        psp_token=desk.token("session", number),
        reference=reference,
        amount=amount,
        currency=currency,
        method=method,
        return_url=return_url,
        client_secret=desk.token("client_secret", number),
        created_at=now,
        expires_at=now + desk.config.session_lifetime,
    )
    desk.book.save_session(session)
    return answer(201, session_view(desk, session))


def session_view(desk: Desk, session: Session) -> dict[str, JsonValue]:
    """The session with its status, which follows from its charges and the clock."""
    statuses = {charge.status for charge in desk.book.charges(session=session.psp_token)}
    if "requires_action" in statuses:
        status = "requires_action"
    elif statuses & {"authorized", "captured"}:
        status = "complete"
    else:
        status = "expired" if session.expires_at <= desk.now() else "open"
    return session_json(session, status, desk.config.public_url)


def read_session(desk: Desk, call: Call) -> Response:
    """One session."""
    return answer(200, session_view(desk, desk.session(call.path["psp_token"])))


def create_charge(desk: Desk, call: Call) -> Response:
    """Charge a session for one order."""
    return once(desk, call, 201, lambda key: _place(desk, call.body, key).psp_reference, _view)


def capture_charge(desk: Desk, call: Call) -> Response:
    """Capture an authorised charge, in full when no amount is given."""

    def capture(_: str) -> str:
        charge = desk.charge(call.path["psp_reference"])
        amount = call.body.amount() if call.body.has("amount") else charge.amount
        return lifecycle.capture(desk, charge, amount).psp_reference

    return once(desk, call, 200, capture, _view)


def void_charge(desk: Desk, call: Call) -> Response:
    """Void a charge that holds no money yet."""

    def void(_: str) -> str:
        return lifecycle.void(desk, desk.charge(call.path["psp_reference"])).psp_reference

    return once(desk, call, 200, void, _view)


def read_charge(desk: Desk, call: Call) -> Response:
    """One charge."""
    return answer(200, _view(desk, call.path["psp_reference"]))


def list_charges(desk: Desk, call: Call) -> Response:
    """The charges of an order, or the one made with an idempotency key."""
    given = call.request.parameters()
    columns = {"reference": "order_id", "idempotency_key": "idempotency_key"}
    wanted = {columns[name]: text for name, text in given.items() if name in columns}
    if not wanted:
        raise Refused(422, "invalid_request", "give reference or idempotency_key")
    return answer(200, {"data": [desk.charge_view(c) for c in desk.book.charges(**wanted)]})


def _view(desk: Desk, psp_reference: str) -> JsonObject:
    return desk.charge_view(desk.charge(psp_reference))


def _place(desk: Desk, body: Fields, key: str) -> Charge:
    """Check what is asked against the session, and book it."""
    order_id, amount, currency = body.text("reference"), body.amount(), body.currency()
    capture = body.choice("capture", ("automatic", "manual"), default="automatic")
    method, return_url = body.choice("method", METHODS), body.url("return_url")
    session = desk.session(body.text("session"))
    _check_room(desk, session, amount, currency)
    if return_url is not None and session.return_url is None:
        session = replace(session, return_url=return_url)
        desk.book.save_session(session)
    number, now = desk.book.next_number("charge"), desk.now()
    drift = faults.take(desk.book, (faults.AMOUNT_DRIFT,), "charge", order_id)
    charge = Charge(
        psp_reference=desk.token("charge", number),
        number=number,
        session=session.psp_token,
        order_id=order_id,
        idempotency_key=key,
        requested=amount,
        amount=amount + 1 if drift else amount,
        currency=currency,
        capture=capture,
        method=method,
        created_at=now,
        updated_at=now,
    )
    return lifecycle.place(desk, session, charge)


def _check_room(desk: Desk, session: Session, amount: int, currency: str) -> None:
    """All charges that hold or may take money stay within the session's amount."""
    if session.currency != currency:
        raise Refused(422, "currency_mismatch", "the session has another currency")
    if session.expires_at <= desk.now():
        raise Refused(422, "session_expired", "the session has expired")
    held = [c for c in desk.book.charges(session=session.psp_token) if c.status not in RELEASED]
    if sum(charge.requested for charge in held) + amount > session.amount:
        raise Refused(422, "session_amount_exceeded", "the charges exceed the session's amount")
