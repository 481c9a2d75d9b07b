"""What the payout service answers."""

from __future__ import annotations

from typing import Literal

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class PayoutFailure(Shown):
    """Why a payout did not arrive, or was called off."""

    code: str


class PayoutExchange(Shown):
    """The rate of a payout in another currency, locked when it was opened.

    Rates are exact ratios, units of `payout_currency` for one of `currency`; `spread` is what the
    platform keeps, in `payout_currency`.
    """

    quote_id: str
    rate: str
    rate_decimal: str
    mid_rate: str
    mid_rate_decimal: str
    spread_basis_points: int
    spread: int
    source: str
    as_of: str
    expires_at: Instant


class Payout(Shown):
    """A payout as it stands; amounts are learned when its money is reserved."""

    payout_id: str
    seller_id: str
    amount: int
    currency: str
    status: Literal[
        "draft",
        "pending_approval",
        "reserved",
        "submitted",
        "in_transit",
        "unknown",
        "paid",
        "returned",
        "failed",
        "cancelled",
    ]
    trigger: Literal["request", "monthly"]
    period: str | None = None
    psp: str
    bank_account: str
    psp_reference: str | None = None
    requested_by: str
    approved_by: str | None = None
    available_before: int | None = None
    carried_over: int | None = None
    debt_recovered: int | None = None
    failure: PayoutFailure | None = None
    payout_amount: int | None = None
    payout_currency: str | None = None
    fx: PayoutExchange | None = None
    version: int
    created_at: Instant
    updated_at: Instant


class PayoutItem(Shown):
    """A journal that a payout pays; below zero, what the seller gave back."""

    ledger_id: str
    kind: str
    reference: str
    amount: int
    currency: str
    event_at: Instant


class ItemisedPayout(Payout):
    """A payout with its newest items; `items_cursor` is where the list of the rest begins."""

    items: list[PayoutItem]
    items_cursor: str | None


class PayoutList(Shown):
    """A page of payouts, newest first."""

    data: list[Payout]
    next_cursor: str | None = None


class PayoutItemList(Shown):
    """A page of a payout's items, newest first."""

    data: list[PayoutItem]
    next_cursor: str | None = None


class BankAccount(Shown):
    """Where a seller is paid in one currency, and from when on."""

    seller_id: str
    currency: str
    psp: str
    bank_account: str
    last4: str
    usable_from: Instant
    usable_for_other_currencies_from: Instant | None = None
    previous: str | None = None
    open_payout: str | None = None
    changed_by: str
    changed_at: Instant


class BankAccountList(Shown):
    """A seller's bank accounts by currency."""

    data: list[BankAccount]
    next_cursor: str | None = None


ANSWERS: Answers = {
    "POST /v1/payouts": {202: Payout, 400: Problem, 409: Problem, 422: Problem, 503: Problem},
    "GET /v1/payouts": {200: PayoutList, 422: Problem},
    "GET /v1/payouts/{payout_id}": {200: ItemisedPayout, 404: Problem},
    "GET /v1/payouts/{payout_id}/items": {200: PayoutItemList, 404: Problem, 422: Problem},
    "POST /v1/payouts/{payout_id}/approve": {202: Payout, 404: Problem, 409: Problem},
    "POST /v1/payouts/{payout_id}/cancel": {202: Payout, 404: Problem, 409: Problem},
    "POST /v1/sellers/{seller_id}/bank-accounts": {201: BankAccount, 422: Problem, 503: Problem},
    "GET /v1/sellers/{seller_id}/bank-accounts": {200: BankAccountList},
}
