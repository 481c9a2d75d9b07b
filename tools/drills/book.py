"""The drills, in the order in which they run."""

from tools.proof.claims import Step
from tools.proof.runner import Book

STEPS: tuple[Step, ...] = ()

BOOK = Book(
    name="drills",
    heading="Drills",
    intro="What `make drills` did; the run writes this page. "
    "What to do for real: [runbook.md](runbook.md).",
    steps=STEPS,
)
