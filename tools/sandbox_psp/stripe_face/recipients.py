"""API v2: who can be paid out to.

A recipient is an account with one bank account as its payout method; the engine knows it by the
account's id.
"""

from typing import Final

from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.payouts import BANK_ACCOUNTS, BankAccount
from tools.sandbox_psp.stripe_face import lists
from tools.sandbox_psp.stripe_face.errors import INVALID_REQUEST, StripeError, missing
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response, answer

_METHOD: Final = "v2.money_management.payout_method"
_ACCOUNT: Final = "v2.core.account"
_OPENED: Final = "2026-01-01T00:00:00.000Z"


def list_payout_methods(desk: Desk, call: Call) -> Response:
    """The payout methods of the account that ``Stripe-Context`` names."""
    params = lists.asked(call, *lists.V2_PAGING, "usage_status")
    account = _account(desk, call.request.header("stripe-context") or "")
    return lists.v2_page(call, params, [_method_view(account)])


def read_payout_method(desk: Desk, call: Call) -> Response:
    """One payout method of the account that ``Stripe-Context`` names."""
    account = _account(desk, call.request.header("stripe-context") or "")
    if call.path["id"] != method_id(account.bank_account):
        raise missing("payout method", call.path["id"], "id")
    return answer(200, _method_view(account))


def read_account(desk: Desk, call: Call) -> Response:
    """The recipient's account."""
    account = _account(desk, call.path["id"])
    included = lists.asked(call, "include").texts("include")
    parts: dict[str, JsonValue] = {
        "configuration.recipient": {"applied": True, "capabilities": None},
        "defaults": {
            "currency": account.currency.lower(),
            "locales": None,
            "profile": None,
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
                "requirements_collector": "stripe",
            },
        },
    }
    recipient = parts["configuration.recipient"]
    configured = {"customer": None, "merchant": None, "recipient": recipient}
    return answer(200, {
        "id": account.bank_account,
        "object": _ACCOUNT,
        "applied_configurations": ["recipient"],
        "closed": False,
        "configuration": configured if "configuration.recipient" in included else None,
        "contact_email": None,
        "contact_phone": None,
        "created": _OPENED,
        "dashboard": "none",
        "defaults": parts["defaults"] if "defaults" in included else None,
        "display_name": account.holder,
        "future_requirements": None,
        "identity": None,
        "livemode": False,
        "metadata": {},
        "requirements": None,
    })  # fmt: skip


def _account(desk: Desk, reference: str) -> BankAccount:
    """The account, or the refusal that does not say whether it is there."""
    found = BANK_ACCOUNTS.where(desk.book, bank_account=reference)
    if not found:
        words = "The provided key does not have access to the account, or it does not exist."
        raise StripeError(403, INVALID_REQUEST, "account_invalid", words)
    return found[0]


def method_id(account: str) -> str:
    """The one payout method of an account."""
    return f"usba_{account.removeprefix('acct_')}"


def _method_view(account: BankAccount) -> JsonObject:
    return {
        "id": method_id(account.bank_account),
        "object": _METHOD,
        "archived": False,
        "bank_account": {
            "bank_account_type": "checking",
            "bank_name": "Sandbox Bank",
            "branch_number": None,
            "country": "US",
            "financial_connections_account": None,
            "last4": account.last4,
            "routing_number": None,
            "supported_currencies": [account.currency.lower()],
            "swift_code": None,
        },
        "card": None,
        "created": _OPENED,
        "latest_outbound_setup_intent": None,
        "livemode": False,
        "restricted": False,
        "type": "bank_account",
        "usage_status": {"payments": "eligible", "transfers": "eligible"},
    }
