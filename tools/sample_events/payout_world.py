"""The samples' payouts, made by the code that makes the real ones: one seller, one bank account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from countinghouse.domain.instants import DAY, HOUR, SECOND
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import BankAccount, PayoutAccount, first_account
from countinghouse.domain.payout_facts import apply_payout_fact, start_submission
from countinghouse.domain.payout_requests import Payee, draft_payout
from countinghouse.domain.payout_steps import approve, awaiting, reserved
from countinghouse.domain.psp import PayoutFact, SettlementKind
from functions.payouts.schema import PayoutBody
from tools.sample_events.world import FINANCE, NOW, POLICY, Json

K = SettlementKind

SELLER = "s_amber"
PERIOD = "2026-11"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAexampletasktoken"  # noqa: S105 - no secret, and nobody's
APPROVER = "arn:aws:sts::000000000000:assumed-role/approvers/kay"
RULES = PayoutRules({"EUR": 100}, {"EUR": 100_000}, cool_off=3 * DAY)
BANK = BankAccount("ba_amber", "EUR", "4242")
OTHER_BANK = BankAccount("ba_amber_2", "EUR", "1881")
BODY: Json = {"seller_id": SELLER, "currency": "EUR", "amount": 1200}
AVAILABLE = 1500
"""What the adjustment of the other samples made available."""


def account() -> PayoutAccount:
    """Where the seller is paid."""
    return first_account(SELLER, "sandbox", BANK, FINANCE, NOW - DAY)


def draft(**changes: Any) -> Payout:
    """The payout, just taken in."""
    wanted = PayoutBody.model_validate(BODY).to_command(FINANCE, "finance|POST /v1/payouts|key-91")
    payout, _ = draft_payout(wanted, Payee(account(), account()), AVAILABLE, RULES, NOW)
    return replace(payout, **changes)


PAYOUT_ID = draft().payout_id


def set_aside() -> Payout:
    """The payout with its money reserved."""
    return reserved(draft(), AVAILABLE, 0, needs_approval=False, now=NOW + SECOND)


def held() -> Payout:
    """The payout waiting for its approval, and a workflow with it."""
    waiting = reserved(draft(), AVAILABLE, 0, needs_approval=True, now=NOW + SECOND)
    return awaiting(waiting, TOKEN, NOW + SECOND)


def approved() -> Payout:
    """The payout that a second person agreed to."""
    return approve(held(), APPROVER, NOW + HOUR)


def on_its_way() -> Payout:
    """The payout at the bank, and a workflow that waits for it."""
    sent = start_submission(set_aside(), NOW + 2 * SECOND, POLICY)
    return awaiting(told(sent, K.PENDING), TOKEN, NOW + 3 * SECOND)


def told(payout: Payout, kind: SettlementKind, **changes: Any) -> Payout:
    """The payout after the PSP said something about it."""
    fact = PayoutFact(
        kind=kind,
        payout_id=payout.payout_id,
        psp_reference="pt_1",
        amount_minor=payout.sent_minor,
        currency=payout.sent_currency,
        occurred_at=NOW + 3 * SECOND,
        failure="account_closed" if kind is K.FAILED else None,
    )
    return apply_payout_fact(payout, replace(fact, **changes), NOW + 3 * SECOND, POLICY)[1]


def paid() -> Payout:
    """The payout that arrived."""
    return told(on_its_way(), K.SUCCEEDED)


def returned() -> Payout:
    """The payout that the bank sent back."""
    return told(paid(), K.FAILED, returned=True, failure="returned_by_bank")
