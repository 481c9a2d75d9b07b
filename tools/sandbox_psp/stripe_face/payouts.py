"""API v2: money paid out of a financial account to recipients.

v2 answers a repeated key with the object as it is now, and works a failed call again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tools.sandbox_psp import papers, payout_lifecycle
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import fingerprint, idempotency_key, reused
from tools.sandbox_psp.payouts import BANK_ACCOUNTS, PAYOUTS, BankAccount, Payout
from tools.sandbox_psp.stripe_face import lists
from tools.sandbox_psp.stripe_face.errors import StripeError, invalid, missing
from tools.sandbox_psp.stripe_face.money import from_wire, to_wire
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.recipients import method_id
from tools.sandbox_psp.stripe_face.times import milliseconds_text
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response, answer

PAYMENT: Final = "v2.money_management.outbound_payment"
PAYMENTS_PATH: Final = "/v2/money_management/outbound_payments"
_STATUSES: Final = {
    "in_transit": "processing",
    "paid": "posted",
    "failed": "failed",
    "returned": "returned",
}
_REASONS: Final = {"failed": "payout_method_declined", "returned": "payout_method_closed"}


def create(desk: Desk, call: Call) -> Response:
    """Pay money out to a recipient."""
    params = Params(call.body.values, (
        "amount", "description", "from", "metadata", "recipient_notification",
        "statement_descriptor", "to",
    ))  # fmt: skip
    amount = params.below("amount", ("currency", "value"))
    currency = amount.currency()
    value = from_wire(amount.integer("value"), currency, payout=True)
    source = params.below("from", ("currency", "financial_account"))
    to = params.below("to", ("currency", "payout_method", "recipient"))
    if {source.currency(), to.currency() if to.has("currency") else currency} != {currency}:
        raise invalid("Conversion is not offered.", "amount[currency]")
    metadata, recipient = params.metadata(), to.text("recipient")
    kept: dict[str, JsonValue] = {
        "metadata": metadata,
        "description": params.optional("description"),
        "statement_descriptor": params.optional("statement_descriptor") or "SANDBOX MARKET",
        "financial_account": source.text("financial_account"),
    }

    def pay(key: str) -> str:
        account = _payable(desk, recipient, currency, to.optional("payout_method"))
        number = desk.book.next_number("payout")
        reference = desk.token("payout", number)
        papers.keep(desk.book, PAYMENT, reference, kept, parent=recipient)
        wanted = _unused(desk, metadata.get("payout_id", reference))
        payout_lifecycle.send(desk, wanted, account.bank_account, value, currency, key, number)
        return reference

    return _once(desk, call, pay)


def _payable(desk: Desk, recipient: str, currency: str, method: str | None) -> BankAccount:
    """The recipient's bank account, if it takes the currency."""
    found = BANK_ACCOUNTS.where(desk.book, bank_account=recipient)
    if not found:
        raise missing("account", recipient, "to[recipient]")
    fits = found[0].currency == currency and method in (None, method_id(recipient))
    if not fits:
        words = "The recipient has no payout method for this currency."
        raise StripeError(400, "invalid_payout_method", "invalid_payout_method", words)
    return found[0]


def _unused(desk: Desk, reference: str) -> str:
    """The merchant's id of a payout, told apart where it has sent one under that id before."""
    used, count = reference, 1
    while payout_lifecycle.known(desk, used) is not None:
        count += 1
        used = f"{reference}.{count}"
    return used


def _once(desk: Desk, call: Call, pay: Callable[[str], str]) -> Response:
    key = idempotency_key(call)
    if key is None:
        return answer(200, payment_view(desk, pay("")))
    print_, known = fingerprint(call), desk.book.recall(key)
    if known is not None and known.fingerprint != print_:
        raise reused()
    if known is not None and known.reference is not None:
        view = payment_view(desk, known.reference)
        return answer(200, view, idempotent_replayed="true")
    reference = pay(key)
    desk.book.put("keys", {
        "key": key, "fingerprint": print_, "status": 200, "psp_reference": reference, "body": None,
    })  # fmt: skip
    return answer(200, payment_view(desk, reference))


def read(desk: Desk, call: Call) -> Response:
    """One outbound payment."""
    lists.asked(call)
    return answer(200, payment_view(desk, call.path["id"]))


def list_payments(desk: Desk, call: Call) -> Response:
    """All outbound payments, or a recipient's."""
    params = lists.asked(call, *lists.V2_PAGING, "recipient", "status")
    statuses = params.texts("status")
    found = [
        view
        for paper in reversed(papers.listed(desk.book, PAYMENT, params.optional("recipient")))
        if (view := payment_view(desk, paper.reference)) and statuses in ([], [view["status"]])
    ]
    return lists.v2_page(call, params, found)


def payment_view(desk: Desk, reference: str) -> JsonObject:
    """The outbound payment as the merchant sees it."""
    paper = papers.find(desk.book, reference, PAYMENT)
    if paper is None:
        raise missing("outbound payment", reference, "id")
    payout, data = PAYOUTS.get(desk.book, reference), paper.data
    amount: JsonValue = {
        "value": to_wire(payout.amount, payout.currency),
        "currency": payout.currency.lower(),
    }
    status = _STATUSES[payout.status]
    reason = _REASONS.get(status)
    return {
        "id": reference,
        "object": PAYMENT,
        "amount": amount,
        "cancelable": False,
        "created": milliseconds_text(payout.created_at),
        "description": data["description"],
        "expected_arrival_date": payout.arrives_at.date().isoformat(),
        "from": {"debited": amount, "financial_account": data["financial_account"]},
        "livemode": False,
        "metadata": data["metadata"],
        "recipient_notification": {"setting": "none"},
        "recipient_verification": None,
        "statement_descriptor": data["statement_descriptor"],
        "status": status,
        "status_details": {status: {"reason": reason}} if reason else None,
        "status_transitions": _transitions(payout),
        "to": {
            "credited": amount,
            "payout_method": method_id(payout.bank_account),
            "recipient": payout.bank_account,
        },
        "tracking_details": None,
    }


def _transitions(payout: Payout) -> JsonValue:
    """When it was posted, failed or returned; what comes back was posted when it arrived."""
    if payout.status == "in_transit":
        return None
    at: dict[str, datetime] = {_STATUSES[payout.status]: payout.updated_at}
    if payout.status == "returned":
        at["posted"] = payout.arrives_at
    names = ("canceled", "failed", "posted", "returned")
    return {f"{one}_at": milliseconds_text(at[one]) if one in at else None for one in names}
