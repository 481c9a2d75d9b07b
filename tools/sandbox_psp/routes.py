"""Which call is whose: the sandbox's own routes, and those that stand behind every face."""

from typing import Final

from tools.sandbox_psp import (
    buyer,
    control,
    dispute_calls,
    merchant,
    payout_calls,
    refund_calls,
    settlement_calls,
)
from tools.sandbox_psp.routing import merchants, opened

_DISPUTE: Final = "/v1/disputes/{dispute_reference}"

NATIVE_ROUTES: Final = (
    merchants("POST", "/v1/sessions", merchant.create_session, "session"),
    merchants("GET", "/v1/sessions/{psp_token}", merchant.read_session, "query"),
    merchants("POST", "/v1/charges", merchant.create_charge, "charge"),
    merchants("GET", "/v1/charges", merchant.list_charges, "query"),
    merchants("GET", "/v1/charges/{psp_reference}", merchant.read_charge, "query"),
    merchants("POST", "/v1/charges/{psp_reference}/capture", merchant.capture_charge, "capture"),
    merchants("POST", "/v1/charges/{psp_reference}/void", merchant.void_charge, "void"),
    merchants("POST", "/v1/charges/{psp_reference}/refunds", refund_calls.create_refund, "refund"),
    merchants("GET", "/v1/refunds", refund_calls.list_refunds, "query"),
    merchants("GET", "/v1/refunds/{refund_reference}", refund_calls.read_refund, "query"),
    merchants("GET", "/v1/disputes", dispute_calls.list_disputes, "query"),
    merchants("GET", _DISPUTE, dispute_calls.read_dispute, "query"),
    merchants("POST", f"{_DISPUTE}/challenge", dispute_calls.challenge_dispute, "dispute"),
    merchants("POST", f"{_DISPUTE}/accept", dispute_calls.accept_dispute, "dispute"),
    merchants("GET", "/v1/bank_accounts/{bank_account}", payout_calls.read_bank_account, "query"),
    merchants("POST", "/v1/payouts", payout_calls.create_payout, "payout"),
    merchants("GET", "/v1/payouts", payout_calls.list_payouts, "query"),
    merchants("GET", "/v1/payouts/{payout_reference}", payout_calls.read_payout, "query"),
    merchants("GET", "/v1/settlements", settlement_calls.list_settlements),
    merchants("GET", "/v1/settlements/{name}", settlement_calls.read_settlement),
)

# What every face has behind its own routes: the merchant's bank, the buyer, the test.
SHARED_ROUTES: Final = (
    merchants("GET", "/v1/bank/statements", settlement_calls.list_statements),
    merchants("GET", "/v1/bank/statements/{date}", settlement_calls.read_statement),
    opened("POST", "/sessions/{psp_token}/payment_method", buyer.attach_payment_method),
    opened("OPTIONS", "/sessions/{psp_token}/payment_method", buyer.preflight),
    opened("GET", "/pay/{psp_token}", buyer.hosted_page),
    opened("POST", "/pay/{psp_token}", buyer.hosted_answer),
    opened("POST", "/_control/actions/{psp_reference}", buyer.control_answer),
    opened("GET", "/_control/charges", control.list_book),
    opened("GET", "/_control/refunds", refund_calls.list_book),
    opened("POST", "/_control/refunds/{refund_reference}", refund_calls.control_refund),
    opened("GET", "/_control/disputes", dispute_calls.list_book),
    opened("POST", "/_control/disputes", dispute_calls.control_open),
    opened("POST", "/_control/disputes/{dispute_reference}", dispute_calls.control_move),
    opened("POST", "/_control/bank_accounts", payout_calls.control_bank_account),
    opened("GET", "/_control/payouts", payout_calls.list_book),
    opened("GET", "/_control/bank", settlement_calls.list_bank),
    opened("POST", "/_control/payouts/{payout_reference}", payout_calls.control_payout),
    opened("POST", "/_control/faults", control.plant_fault),
    opened("GET", "/_control/faults", control.list_faults),
    opened("DELETE", "/_control/faults", control.clear_faults),
    opened("POST", "/_control/clock", control.move_clock),
    opened("GET", "/_control/clock", control.read_clock),
    opened("GET", "/_control/outage", control.read_outage),
    opened("POST", "/_control/outage", control.set_outage),
    opened("POST", "/_control/settle", settlement_calls.settle),
    opened("POST", "/_control/webhook_target", control.set_webhook_target),
    opened("GET", "/_control/webhooks", control.list_webhooks),
    opened("POST", "/_control/webhooks/resend", control.resend_webhook),
    opened("GET", "/_control/health", control.health),
)

_SHARED: Final = ("/_control/", "/sessions/", "/pay/")


def is_shared(path: str) -> bool:
    """Whether a path is the buyer's or the test's, so that no face speaks for it."""
    return path.startswith(_SHARED)
