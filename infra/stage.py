"""What a stage is made of: one frozen record, which constructs read and never a stage's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from infra.psps import Psp
from infra.stage_parts import Lake, Schedules, Throttle, Told, Warm

RoleGrants = Mapping[str, tuple[str, ...]]

CALLER_ROLE_NAMES = ("checkout", "fulfilment", "finance", "approver", "support", "operator")


@dataclass(frozen=True)
class Stage:
    """One deployable stage."""

    name: Literal["local", "dev", "prod"]
    psps: tuple[Psp, ...]
    psp_timeout_s: int
    poll_ladder_s: str
    architecture: Literal["arm64", "x86_64"]
    # Tables, keys and log groups survive a deleted stack, and tables restore to any second.
    keep_data: bool
    customer_key: bool
    # Queues and topics refuse plain HTTP, which is all the emulator speaks.
    tls_only: bool
    told: Told
    posting_queues: int
    stream_batch: int
    stream_parallelization: int
    lake: Lake
    throttle: Throttle
    worker_timeout_s: int
    # Concurrent consumers per queue. For `Orders` this is what the PSP sees of us at once.
    max_concurrency: Mapping[str, int]
    # Payouts of the monthly run that are between opened and sent at once; sending one takes about
    # two seconds, so half as many a second at most, whatever slows down on the way.
    payout_concurrency: int
    # Sellers that the month close bills at once.
    bill_concurrency: int
    # How long after a close its last bookings may still be written: longer than any function that
    # books may run, and clocks may differ.
    close_settle_s: int
    # Portions of a hundred differences that the reconciliation judges at once.
    judge_concurrency: int
    # Seconds between two looks at a query, before orders under way are looked at again, and until
    # what was just booked can be read from the lake; and how often the last two are waited for.
    query_poll_s: int
    recon_repair_s: int
    lake_delay_s: int
    recon_passes: int
    recon_looks: int
    # How long changes of tables that nothing follows on, but an alarm, are gathered.
    watch_window_s: int = 0
    # Keys of busy due-indexes. More or fewer later, but not the fewest: then no others are swept.
    due_shards: int = 8
    # A day may be reconciled before it has come: a sandbox PSP's clock can be set ahead.
    reconcile_ahead: bool = False
    # Whose reference rates are used: the folder of their files.
    fx_source: str = "ecb"
    # A month may be closed before it ends, so that a close can be seen on any day.
    close_early: bool = False
    # Stands on invoices. Whoever deploys this puts name, address and tax number here.
    invoice_issuer: str = "Countinghouse Marketplace"
    # Whether one person may redrive: on a laptop, where there is but one.
    redrive_alone: bool = False
    # The emulator waits for ever where a workflow's timeout comes with its input, so there the
    # timeouts of the poll ladder are spelt out.
    spells_timeouts_out: bool = False
    # Quotas are AWS's own; the emulator has none, and no alarms over metric math.
    watches_quotas: bool = True
    # PSPs come in by the webhook function's own URL, past the API.
    webhook_door: bool = False
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    warm: Mapping[str, Warm] = field(default_factory=dict)
    schedules: Schedules = field(default_factory=Schedules)
    log_level: str = "INFO"
    version: str = "unversioned"

    @property
    def assets(self) -> Literal["local", "lambda"]:
        """Which build of the layers this stage runs."""
        return "local" if self.name == "local" else "lambda"

    def stack_name(self, part: str) -> str:
        """Return the CloudFormation name of one of the stage's stacks."""
        return f"countinghouse-{self.name}-{part}"

    def caller_roles(self, account: str) -> RoleGrants:
        """Map caller ARN patterns to roles: one IAM role per duty, the laptop's one key for all."""
        if self.name == "local":
            return {"arn:aws:*": CALLER_ROLE_NAMES}
        prefix = f"arn:aws:sts::{account}:assumed-role/countinghouse-{self.name}"
        return {f"{prefix}-{role}/*": (role,) for role in CALLER_ROLE_NAMES}
