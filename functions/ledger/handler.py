"""The ledger service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.domain.ledger import parse_ledger_id
from countinghouse.proposal_views import proposal_view
from countinghouse.usecases.book_adjustment import ProposedAdjustment, book_adjustment
from countinghouse.usecases.name_account import name_account
from countinghouse.usecases.read_trial_balance import read_trial_balance
from countinghouse.views import journal_view, trial_balance_view
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import scope_of
from countinghouse_aws.observability import metrics
from functions.ledger import schema
from functions.ledger.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}


def create_journal(request: Request, body: schema.LedgerBody, ports: Deps) -> Answer:
    """Book both sides of a manual adjustment; above the limit, propose to."""
    scope, sides = scope_of(request), (body.named, body.counter)
    account = name_account(body.user_id, *sides, body.currency, ports.naming())
    wanted, mark = body.to_request(account, request.caller, scope), body.fingerprint(account)
    done = book_adjustment(wanted, scope, mark, ports.adjusting())
    headers = REPLAYED if done.replayed else {}
    if isinstance(done, ProposedAdjustment):
        return Answer(202, proposal_view(done.proposal, ports.clock.now()), headers)
    return Answer(201, journal_view(done.journal), headers)


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
    balance = read_trial_balance(ports.wallets, ports.balances, ports.clock)
    return Answer(200, trial_balance_view(balance))


READERS = ("finance", "support")

ROUTES = (
    Route(
        "POST /v1/ledger",
        ("finance",),
        create_journal,
        "Book a manual adjustment, both sides, or propose it above the limit",
        body=schema.LedgerBody,
        idempotency_key=True,
    ),
    Route("GET /v1/ledger/journals/{ledger_id}", READERS, read_journal, "One journal"),
    Route(
        "GET /v1/ledger/journals",
        READERS,
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
