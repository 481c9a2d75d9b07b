"""The calls of Transfers v4 and of Legal Entity Management v4."""

from datetime import datetime
from typing import Final

from tools.sandbox_psp import papers, payout_lifecycle
from tools.sandbox_psp.adyen_face.accounts import BALANCE_ACCOUNT, BALANCE_PLATFORM
from tools.sandbox_psp.adyen_face.amounts import read_amount
from tools.sandbox_psp.adyen_face.errors import problem
from tools.sandbox_psp.adyen_face.instruments import (
    legal_entity_id,
    legal_entity_json,
    transfer_instrument_json,
)
from tools.sandbox_psp.adyen_face.keys import kept
from tools.sandbox_psp.adyen_face.transfers import (
    STEPS,
    accepted_json,
    engine_reference,
    merchant_reference,
    transfer_json,
)
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.payouts import BANK_ACCOUNTS, PAYOUTS, Payout
from tools.sandbox_psp.wire import JsonObject, Refused, Response, answer

_TRANSFER: Final = "transfer"
_PRIORITIES: Final = ("crossBorder", "fast", "instant", "internal", "regular", "wire")
_REFERENCE_LENGTH_MAX: Final = 80


def create_transfer(desk: Desk, call: Call) -> Response:
    """Send money from the balance account to a seller's bank account."""
    return kept(desk, call, lambda key: _sent(desk, call.body, key))


def _sent(desk: Desk, body: Fields, key: str) -> Response:
    try:
        payout = _send(desk, body, key)
    except Refused as refused:
        raise problem(refused.status, refused.code, refused.message) from None
    priority = body.choice("priority", _PRIORITIES, default="regular")
    return answer(202, accepted_json(payout, priority))


def _send(desk: Desk, body: Fields, key: str) -> Payout:
    body.choice("category", ("bank",))
    body.choice("balanceAccountId", (BALANCE_ACCOUNT,))
    priority = body.choice("priority", _PRIORITIES, default="regular")
    instrument = body.nested("counterparty").text("transferInstrumentId")
    amount, currency = read_amount(body)
    given = body.text("reference", _REFERENCE_LENGTH_MAX)
    times = sum(merchant_reference(payout) == given for payout in PAYOUTS.where(desk.book))
    reference = engine_reference(given, times)
    papers.keep(desk.book, _TRANSFER, f"{_TRANSFER}:{reference}", {"priority": priority})
    return payout_lifecycle.send(desk, reference, instrument, amount, currency, key)


def priority_of(desk: Desk, payout: Payout) -> str:
    """How fast it was asked to be."""
    paper = papers.find(desk.book, f"{_TRANSFER}:{payout.reference}", _TRANSFER)
    return str(paper.data["priority"]) if paper else "regular"


def read_transfer(desk: Desk, call: Call) -> Response:
    """One transfer."""
    return answer(200, _view(desk, PAYOUTS.get(desk.book, call.path["transfer"])))


def list_transfers(desk: Desk, call: Call) -> Response:
    """The transfers of a span of time, or those of it with one reference."""
    given = call.request.parameters()
    since, until = _instant(given, "createdSince"), _instant(given, "createdUntil")
    _check_owner(given)
    found = [
        payout
        for payout in PAYOUTS.where(desk.book)
        if since <= payout.created_at <= until
        and given.get("reference", merchant_reference(payout)) == merchant_reference(payout)
    ]
    return answer(200, {"_links": {}, "data": [_view(desk, payout) for payout in found]})


def _instant(given: dict[str, str], name: str) -> datetime:
    try:
        # A plus that nobody encoded is a space by now.
        found = datetime.fromisoformat(given[name].replace(" ", "+"))
    except (KeyError, ValueError):
        raise problem(422, "000", f"{name} must be a date and time") from None
    if found.tzinfo is None:
        raise problem(422, "000", f"{name} must have an offset")
    return found


def _check_owner(given: dict[str, str]) -> None:
    """A list is asked of the balance platform or of the balance account."""
    wanted = {"balancePlatform": BALANCE_PLATFORM, "balanceAccountId": BALANCE_ACCOUNT}
    asked = {name: given[name] for name in wanted if name in given}
    if not asked:
        raise problem(422, "000", "give balancePlatform or balanceAccountId")
    if any(wanted[name] != owner for name, owner in asked.items()):
        raise problem(403, "000", "Not the right permission to access this resource")


def _view(desk: Desk, payout: Payout) -> JsonObject:
    return transfer_json(payout, priority_of(desk, payout), STEPS[payout.status])


def read_instrument(desk: Desk, call: Call) -> Response:
    """A seller's bank account."""
    account = BANK_ACCOUNTS.get(desk.book, call.path["instrument"])
    return answer(200, transfer_instrument_json(account))


def read_legal_entity(desk: Desk, call: Call) -> Response:
    """Who holds a bank account."""
    wanted = call.path["entity"]
    for account in BANK_ACCOUNTS.where(desk.book):
        if legal_entity_id(account) == wanted:
            return answer(200, legal_entity_json(account))
    raise Refused(404, "not_found", "no such legal entity")
