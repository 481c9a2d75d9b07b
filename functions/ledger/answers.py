"""What the ledger service answers."""

from __future__ import annotations

from countinghouse_aws.edge.answers import (
    Answers,
    Instant,
    Journal,
    JournalList,
    Problem,
    Proposal,
    Shown,
)


class CurrencyBalance(Shown):
    """One currency's accounts; debit positive, credit negative."""

    total: int
    accounts: dict[str, int]


class TrialBalance(Shown):
    """What every account adds up to."""

    as_of: Instant
    currencies: dict[str, CurrencyBalance]


ANSWERS: Answers = {
    "POST /v1/ledger": {
        201: Journal,
        202: Proposal,
        400: Problem,
        422: Problem,
        503: Problem,
    },
    "GET /v1/ledger/journals/{ledger_id}": {200: Journal, 404: Problem, 422: Problem},
    "GET /v1/ledger/journals": {200: JournalList, 422: Problem},
    "GET /v1/ledger/trial-balance": {200: TrialBalance},
}
