"""All that differs between stages, one frozen record each; constructs never compare stage names."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from infra import stage_parts as parts
from infra.psps import UNSET_PSP_URL, Psp, named, served_by_the_sandbox
from infra.stage_parts import Lake, Schedules, Throttle, Told, Warm

RoleGrants = Mapping[str, tuple[str, ...]]

CALLER_ROLE_NAMES = ("checkout", "fulfilment", "finance", "approver", "support", "operator")
POLL_LADDER_S = "15,60,300,1800,7200,43200,86400"


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


def stage(
    name: str, psp_url: str | None = None, version: str | None = None, psps: str | None = None
) -> Stage:
    """Return the stage of that name; `psps` is a JSON object of its PSPs' settings by name.

    The laptop has all that the sandbox at `psp_url` serves.

    Raises:
        ValueError: when there is none, or a PSP's settings are not what that PSP needs.
    """
    makers = {"local": _local, "dev": _dev, "prod": _prod}
    if name not in makers:
        raise ValueError(f"unknown stage {name!r}: one of {', '.join(makers)}")
    local = name == "local"
    chosen = served_by_the_sandbox(psp_url or UNSET_PSP_URL) if local else named(psps, psp_url)
    return makers[name](chosen, version or "unversioned")


def _local(psps: tuple[Psp, ...], version: str) -> Stage:
    """One laptop: short clocks, nothing kept, the host's own architecture."""
    return Stage(
        name="local",
        psps=psps,
        version=version,
        psp_timeout_s=2,
        poll_ladder_s="5,15,60,300,1800,7200,86400",
        architecture="arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        keep_data=False,
        customer_key=False,
        tls_only=False,
        told=Told(log_days=1, trail_days=1, access_log=False, traces="none"),
        posting_queues=1,
        stream_batch=25,
        stream_parallelization=1,
        lake=Lake(batch=200, window_s=0, buffer_s=60, scan_gib=10, saves_reports=False),
        throttle=Throttle(rate_per_s=1_000, burst=1_000),
        worker_timeout_s=10,
        max_concurrency={
            "Orders": 4,
            "Progress": 2,
            "PspEvents": 2,
            "Postings": 2,
            "Aftercare": 2,
            "Payouts": 2,
        },
        payout_concurrency=8,
        bill_concurrency=2,
        close_settle_s=10,
        judge_concurrency=2,
        query_poll_s=1,
        recon_repair_s=8,
        lake_delay_s=3,
        recon_passes=3,
        recon_looks=10,
        reconcile_ahead=True,
        # Old rates under new days, so that a laptop has rates without asking anybody.
        fx_source="ecb-moved",
        close_early=True,
        redrive_alone=True,
        spells_timeouts_out=True,
    )


def _dev(psps: tuple[Psp, ...], version: str) -> Stage:
    """A cloud stage with production's guards and a small bill."""
    return Stage(
        name="dev",
        psps=psps,
        version=version,
        psp_timeout_s=5,
        poll_ladder_s=POLL_LADDER_S,
        architecture="arm64",
        keep_data=True,
        customer_key=False,
        tls_only=True,
        told=Told(log_days=14, trail_days=14, access_log=True, traces="sampled"),
        posting_queues=1,
        stream_batch=100,
        stream_parallelization=1,
        lake=Lake(batch=500, window_s=5, buffer_s=60, scan_gib=100),
        throttle=Throttle(rate_per_s=50, burst=100),
        worker_timeout_s=30,
        max_concurrency={
            "Orders": 5,
            "Progress": 5,
            "PspEvents": 5,
            "Postings": 5,
            "Aftercare": 5,
            "Payouts": 5,
        },
        payout_concurrency=10,
        bill_concurrency=10,
        close_settle_s=1_200,
        judge_concurrency=10,
        query_poll_s=5,
        recon_repair_s=300,
        lake_delay_s=300,
        recon_passes=2,
        recon_looks=6,
    )


def _prod(psps: tuple[Psp, ...], version: str) -> Stage:
    """Sized for a hundred million payments a day; 1,157 a second on average."""
    warm = Warm(reads=12_000, writes=10_000)
    return Stage(
        name="prod",
        psps=psps,
        version=version,
        psp_timeout_s=5,
        poll_ladder_s=POLL_LADDER_S,
        architecture="arm64",
        keep_data=True,
        customer_key=True,
        tls_only=True,
        told=Told(
            log_days=30,
            trail_days=parts.CALLS_KEPT_DAYS,
            access_log=True,
            traces="asked",
            events=parts.RARE_EVENTS,
        ),
        posting_queues=4,
        stream_batch=100,
        stream_parallelization=4,
        lake=Lake(batch=500, window_s=5, buffer_s=180, scan_gib=1_024),
        throttle=Throttle(rate_per_s=5_000, burst=2_500),
        worker_timeout_s=30,
        max_concurrency={
            "Orders": 230,
            "Progress": 100,
            "PspEvents": 100,
            "Postings": 100,
            "Aftercare": 50,
            "Payouts": 20,
        },
        payout_concurrency=100,
        bill_concurrency=50,
        close_settle_s=1_200,
        judge_concurrency=50,
        query_poll_s=5,
        recon_repair_s=300,
        lake_delay_s=300,
        recon_passes=2,
        recon_looks=6,
        webhook_door=True,
        reserved_concurrency=parts.RESERVED,
        warm={name: warm for name in ("PaymentEvent", "PaymentOrder", "Ledger", "Wallet")},
    )
