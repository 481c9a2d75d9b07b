"""What a drill does to the deployed system: one that runs, or one that is started for it."""

from __future__ import annotations

import time

from rich.console import Console

from tools.client import Client
from tools.demo.outage import FAILING, STANDING_IN, compare_outage, play_outage
from tools.local import system
from tools.local.progress import Progress
from tools.proof.claims import Claim, Run


def outage_claims(run: Run) -> tuple[Claim, ...]:
    """The demo's outage, over HTTP, on the local engine."""
    run.tell("the same on the deployed system")
    with system.running_system(Progress(Console(stderr=True))):
        played = play_outage(Client.of_running_system(), f"drill{time.time_ns() // 1_000_000_000}")
    compared = compare_outage(played)
    orders = sum(len(payments) for _, payments in played.parts)
    return (
        Claim(
            f"deployed, over HTTP: {FAILING} is cut off, {STANDING_IN} stands in, nobody pays "
            "twice, who is in doubt waits",
            f"{orders} orders, {len(compared.differences)} of them not as they should",
            holds=bool(orders) and not compared.differences,
        ),
    )
