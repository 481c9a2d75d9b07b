"""What callers send to the order service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse.domain.order import CaptureMode, PaymentInfo
from countinghouse.domain.payment import OnPartialFailure
from countinghouse.domain.submission import OrderPart, SubmitPayment
from countinghouse.usecases.submit_order import checkout_of_single
from countinghouse_aws.edge.idempotency import fingerprint
from countinghouse_aws.edge.schemas import (
    AmountMinor,
    Country,
    Currency,
    Id,
    Method,
    PspToken,
    ScaExemption,
    Strict,
    Text,
    Url,
)
from countinghouse_aws.psp.names import SANDBOX

UNSTORED = {"user_info": {"name"}}
"""What no row keeps a trace of, so not in a fingerprint either."""


class OrderPath(Strict):
    """Which order: its id is the caller's."""

    order_id: Id


class PaymentDetails(Strict):
    """How the buyer pays; the card itself is known to the PSP only."""

    method: Method
    psp_token: PspToken
    psp: Literal["sandbox", "stripe", "adyen"] | None = None
    wallet_provider: Text | None = None
    return_url: Url | None = None
    sca_exemption: ScaExemption | None = None


class UserInfo(Strict):
    """Who buys. `name` is looked up on the screening list and stored nowhere."""

    user_id: Id
    country: Country | None = None
    name: Text | None = Field(default=None, repr=False)


class OrderBody(Strict):
    """A lone order to execute."""

    payment_details: PaymentDetails
    amount: AmountMinor
    currency: Currency
    seller_id: Id
    category: Id | None = None
    seller_country: Country | None = None
    user_info: UserInfo | None = None
    capture: Literal["automatic", "manual"] = "automatic"

    def to_command(self, order_id: str) -> SubmitPayment:
        """The use case's command."""
        details, user = self.payment_details, self.user_info
        return SubmitPayment(
            checkout_id=checkout_of_single(order_id),
            user_id=user.user_id if user else "unknown",
            user_country=user.country if user else None,
            user_email=None,
            payment_info=PaymentInfo(
                details.method,
                details.psp or SANDBOX,
                details.psp_token,
                details.wallet_provider,
                details.return_url,
                details.sca_exemption,
            ),
            currency=self.currency,
            parts=(
                OrderPart(
                    order_id, self.seller_id, self.amount, self.category, self.seller_country
                ),
            ),
            on_partial_failure=OnPartialFailure.KEEP,
            capture=CaptureMode(self.capture),
            fingerprint=fingerprint(self.model_dump(exclude=UNSTORED, exclude_none=True)),
            user_name=user.name if user else None,
        )


class CaptureBody(Strict):
    """How much to capture; everything when left out."""

    amount: AmountMinor | None = Field(default=None)
