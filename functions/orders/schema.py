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
    Currency,
    Id,
    Method,
    PspToken,
    Strict,
    Text,
    Url,
)
from countinghouse_aws.psp.names import SANDBOX


class OrderPath(Strict):
    """Which order: its id is the caller's."""

    order_id: Id


class PaymentDetails(Strict):
    """How the buyer pays; the card itself is known to the PSP only."""

    method: Method
    psp_token: PspToken
    wallet_provider: Text | None = None
    return_url: Url | None = None


class UserInfo(Strict):
    """Who buys."""

    user_id: Id


class OrderBody(Strict):
    """A lone order to execute."""

    payment_details: PaymentDetails
    amount: AmountMinor
    currency: Currency
    seller_id: Id
    category: Id | None = None
    user_info: UserInfo | None = None
    capture: Literal["automatic", "manual"] = "automatic"

    def to_command(self, order_id: str) -> SubmitPayment:
        """The use case's command."""
        details = self.payment_details
        return SubmitPayment(
            checkout_id=checkout_of_single(order_id),
            user_id=self.user_info.user_id if self.user_info else "unknown",
            user_country=None,
            user_email=None,
            payment_info=PaymentInfo(
                details.method,
                SANDBOX,
                details.psp_token,
                details.wallet_provider,
                details.return_url,
            ),
            currency=self.currency,
            parts=(OrderPart(order_id, self.seller_id, self.amount, self.category),),
            on_partial_failure=OnPartialFailure.KEEP,
            capture=CaptureMode(self.capture),
            fingerprint=fingerprint(self.model_dump(exclude_none=True)),
        )


class CaptureBody(Strict):
    """How much to capture; everything when left out."""

    amount: AmountMinor | None = Field(default=None)
