"""Jobs that read everything there is: what they get through before their time is up."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config import stage
from infra.timeouts import timeout_s
from tools.capacity.parameters import Parameters

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it reads, how much of that there is, how much it can."""

    name: str
    reads: str
    there: float
    can: float
    then: str


def jobs(given: Parameters) -> list[Job]:
    """The jobs at once the day's volume."""
    told, prod = given.raw["jobs"], stage("prod", psp_url="https://psp.invalid")
    quotas = given.raw["quotas"]
    day = float(given.raw["payments_per_day"]) * given.orders_per_payment
    wallets = timeout_s("rollup", prod) / float(told["wallet_ms"]) * 1_000.0
    journals = timeout_s("audit", prod) / float(told["journal_ms"]) * 1_000.0
    payouts = prod.payout_concurrency / float(told["payout_s"])
    return [
        Job(
            "`rollup`, every five minutes",
            "wallets",
            float(told["wallets"]),
            wallets,
            "a parallel scan by segments under Step Functions, or balances folded from the stream",
        ),
        Job(
            "`audit`, daily",
            "journals, of a day",
            day * 2.0,
            journals,
            "the day's journals from the lake, by Athena; DynamoDB only for what differs",
        ),
        Job(
            "`repair`, after ten minutes without streams",
            "orders that are due, in an hour",
            day / 86_400.0 * 10.0 * _MINUTE_S,
            float(told["sweep_max"]) * _MINUTE_S,
            "a larger `SWEEP_MAX` with the shards swept side by side",
        ),
        Job(
            "`payout_run`, monthly",
            "sellers, in a day",
            float(told["wallets"]),
            payouts * 86_400.0,
            "`payout_concurrency`",
        ),
        Job(
            "`payout`, while the run goes",
            "executions started a second",
            payouts,
            float(quotas["executions"]),
            "Service Quotas",
        ),
        Job(
            "`payout`, while the run goes",
            "state transitions a second",
            payouts * float(told["payout_transitions"]),
            float(quotas["transitions"]),
            "Service Quotas",
        ),
    ]
