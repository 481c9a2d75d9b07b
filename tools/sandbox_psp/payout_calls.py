"""The calls about payouts and bank accounts, the merchant's and the test's."""

from typing import Final

from tools.sandbox_psp import payout_lifecycle
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import once
from tools.sandbox_psp.payouts import (
    BANK_ACCOUNTS,
    PAYOUTS,
    BankAccount,
    bank_account_json,
    payout_json,
)
from tools.sandbox_psp.wire import JsonObject, Response, answer

_HOLDER_LENGTH_MAX: Final = 200


def create_payout(desk: Desk, call: Call) -> Response:
    """Pay money out to a bank account; 200 when the reference was sent under another key."""
    body = call.body
    reference, bank_account = body.text("reference"), body.text("bank_account")
    amount, currency = body.amount(), body.currency()

    def create(key: str) -> str:
        sent = payout_lifecycle.send(desk, reference, bank_account, amount, currency, key)
        return sent.payout_reference

    status = 201 if payout_lifecycle.known(desk, reference) is None else 200
    return once(desk, call, status, create, _view)


def read_payout(desk: Desk, call: Call) -> Response:
    """One payout."""
    return answer(200, _view(desk, call.path["payout_reference"]))


def list_payouts(desk: Desk, call: Call) -> Response:
    """The payout of a reference, or the one an idempotency key made or was answered with."""
    wanted = call.wanted("reference", "idempotency_key")
    key = wanted.pop("idempotency_key", None)
    if key is not None:
        # By the keys, not by the payout's own: a second key of one reference must find it too, or
        # its owner would think that nothing was sent.
        answered = desk.book.recall(key)
        wanted["payout_reference"] = (answered.reference if answered else None) or ""
    return _listed(desk, wanted)


def read_bank_account(desk: Desk, call: Call) -> Response:
    """One bank account."""
    account = BANK_ACCOUNTS.get(desk.book, call.path["bank_account"])
    return answer(200, bank_account_json(account))


def control_bank_account(desk: Desk, call: Call) -> Response:
    """Open a bank account, as a seller's onboarding would."""
    holder, currency = call.body.text("holder", _HOLDER_LENGTH_MAX), call.body.currency()
    number = desk.book.next_number("bank_account")
    # Digits that differ from one account to the next and look like no series.
    last4 = f"{number * 7_919 % 10_000:04d}"
    account = BankAccount(desk.token("bank_account", number), number, holder, currency, last4)
    BANK_ACCOUNTS.save(desk.book, account)
    return answer(201, bank_account_json(account))


def control_payout(desk: Desk, call: Call) -> Response:
    """Move a payout by hand."""
    payout = PAYOUTS.get(desk.book, call.path["payout_reference"])
    result = call.body.choice("result", payout_lifecycle.RESULTS)
    return answer(200, payout_json(payout_lifecycle.move(desk, payout, result, desk.now())))


def list_book(desk: Desk, call: Call) -> Response:
    """The ground truth: every payout, or one reference's, with what only the PSP knows of it."""
    found = PAYOUTS.where(desk.book, **call.wanted("reference", required=False))
    return answer(200, {"data": [{**payout_json(p), "fault": p.fault} for p in found]})


def _listed(desk: Desk, wanted: dict[str, str]) -> Response:
    return answer(200, {"data": [payout_json(p) for p in PAYOUTS.where(desk.book, **wanted)]})


def _view(desk: Desk, payout_reference: str) -> JsonObject:
    return payout_json(PAYOUTS.get(desk.book, payout_reference))
