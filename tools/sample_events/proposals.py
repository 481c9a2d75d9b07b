"""Samples of what is sent about bookings that wait for a second person."""

from __future__ import annotations

from countinghouse.domain.instants import HOUR
from countinghouse.domain.proposal import Proposal, propose
from functions.wallet.schema import WalletBody
from tools.sample_events.gateway import Call, Calls, thorough
from tools.sample_events.world import FINANCE, NOW, Json

LARGE: Json = {
    "seller_id": "s_amber",
    "amount": 250_000,
    "currency": "EUR",
    "transact_type": "credit",
    "reason": "paid for a lost parcel",
    "reference": "case_84",
}
"""More than one person may book alone."""


def proposal() -> Proposal:
    """What the samples read and decide: a large credit, proposed an hour ago."""
    scope = f"{FINANCE}|POST /v1/wallet|key-84"
    request = WalletBody.model_validate(LARGE).to_request(FINANCE, scope)
    return propose(request, scope, "a" * 64, NOW - HOUR)


_ID = {"proposal_id": proposal().proposal_id}
_NOBODYS = {"proposal_id": "adj_1"}

CALLS = {
    "GET /v1/ledger/proposals": Calls(
        Call("support"),
        thorough(Call("approver", query={"status": "awaiting_approval", "limit": "1"})),
        Call("support", query={"status": "open"}),
    ),
    "GET /v1/ledger/proposals/{proposal_id}": Calls(
        Call("support", _ID), thorough(Call("approver", _ID)), Call("support", _NOBODYS)
    ),
    "POST /v1/ledger/proposals/{proposal_id}/approve": Calls(
        Call("approver", _ID), thorough(Call("approver", _ID)), Call("approver", _NOBODYS)
    ),
    "POST /v1/ledger/proposals/{proposal_id}/cancel": Calls(
        Call("finance", _ID), thorough(Call("finance", _ID)), Call("finance", _NOBODYS)
    ),
}
