"""The test's calls: the PSP's own book, faults, the clock, webhooks."""

from typing import Final

from tools.sandbox_psp import faults, outbox
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import invalid
from tools.sandbox_psp.times import duration, rfc3339
from tools.sandbox_psp.wire import JsonValue, Response, answer

WEBHOOK_TARGET: Final = "webhook_target"
_OUTAGE: Final = "outage"
_OUTAGES: Final = ("refuse", "drop")


def list_book(desk: Desk, call: Call) -> Response:
    """The ground truth: every charge, or one order's."""
    order_id = call.request.parameters().get("order_id")
    charges = desk.book.charges(order_id=order_id) if order_id else desk.book.charges()
    return answer(200, {"data": [_book_view(desk, charge) for charge in charges]})


def _book_view(desk: Desk, charge: Charge) -> JsonValue:
    """The charge with what only the PSP knows of it."""
    return {
        **desk.charge_view(charge),
        "requested": charge.requested,
        "dispute_later": charge.dispute_later,
        "captured_at": rfc3339(charge.captured_at) if charge.captured_at else None,
        "settled_in": charge.settled_in,
    }


def plant_fault(desk: Desk, call: Call) -> Response:
    """Plant a fault."""
    return answer(201, faults.plant(desk.book, call.body).as_json())


def list_faults(desk: Desk, _: Call) -> Response:
    """The faults still planted."""
    return answer(200, {"data": [fault.as_json() for fault in faults.listed(desk.book)]})


def clear_faults(desk: Desk, _: Call) -> Response:
    """Forget every fault."""
    return answer(200, {"cleared": faults.clear(desk.book)})


def move_clock(desk: Desk, call: Call) -> Response:
    """Move the PSP's clock forward; what lapses by it lapses with the next call or sweep."""
    try:
        by = duration(call.body.text("advance"))
    except ValueError as problem:
        raise invalid(f"advance is {problem}") from None
    desk.advance(by)
    return answer(200, _clock_view(desk))


def read_clock(desk: Desk, _: Call) -> Response:
    """What time the PSP thinks it is."""
    return answer(200, _clock_view(desk))


def _clock_view(desk: Desk) -> dict[str, JsonValue]:
    return {"now": rfc3339(desk.now()), "offset_s": desk.offset_s()}


def set_webhook_target(desk: Desk, call: Call) -> Response:
    """Where webhooks go from now on; null stops them, and they wait."""
    url = call.body.url("url")
    desk.book.set_setting(WEBHOOK_TARGET, url)
    return answer(200, {"url": url})


def outage(desk: Desk) -> str | None:
    """How every merchant's call is met now: ``refuse``, ``drop``, or None as usual."""
    return desk.book.setting(_OUTAGE)


def read_outage(desk: Desk, _: Call) -> Response:
    """Whether the PSP is down for merchants."""
    return answer(200, {"mode": outage(desk) or "off"})


def set_outage(desk: Desk, call: Call) -> Response:
    """Take the PSP down for merchants, or up again.

    ``refuse`` answers every call 503 and ``drop`` closes its connection, and neither does it;
    buyers, tests and webhooks go on as before.
    """
    mode = call.body.choice("mode", (*_OUTAGES, "off"))
    desk.book.set_setting(_OUTAGE, None if mode == "off" else mode)
    return read_outage(desk, call)


def list_webhooks(desk: Desk, call: Call) -> Response:
    """The deliveries and how they went."""
    order_id = call.request.parameters().get("order_id")
    return answer(200, {"data": outbox.listed(desk.book, order_id)})


def resend_webhook(desk: Desk, call: Call) -> Response:
    """Send an event once more."""
    event_id = call.body.text("event_id")
    outbox.resend(desk, event_id)
    return answer(202, {"event_id": event_id})


def health(desk: Desk, _: Call) -> Response:
    """That the PSP is there, and what it is set to."""
    down = outage(desk)
    return answer(200, {
        "status": "ok",
        **({"outage": down} if down else {}),
        **_clock_view(desk),
        "webhook_target": desk.book.setting(WEBHOOK_TARGET),
        "webhooks_pending": outbox.pending(desk.book),
        "faults_planted": len(faults.listed(desk.book)),
    })  # fmt: skip
