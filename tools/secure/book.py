"""The steps of `make secure`, in the order in which they run."""

from tools.proof.claims import Step
from tools.proof.runner import Book
from tools.secure import card_numbers, dependencies, parsers

STEPS: tuple[Step, ...] = (
    Step("card-numbers", "Card numbers", card_numbers.prove),
    Step("parsers", "Parsers, fuzzed", parsers.prove),
    Step("dependencies", "What others wrote", dependencies.prove),
)

BOOK = Book(
    name="secure",
    heading="Security, shown",
    intro="What `make secure` counted; the run writes this page. "
    "How it is built: [security.md](security.md).",
    steps=STEPS,
)
