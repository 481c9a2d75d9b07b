"""The payout service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import set_accounts
from countinghouse.payout_views import payout_account_view, payout_item_view, payout_view
from countinghouse.usecases.approve_payout import approve_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.itemise_payout import PayoutItem, itemise_payout
from countinghouse.usecases.open_payout import open_payout
from countinghouse.usecases.set_bank_account import set_bank_account
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import scope_of
from countinghouse_aws.observability import count, logger, metrics
from functions.payouts import schema
from functions.payouts.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}
ITEMS_SHOWN = 100
"""Items that come with a payout; the rest has a list of its own."""


def create_payout(request: Request, body: schema.PayoutBody, ports: Deps) -> Answer:
    """Open a payout; its money is reserved next."""
    opened = open_payout(body.to_command(request.caller, scope_of(request)), ports.opening)
    count("PayoutReplayed" if opened.replayed else "PayoutOpened")
    view = payout_view(opened.payout) if opened.payout else {}
    return Answer(202, view, REPLAYED if opened.replayed else {})


def read_payout(request: Request, ports: Deps) -> Answer:
    """One payout with its newest items."""
    payout_id, books = request.path["payout_id"], ports.books
    found = itemise_payout(payout_id, None, ITEMS_SHOWN, books.payouts, books.ledger)
    items = {"items": _items(found.payout, found.items), "items_cursor": found.next_cursor}
    return Answer(200, {**payout_view(found.payout), **items})


def list_items(request: Request, query: schema.ItemsQuery, ports: Deps) -> Answer:
    """The journals a payout pays, newest first."""
    payout_id, books = request.path["payout_id"], ports.books
    found = itemise_payout(payout_id, query.cursor, query.limit, books.payouts, books.ledger)
    data = _items(found.payout, found.items)
    return Answer(200, {"data": data, "next_cursor": found.next_cursor})


def _items(payout: Payout, items: tuple[PayoutItem, ...]) -> list[dict[str, object]]:
    return [payout_item_view(one.journal, one.amount_minor, payout.currency) for one in items]


def list_payouts(request: Request, query: schema.PayoutsQuery, ports: Deps) -> Answer:
    """A seller's payouts, or those under way."""
    page = ports.books.payouts.find(query.to_query())
    data = [payout_view(payout) for payout in page.payouts]
    return Answer(200, {"data": data, "next_cursor": page.next_cursor})


def approve(request: Request, ports: Deps) -> Answer:
    """Agree to a payout that somebody else asked for."""
    payout_id, books = request.path["payout_id"], ports.books
    approved = approve_payout(payout_id, request.caller, books.payouts, books.clock)
    logger().info("payout approved", extra={"payout_id": payout_id, "caller": request.caller})
    return Answer(202, payout_view(approved))


def cancel(request: Request, ports: Deps) -> Answer:
    """Call off a payout that was not sent."""
    cancelled = cancel_payout(request.path["payout_id"], ports.books)
    extra = {"payout_id": cancelled.payout_id, "caller": request.caller}
    logger().info("payout cancelled", extra=extra)
    return Answer(202, payout_view(cancelled))


def create_bank_account(request: Request, body: schema.BankAccountBody, ports: Deps) -> Answer:
    """Set where a seller is paid in a currency."""
    wanted = body.to_command(request.path["seller_id"], request.caller, ports.psps)
    books, payees = ports.books, ports.opening.payees
    psp, cool_off = ports.bank_accounts(wanted.psp), ports.rules.cool_off
    account, known = set_bank_account(wanted, books.accounts, psp, cool_off, books.clock, payees)
    return Answer(201, payout_account_view(account), REPLAYED if known else {})


def list_bank_accounts(request: Request, ports: Deps) -> Answer:
    """Where a seller is paid, by currency."""
    accounts = set_accounts(ports.books.accounts.of_seller(request.path["seller_id"]))
    return Answer(200, {"data": list(map(payout_account_view, accounts)), "next_cursor": None})


READERS = ("finance", "approver", "support")

ROUTES = (
    Route(
        "POST /v1/payouts",
        ("finance",),
        create_payout,
        "Pay a seller what is payable, or a part of it",
        body=schema.PayoutBody,
        idempotency_key=True,
    ),
    Route(
        "GET /v1/payouts",
        READERS,
        list_payouts,
        "A seller's payouts, or those under way",
        query=schema.PayoutsQuery,
    ),
    Route("GET /v1/payouts/{payout_id}", READERS, read_payout, "A payout with its items"),
    Route(
        "GET /v1/payouts/{payout_id}/items",
        READERS,
        list_items,
        "The journals a payout pays, newest first",
        query=schema.ItemsQuery,
    ),
    Route(
        "POST /v1/payouts/{payout_id}/approve",
        ("approver",),
        approve,
        "Approve a payout that somebody else requested",
    ),
    Route(
        "POST /v1/payouts/{payout_id}/cancel",
        ("finance",),
        cancel,
        "Cancel a payout that was not sent",
    ),
    Route(
        "POST /v1/sellers/{seller_id}/bank-accounts",
        ("finance",),
        create_bank_account,
        "Set where a seller is paid in a currency",
        body=schema.BankAccountBody,
    ),
    Route(
        "GET /v1/sellers/{seller_id}/bank-accounts",
        ("finance", "support"),
        list_bank_accounts,
        "Where a seller is paid, by currency",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
