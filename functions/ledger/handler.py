"""The ledger service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.domain.ledger import parse_ledger_id
from countinghouse.usecases.book_adjustment import book_adjustment
from countinghouse.usecases.read_trial_balance import read_trial_balance
from countinghouse.views import journal_view, trial_balance_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import fingerprint, scope_of
from countinghouse_aws.observability import metrics
from functions.ledger import schema
from functions.ledger.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}


def create_journal(request: Request, body: schema.LedgerBody, ports: Deps) -> Answer:
    """Book both sides of a manual adjustment."""
    booked = book_adjustment(
        body.to_request(request.caller, scope_of(request)),
        scope_of(request),
        fingerprint(body.model_dump(exclude_none=True)),
        ports.ledger,
        ports.journals,
        ports.clock,
    )
    return Answer(201, journal_view(booked.journal), REPLAYED if booked.replayed else {})


def read_journal(request: Request, ports: Deps) -> Answer:
    """One journal."""
    ledger_id = request.path["ledger_id"]
    journal = ports.journals.journal(parse_ledger_id(ledger_id))
    if journal is None:
        raise NotFound(f"there is no journal {ledger_id}")
    return Answer(200, journal_view(journal))


def list_journals(request: Request, query: schema.JournalQuery, ports: Deps) -> Answer:
    """Every journal of one reference, oldest first."""
    found = ports.journals.journals(query.reference)
    return Answer(200, {"data": [journal_view(journal) for journal in found], "next_cursor": None})


def trial_balance(request: Request, ports: Deps) -> Answer:
    """What every account adds up to."""
    return Answer(
        200, trial_balance_view(read_trial_balance(ports.wallets, ports.balances, ports.clock))
    )


ROUTES = (
    Route(
        "POST /v1/ledger",
        ("finance",),
        create_journal,
        "Book a manual adjustment, both sides",
        body=schema.LedgerBody,
        idempotency_key=True,
    ),
    Route(
        "GET /v1/ledger/journals/{ledger_id}",
        ("finance", "support"),
        read_journal,
        "One journal",
    ),
    Route(
        "GET /v1/ledger/journals",
        ("finance", "support"),
        list_journals,
        "Every journal of one reference",
        query=schema.JournalQuery,
    ),
    Route(
        "GET /v1/ledger/trial-balance",
        ("finance", "operator"),
        trial_balance,
        "What every account adds up to",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
