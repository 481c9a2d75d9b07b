"""The drills, in the order in which they run."""

from tools.drills import (
    poison,
    psp_outage,
    redrive,
    region,
    restore,
    rollback,
    rotation,
    streams,
)
from tools.proof.claims import Step
from tools.proof.runner import Book

STEPS: tuple[Step, ...] = (
    poison.STEP,
    redrive.STEP,
    psp_outage.STEP,
    streams.STEP,
    region.STEP,
    restore.STEP,
    rollback.STEP,
    rotation.STEP,
)

BOOK = Book(
    name="drills",
    heading="Drills",
    intro="What `make drills` did; the run writes this page. "
    "What to do for real: [runbook.md](runbook.md).",
    steps=STEPS,
)
