"""The privacy service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.erase_bank_account import erase_bank_account
from countinghouse.usecases.erase_buyer import erase_buyer
from countinghouse.usecases.erase_checkout import erase_checkout
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import logger, metrics
from functions.privacy import schema
from functions.privacy.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}
OF_CHECKOUT = ["user_id", "return_url", "fingerprint"]
OF_BUYER = ["wallet"]
OF_BANK_ACCOUNT = ["holder", "bank_account", "last4", "previous"]


def erase_of_checkout(request: Request, ports: Deps) -> Answer:
    """Erase the buyer from a checkout and its orders."""
    done = erase_checkout(request.path["checkout_id"], ports.payments, ports.orders, ports.clock)
    logger().info("buyer erased", extra={"caller": request.caller, "orders": done.order_ids})
    shown = {"checkout_id": done.checkout_id, "orders": [*done.order_ids], "erased": OF_CHECKOUT}
    return Answer(200, shown, REPLAYED if done.replayed else {})


def erase_of_buyer(request: Request, body: schema.BuyerBody, ports: Deps) -> Answer:
    """Make a buyer's wallet nobody's."""
    erased = erase_buyer(body.user_id, ports.forgetting)
    # Whose, the line does not say: it would be what is to be forgotten.
    logger().info("wallet made nobody's", extra={"caller": request.caller, "erased": erased})
    return Answer(200, {"erased": OF_BUYER}, {} if erased else REPLAYED)


def erase_of_bank_account(request: Request, ports: Deps) -> Answer:
    """Retire a seller's bank account, and erase whose it was."""
    seller_id, currency = request.path["seller_id"], request.path["currency"]
    accounts, who = ports.seller_accounts, request.caller
    erased = erase_bank_account(seller_id, currency, who, accounts, ports.clock)
    logger().info("bank account erased", extra={"caller": who, "seller_id": seller_id})
    shown = {"seller_id": seller_id, "currency": currency, "erased": OF_BANK_ACCOUNT}
    return Answer(200, shown, {} if erased else REPLAYED)


ROUTES = (
    Route(
        "POST /v1/payments/{checkout_id}/erasure",
        ("checkout", "operator"),
        erase_of_checkout,
        "Erase the buyer from a checkout that is over",
    ),
    Route(
        "POST /v1/buyers/erasure",
        ("finance", "operator"),
        erase_of_buyer,
        "Make a buyer's empty wallet nobody's",
        body=schema.BuyerBody,
    ),
    Route(
        "POST /v1/sellers/{seller_id}/bank-accounts/{currency}/erasure",
        ("finance",),
        erase_of_bank_account,
        "Retire a seller's bank account, and erase whose it was",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
