"""How long each function may run: its PSP calls in the worst case, plus its own work."""

from __future__ import annotations

from dataclasses import dataclass

from infra.catalogue import ANSWERS_HTTP, BATCH
from infra.stage import Stage

_RECONCILES = frozenset({"settlement_files", "reconciliation_steps"})


@dataclass(frozen=True)
class Budget:
    """Seconds a function may run: its PSP calls in the worst case, plus its own work."""

    psp_calls: int
    own_s: int

    def timeout_s(self, stage: Stage) -> int:
        """Return the function's timeout on that stage."""
        return self.psp_calls * stage.psp_timeout_s + self.own_s


def timeout_s(function: str, stage: Stage) -> int:
    """Return the timeout in seconds, so that a slow PSP ends a call and never the function."""
    if function in ANSWERS_HTTP:
        # A session is opened at three PSPs at most, a bank account asked after at one. The API
        # itself gives up at 30 s, after this.
        calls = {"payments": 3, "payouts": 1}.get(function, 0)
        # A preliminary statement reads one journal after the other; a report waits for its query.
        own_s = 25 if function in {"billing", "analytics"} else 10
        return Budget(psp_calls=calls, own_s=own_s).timeout_s(stage)
    if function in {"order_execution", "order_aftercare"}:
        # Every message of a batch may wait out one full PSP timeout, one after the other.
        return Budget(psp_calls=BATCH, own_s=10).timeout_s(stage)
    if function == "payout_steps":
        # A step is two PSP calls at most; what takes this long is the run's list of all wallets.
        return 300
    if function in {"audit", "billing_steps", "billing_pdf"} | _RECONCILES:
        # All journals, a large seller's, or a PSP's whole file.
        return 900
    if function in {"repair", "rollup"}:
        # Done, or stopped, before a second one starts.
        return 55
    return stage.worker_timeout_s
