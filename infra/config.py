"""All that differs between stages: the laptop's, a cloud stage for trying out, production's."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial

from infra import stage_parts as parts
from infra.psps import UNSET_PSP_URL, Psp, named, served_by_the_sandbox
from infra.scale import Scale, scale_of
from infra.stage import Stage
from infra.stage_parts import Lake, Throttle, Told

_Maker = Callable[[tuple[Psp, ...], str], Stage]

POLL_LADDER_S = "15,60,300,1800,7200,43200,86400"


def stage(
    name: str,
    psp_url: str | None = None,
    version: str | None = None,
    psps: str | None = None,
    scale: str | None = None,
) -> Stage:
    """Return the stage of that name; `psps` is a JSON object of its PSPs' settings by name.

    The laptop has all that the sandbox at `psp_url` serves. `scale` is production's, by its name in
    `infra.scale`.

    Raises:
        ValueError: when there is none, or a PSP's settings are not what that PSP needs.
    """
    if scale is not None and name != "prod":
        raise ValueError(f"stage {name} has no scale")
    prod = partial(_prod, scale_of(scale))
    makers: dict[str, _Maker] = {"local": _local, "dev": _dev, "prod": prod}
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
        # The emulator waits 50 ms for the lines of an invocation that logs none, and serves all
        # streams from one thread: with a line from each, several times as much goes through.
        log_level="DEBUG",
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
        watches_quotas=False,
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


def _prod(scale: Scale, psps: tuple[Psp, ...], version: str) -> Stage:
    """Production, sized for so many times a hundred million payments a day as `scale` is for."""
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
        stream_parallelization=2,
        watch_window_s=2,
        lake=Lake(batch=500, window_s=5, buffer_s=180, scan_gib=1_024),
        throttle=scale.throttle,
        worker_timeout_s=30,
        max_concurrency=scale.consumers,
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
        due_shards=scale.due_shards,
        reserved_concurrency=scale.reserved,
        warm=scale.warm,
    )
