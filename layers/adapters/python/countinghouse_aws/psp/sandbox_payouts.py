"""Payouts at the sandbox PSP: sent once a reference, under a key that never changes."""

from __future__ import annotations

import json
from dataclasses import field
from urllib.parse import quote

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.records import dataclass
from countinghouse_aws.psp.sandbox import (
    NOT_LOOKED_AT,
    OK,
    SERVER_ERROR,
    UNREADABLE,
    plain_text,
)
from countinghouse_aws.psp.sandbox_facts import payout_fact_of
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply, Transport

S = SettlementKind
_NOT_FOUND = 404
_HOLDER_LENGTH_MAX = 256

_REFUSED = frozenset(
    {
        "unknown_bank_account",
        "currency_mismatch",
        "amount_too_large",
        "invalid_request",
        "malformed_request",
    }
)
"""Refusals that prove that no money moves; any other may mean that it already has."""


@dataclass(frozen=True, slots=True)
class SandboxPayouts:
    """The payout port over the sandbox's HTTP API."""

    transport: Transport
    api_key: str = field(repr=False)

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        body = {
            "reference": payout.payout_id,
            "bank_account": payout.bank_account,
            "amount": payout.sent_minor,
            "currency": payout.sent_currency,
        }
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            "Idempotency-Key": payout.key,
        }
        try:
            reply = self.transport("POST", "/v1/payouts", headers, json.dumps(body).encode())
            return _about(payout, _read(reply, payout.payout_id))
        except NeverSent:
            return PayoutFact(S.NOT_SENT, payout.payout_id)
        except (NoAnswer, *UNREADABLE):
            return PayoutFact(S.UNKNOWN, payout.payout_id)

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask what became of a payout, by our own id."""
        path = f"/v1/payouts?reference={quote(payout.payout_id, safe='')}"
        try:
            reply = self.transport("GET", path, self._headers(), None)
            if reply.status not in OK:
                return PayoutFact(S.UNKNOWN, payout.payout_id)
            found = reply.json()["data"]
            if not isinstance(found, list):
                return PayoutFact(S.UNKNOWN, payout.payout_id)
            if not found:
                return PayoutFact(S.NOT_FOUND, payout.payout_id)
            return _about(payout, payout_fact_of(found[0]))
        except (NeverSent, NoAnswer, *UNREADABLE):
            return PayoutFact(S.UNKNOWN, payout.payout_id)

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        """The bank account, or None when the PSP does not know it. Raises Unavailable."""
        path = f"/v1/bank_accounts/{quote(bank_account, safe='')}"
        try:
            reply = self.transport("GET", path, self._headers(), None)
            if reply.status == _NOT_FOUND:
                return None
            if reply.status not in OK:
                raise Unavailable("the PSP does not say whether it knows the bank account")
            found = reply.json()
            return BankAccount(
                plain_text(found["bank_account"]),
                plain_text(found["currency"]),
                plain_text(found["last4"]),
                _holder_of(found.get("holder")),
            )
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP did not answer") from error

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def _holder_of(name: object) -> str | None:
    """Whose account it is; anything but a name of bearable length is none."""
    known = isinstance(name, str) and 0 < len(name) <= _HOLDER_LENGTH_MAX
    return str(name) if known else None


def _about(payout: Payout, fact: PayoutFact) -> PayoutFact:
    """The fact, or UNKNOWN when the PSP answered with somebody else's payout."""
    ours = fact.payout_id == payout.payout_id
    return fact if ours else PayoutFact(S.UNKNOWN, payout.payout_id)


def _read(reply: Reply, payout_id: str) -> PayoutFact:
    """What an answer proves. Raises NoAnswer or UNREADABLE when it proves nothing."""
    if reply.status in OK:
        return payout_fact_of(reply.json())
    if reply.status in NOT_LOOKED_AT:
        return PayoutFact(S.NOT_SENT, payout_id)
    if reply.status >= SERVER_ERROR:
        return PayoutFact(S.UNKNOWN, payout_id)
    code = str(reply.json().get("error", {}).get("code", ""))
    if code not in _REFUSED:
        return PayoutFact(S.UNKNOWN, payout_id)
    return PayoutFact(S.FAILED, payout_id, failure=f"psp_{code}")
