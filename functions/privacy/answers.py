"""What the privacy service answers."""

from __future__ import annotations

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, Problem, Shown


class ErasedCheckout(Shown):
    """A checkout whose rows name no buyer any more."""

    checkout_id: str
    orders: list[str] = Field(description="the orders that name no buyer")
    erased: list[str] = Field(description="the fields that were taken out of each row")


class ErasedBuyer(Shown):
    """A user of whom nothing is known here any more."""

    erased: list[str] = Field(description="what was taken out")


class ErasedBankAccount(Shown):
    """A seller without a bank account in this currency."""

    seller_id: str
    currency: str
    erased: list[str] = Field(description="the fields that were taken out")


ANSWERS: Answers = {
    "POST /v1/payments/{checkout_id}/erasure": {
        200: ErasedCheckout,
        404: Problem,
        409: Problem,
        503: Problem,
    },
    "POST /v1/buyers/erasure": {200: ErasedBuyer, 409: Problem, 422: Problem, 503: Problem},
    "POST /v1/sellers/{seller_id}/bank-accounts/{currency}/erasure": {
        200: ErasedBankAccount,
        404: Problem,
        409: Problem,
        503: Problem,
    },
}
