"""The tasks of the payout workflows: one payload names its step, one answer says what is next."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.domain.payout_steps import is_being_sent
from countinghouse.usecases.advance_payout import Next, advance_payout
from countinghouse.usecases.await_payout import await_payout
from countinghouse.usecases.list_payable import list_payable
from countinghouse.usecases.open_payout import open_payout
from countinghouse.usecases.report_payouts import report_payouts
from countinghouse_aws.observability import count, logger, metrics
from functions.payout_steps import schema
from functions.payout_steps.wiring import Deps, deps

COMMIT_BUDGET_MS = 3_000
"""Time kept after the PSP's time-out for writing down what it said."""


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """One task. Raises what may work later, for the workflow to try again."""
    count("PayoutTask")
    task, ports = schema.TASK.validate_python(event), deps()
    count(f"PayoutTask_{task.step}")
    match task:
        case schema.Advance() | schema.ExpireApproval():
            return _advance(task, context.get_remaining_time_in_millis(), ports)
        case schema.Await():
            return _await(task, ports)
        case schema.ListSellers():
            found = list_payable(task.period, ports.wallets, ports.runs)
            return {"bucket": found.bucket, "key": found.key, "count": found.count}
        case schema.OpenSeller():
            return _open(task, ports)
        case schema.Report():
            counts = report_payouts(task.period, ports.runs, ports.opening.payouts)
            return {"period": task.period, "counts": counts}


def _advance(
    task: schema.Advance | schema.ExpireApproval, left_ms: int, ports: Deps
) -> dict[str, object]:
    if left_ms < ports.psp_timeout_ms + COMMIT_BUDGET_MS:
        # Nothing was sent, so nothing is lost: the task comes again with time enough.
        raise Unavailable("too little time left to call the PSP")
    expire = isinstance(task, schema.ExpireApproval)
    advanced = advance_payout(task.payout_id, ports.advancing(), expire=expire)
    answer: dict[str, object] = {
        "payout_id": task.payout_id,
        "status": str(advanced.payout.status),
        "next": str(advanced.next),
        "wait_s": advanced.wait_s,
    }
    logger().info("payout advanced", extra=answer)
    return answer


def _await(task: schema.Await, ports: Deps) -> dict[str, object]:
    opening = ports.opening
    waits = await_payout(task.payout_id, task.task_token, opening.payouts, opening.clock)
    if not waits:
        # What it would wait for has happened: nobody else will wake it.
        ports.workflows.wake(task.task_token, {"payout_id": task.payout_id})
    return {"payout_id": task.payout_id, "waiting": waits}


def _open(task: schema.OpenSeller, ports: Deps) -> dict[str, object]:
    wanted = monthly_payout(task.seller_id, task.currency, task.period)
    opened = open_payout(wanted, ports.opening)
    payout, now = opened.payout, ports.opening.clock.now()
    known = {"payout_id": payout.payout_id} if payout else {}
    waits = payout is not None and is_being_sent(payout, now)
    answer = {"next": str(Next.WAIT if waits else Next.DONE), **known}
    if opened.skipped is None:
        return {"outcome": "opened", **answer}
    return {"outcome": "skipped", "reason": opened.skipped, **answer}
