"""The roll-up."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.take_trial_balance import take_trial_balance
from countinghouse_aws.observability import count, logger, metrics
from functions.rollup.schema import RolledUp
from functions.rollup.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One roll-up, whatever the event says."""
    ports = deps()
    balance = take_trial_balance(ports.wallets, ports.balances, ports.findings, ports.clock)
    rolled = RolledUp(wallets=balance.wallets, totals=balance.totals)
    count("WalletsRolledUp", rolled.wallets)
    count("NonZeroTotals", sum(1 for total in rolled.totals.values() if total))
    logger().info("rolled up", extra=rolled.model_dump())
    return rolled.model_dump()
