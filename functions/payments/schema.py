"""What callers send to the payment service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import Money
from countinghouse.domain.order import CaptureMode, PaymentInfo
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure
from countinghouse.domain.submission import OrderPart, SubmitPayment
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

if TYPE_CHECKING:
    # Brings in what chooses PSPs, which only a session needs.
    from countinghouse.usecases.open_session import OpenSession

AS_REGISTERED = ""
"""Where the checkout is registered is for its session to say, not for the caller."""

UNSTORED = {"user_info": {"name"}}
"""What no row keeps a trace of, so not in a fingerprint either."""


class SessionBody(Strict):
    """A checkout to register at the PSP before any payment."""

    checkout_id: Id
    amount: AmountMinor
    currency: Currency
    method: Method | None = None
    country: Country | None = None
    return_url: Url | None = None
    psp: Text | None = None

    def to_command(self) -> OpenSession:
        """The use case's command."""
        from countinghouse.usecases.open_session import OpenSession  # noqa: PLC0415 - as above

        amount = Money(self.amount, self.currency)
        return OpenSession(
            self.checkout_id, amount, self.return_url, self.method, self.country, self.psp
        )


class UserInfo(Strict):
    """Who buys. `name` and `email` are looked up on the screening list and stored nowhere."""

    user_id: Id
    country: Country | None = None
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)
    name: Text | None = Field(default=None, repr=False)


class PaymentDetails(Strict):
    """How the buyer pays; the card itself is known to the PSP only."""

    method: Method
    psp_token: PspToken
    wallet_provider: Text | None = None
    return_url: Url | None = None
    sca_exemption: ScaExemption | None = None


class OrderBody(Strict):
    """One seller's part of the checkout."""

    order_id: Id
    seller_id: Id
    amount: AmountMinor
    currency: Currency | None = None
    category: Id | None = None
    seller_country: Country | None = None
    seller_currency: Currency | None = None


class CodeQuery(Strict):
    """Whose code to draw; the first that waits for its buyer when left out."""

    order_id: Id | None = None


class PaymentBody(Strict):
    """A checkout to pay."""

    checkout_id: Id
    user_info: UserInfo
    payment_details: PaymentDetails
    currency: Currency
    orders: list[OrderBody] = Field(min_length=1, max_length=ORDERS_MAX)
    amount: AmountMinor | None = None
    on_partial_failure: Literal["keep", "cancel_all"] = "keep"
    capture: Literal["automatic", "manual"] = "automatic"
    fx_quotes: list[Id] | None = Field(
        default=None, min_length=1, max_length=ORDERS_MAX, description="one a pair of currencies"
    )

    def to_command(self) -> SubmitPayment:
        """The use case's command. Raises Invalid when sums or currencies do not fit."""
        total = sum(order.amount for order in self.orders)
        if self.amount is not None and self.amount != total:
            raise Invalid(f"the orders add up to {total}", code="amount_mismatch", field="amount")
        Money(total, self.currency)
        for place, order in enumerate(self.orders):
            if order.currency not in (None, self.currency):
                raise Invalid("a checkout has one currency", field=f"orders.{place}.currency")
        details, user = self.payment_details, self.user_info
        return SubmitPayment(
            checkout_id=self.checkout_id,
            user_id=user.user_id,
            user_country=user.country,
            user_email=user.email,
            payment_info=PaymentInfo(
                details.method,
                AS_REGISTERED,
                details.psp_token,
                details.wallet_provider,
                details.return_url,
                details.sca_exemption,
            ),
            currency=self.currency,
            parts=tuple(
                OrderPart(
                    order.order_id,
                    order.seller_id,
                    order.amount,
                    order.category,
                    order.seller_country,
                    order.seller_currency,
                )
                for order in self.orders
            ),
            on_partial_failure=OnPartialFailure(self.on_partial_failure),
            capture=CaptureMode(self.capture),
            fingerprint=fingerprint(self.model_dump(exclude=UNSTORED, exclude_none=True)),
            user_name=user.name,
            fx_quotes=tuple(self.fx_quotes or ()),
        )
