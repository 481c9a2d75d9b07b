"""The wallet service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.wallet import buckets
from countinghouse.proposal_views import proposal_view
from countinghouse.usecases.book_adjustment import ProposedAdjustment, book_adjustment
from countinghouse.usecases.list_entries import list_entries
from countinghouse.views import journal_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import fingerprint, scope_of
from countinghouse_aws.observability import metrics
from functions.wallet import schema
from functions.wallet.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}


def create_entry(request: Request, body: schema.WalletBody, ports: Deps) -> Answer:
    """Credit or debit a seller's available balance; above the limit, propose to."""
    scope, mark = scope_of(request), fingerprint(body.model_dump(exclude_none=True))
    done = book_adjustment(body.to_request(request.caller, scope), scope, mark, ports.adjusting())
    headers = REPLAYED if done.replayed else {}
    if isinstance(done, ProposedAdjustment):
        return Answer(202, proposal_view(done.proposal, ports.clock.now()), headers)
    return Answer(201, journal_view(done.journal), headers)


def read_wallet(request: Request, ports: Deps) -> Answer:
    """A seller's balances; a seller without money has none."""
    seller_id = request.path["seller_id"]
    wallets = ports.ledger.wallets_of(f"seller:{seller_id}")
    return Answer(200, {"seller_id": seller_id, "balances": buckets(wallets)})


def read_payability(request: Request, ports: Deps) -> Answer:
    """What can be paid out to a seller now, and why the rest cannot."""
    # Rare beside the other routes, which start faster without it.
    from countinghouse.payout_views import payability_view  # noqa: PLC0415
    from countinghouse.usecases.explain_payability import explain_payability  # noqa: PLC0415

    seller_id = request.path["seller_id"]
    found = explain_payability(
        seller_id, ports.ledger, ports.accounts(), ports.payout_rules(), ports.clock
    )
    return Answer(200, payability_view(seller_id, found))


def read_entries(request: Request, query: schema.EntriesQuery, ports: Deps) -> Answer:
    """A seller's journals, newest first."""
    owner = f"seller:{request.path['seller_id']}"
    page = list_entries(owner, query.currency, query.cursor, query.limit, ports.ledger)
    data = [journal_view(journal) for journal in page.journals]
    return Answer(200, {"data": data, "next_cursor": page.next_cursor})


ROUTES = (
    Route(
        "POST /v1/wallet",
        ("finance",),
        create_entry,
        "Credit or debit a seller's available balance, or propose it above the limit",
        body=schema.WalletBody,
        idempotency_key=True,
    ),
    Route(
        "GET /v1/wallets/{seller_id}",
        ("finance", "support"),
        read_wallet,
        "A seller's balances",
    ),
    Route(
        "GET /v1/wallets/{seller_id}/entries",
        ("finance", "support"),
        read_entries,
        "A seller's journals, newest first",
        query=schema.EntriesQuery,
    ),
    Route(
        "GET /v1/wallets/{seller_id}/payability",
        ("finance", "support"),
        read_payability,
        "What can be paid out to a seller, and why the rest cannot",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
