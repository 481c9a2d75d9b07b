"""Which call is whose: the one table of every route, its operation (for faults) and its door."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from tools.sandbox_psp import (
    buyer,
    control,
    dispute_calls,
    merchant,
    payout_calls,
    refund_calls,
    settlement_calls,
)
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.wire import Refused, Response

Handler: TypeAlias = Callable[[Desk, Call], Response]


@dataclass(frozen=True)
class Route:
    """One call. ``operation`` is what faults name it; only a merchant's call needs the key."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs_key: bool = False
    operation: str | None = None


def _merchants(method: str, path: str, handler: Handler, operation: str | None = None) -> Route:
    return Route(method, _pattern(path), handler, needs_key=True, operation=operation)


def _open(method: str, path: str, handler: Handler) -> Route:
    return Route(method, _pattern(path), handler)


def _pattern(path: str) -> re.Pattern[str]:
    """``/v1/charges/{psp_reference}`` as a pattern with a group for each name."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_.-]{1,80})", path))


_DISPUTE: Final = "/v1/disputes/{dispute_reference}"

ROUTES: Final = (
    _merchants("POST", "/v1/sessions", merchant.create_session, "session"),
    _merchants("GET", "/v1/sessions/{psp_token}", merchant.read_session, "query"),
    _merchants("POST", "/v1/charges", merchant.create_charge, "charge"),
    _merchants("GET", "/v1/charges", merchant.list_charges, "query"),
    _merchants("GET", "/v1/charges/{psp_reference}", merchant.read_charge, "query"),
    _merchants("POST", "/v1/charges/{psp_reference}/capture", merchant.capture_charge, "capture"),
    _merchants("POST", "/v1/charges/{psp_reference}/void", merchant.void_charge, "void"),
    _merchants("POST", "/v1/charges/{psp_reference}/refunds", refund_calls.create_refund, "refund"),
    _merchants("GET", "/v1/refunds", refund_calls.list_refunds, "query"),
    _merchants("GET", "/v1/refunds/{refund_reference}", refund_calls.read_refund, "query"),
    _merchants("GET", "/v1/disputes", dispute_calls.list_disputes, "query"),
    _merchants("GET", _DISPUTE, dispute_calls.read_dispute, "query"),
    _merchants("POST", f"{_DISPUTE}/challenge", dispute_calls.challenge_dispute, "dispute"),
    _merchants("POST", f"{_DISPUTE}/accept", dispute_calls.accept_dispute, "dispute"),
    _merchants("GET", "/v1/bank_accounts/{bank_account}", payout_calls.read_bank_account, "query"),
    _merchants("POST", "/v1/payouts", payout_calls.create_payout, "payout"),
    _merchants("GET", "/v1/payouts", payout_calls.list_payouts, "query"),
    _merchants("GET", "/v1/payouts/{payout_reference}", payout_calls.read_payout, "query"),
    _merchants("GET", "/v1/settlements", settlement_calls.list_settlements),
    _merchants("GET", "/v1/settlements/{name}", settlement_calls.read_settlement),
    _merchants("GET", "/v1/bank/statements", settlement_calls.list_statements),
    _merchants("GET", "/v1/bank/statements/{date}", settlement_calls.read_statement),
    _open("POST", "/sessions/{psp_token}/payment_method", buyer.attach_payment_method),
    _open("OPTIONS", "/sessions/{psp_token}/payment_method", buyer.preflight),
    _open("GET", "/pay/{psp_token}", buyer.hosted_page),
    _open("POST", "/pay/{psp_token}", buyer.hosted_answer),
    _open("POST", "/_control/actions/{psp_reference}", buyer.control_answer),
    _open("GET", "/_control/charges", control.list_book),
    _open("GET", "/_control/refunds", refund_calls.list_book),
    _open("POST", "/_control/refunds/{refund_reference}", refund_calls.control_refund),
    _open("GET", "/_control/disputes", dispute_calls.list_book),
    _open("POST", "/_control/disputes", dispute_calls.control_open),
    _open("POST", "/_control/disputes/{dispute_reference}", dispute_calls.control_move),
    _open("POST", "/_control/bank_accounts", payout_calls.control_bank_account),
    _open("GET", "/_control/payouts", payout_calls.list_book),
    _open("GET", "/_control/bank", settlement_calls.list_bank),
    _open("POST", "/_control/payouts/{payout_reference}", payout_calls.control_payout),
    _open("POST", "/_control/faults", control.plant_fault),
    _open("GET", "/_control/faults", control.list_faults),
    _open("DELETE", "/_control/faults", control.clear_faults),
    _open("POST", "/_control/clock", control.move_clock),
    _open("GET", "/_control/clock", control.read_clock),
    _open("POST", "/_control/settle", settlement_calls.settle),
    _open("POST", "/_control/webhook_target", control.set_webhook_target),
    _open("GET", "/_control/webhooks", control.list_webhooks),
    _open("POST", "/_control/webhooks/resend", control.resend_webhook),
    _open("GET", "/_control/health", control.health),
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a call and what its path names.

    Raises:
        Refused: 404, or 405 when the path has other methods.
    """
    known = False
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match and route.method == method:
            return route, match.groupdict()
        known = known or match is not None
    if known:
        raise Refused(405, "method_not_allowed", "this path has other methods")
    raise Refused(404, "not_found", "no such path")
