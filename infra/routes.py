"""Every HTTP route, once: tests compare this list with the template, code and API document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST"]


@dataclass(frozen=True, order=True)
class Route:
    """One method and path, the function that answers it, and whether callers must sign."""

    function: str
    method: Method
    path: str
    authorised: bool = True

    @property
    def key(self) -> str:
        """Return the route as API Gateway spells it."""
        return f"{self.method} {self.path}"


ROUTES: tuple[Route, ...] = (
    Route("payments", "POST", "/v1/payments/sessions"),
    Route("payments", "POST", "/v1/payments/event"),
    Route("payments", "GET", "/v1/payments/{checkout_id}"),
    Route("payments", "GET", "/v1/payments/{checkout_id}/qr.svg"),
    Route("payments", "GET", "/v1/payments/{checkout_id}/trail"),
    Route("payments", "POST", "/v1/payments/{checkout_id}/cancel"),
    Route("privacy", "POST", "/v1/payments/{checkout_id}/erasure"),
    Route("privacy", "POST", "/v1/buyers/erasure"),
    Route("privacy", "POST", "/v1/sellers/{seller_id}/bank-accounts/{currency}/erasure"),
    Route("orders", "POST", "/v1/orders/{order_id}"),
    Route("orders", "GET", "/v1/orders/{order_id}"),
    Route("orders", "POST", "/v1/orders/{order_id}/capture"),
    Route("orders", "POST", "/v1/orders/{order_id}/cancel"),
    Route("fulfilment", "POST", "/v1/orders/{order_id}/deliveries"),
    Route("fulfilment", "POST", "/v1/orders/{order_id}/refunds"),
    Route("fulfilment", "GET", "/v1/orders/{order_id}/refunds/{refund_id}"),
    Route("ledger", "POST", "/v1/ledger"),
    Route("ledger", "GET", "/v1/ledger/journals/{ledger_id}"),
    Route("ledger", "GET", "/v1/ledger/journals"),
    Route("ledger", "GET", "/v1/ledger/trial-balance"),
    Route("proposals", "GET", "/v1/ledger/proposals"),
    Route("proposals", "GET", "/v1/ledger/proposals/{proposal_id}"),
    Route("proposals", "POST", "/v1/ledger/proposals/{proposal_id}/approve"),
    Route("proposals", "POST", "/v1/ledger/proposals/{proposal_id}/cancel"),
    Route("wallet", "POST", "/v1/wallet"),
    Route("wallet", "GET", "/v1/wallets/{seller_id}"),
    Route("wallet", "GET", "/v1/wallets/{seller_id}/entries"),
    Route("wallet", "GET", "/v1/wallets/{seller_id}/payability"),
    Route("payouts", "POST", "/v1/payouts"),
    Route("payouts", "GET", "/v1/payouts"),
    Route("payouts", "GET", "/v1/payouts/{payout_id}"),
    Route("payouts", "GET", "/v1/payouts/{payout_id}/items"),
    Route("payouts", "POST", "/v1/payouts/{payout_id}/approve"),
    Route("payouts", "POST", "/v1/payouts/{payout_id}/cancel"),
    Route("payouts", "POST", "/v1/sellers/{seller_id}/bank-accounts"),
    Route("payouts", "GET", "/v1/sellers/{seller_id}/bank-accounts"),
    Route("billing", "GET", "/v1/sellers/{seller_id}/statements/{month}"),
    Route("billing", "POST", "/v1/billing/closes"),
    Route("billing", "GET", "/v1/billing/closes/{month}"),
    Route("fx", "POST", "/v1/fx/quotes"),
    Route("fx", "GET", "/v1/fx/quotes/{quote_id}"),
    Route("fx", "GET", "/v1/fx/rates"),
    Route("fx", "POST", "/v1/fx/revaluations"),
    Route("findings", "GET", "/v1/audit/findings"),
    Route("findings", "POST", "/v1/audit/findings/{finding_id}/acknowledge"),
    Route("analytics", "GET", "/v1/analytics/{report}"),
    Route("psps", "GET", "/v1/psps"),
    Route("reconciliation", "POST", "/v1/reconciliations"),
    Route("reconciliation", "GET", "/v1/reconciliations"),
    Route("reconciliation", "GET", "/v1/reconciliations/{run_id}"),
    Route("reconciliation", "GET", "/v1/reconciliations/{run_id}/report"),
    Route("reconciliation", "GET", "/v1/reconciliations/{run_id}/breaks"),
    Route("reconciliation", "GET", "/v1/breaks/{break_id}"),
    Route("reconciliation", "POST", "/v1/breaks/{break_id}/resolve"),
    # A PSP signs the body instead (checked before parsing); health says only version and stage.
    Route("webhooks", "POST", "/v1/webhooks/{psp}", authorised=False),
    Route("health", "GET", "/v1/health", authorised=False),
)
