"""The steps of `make secure`, in the order in which they run."""

from tools.proof.claims import Step
from tools.proof.runner import Book
from tools.secure import (
    api_fuzz,
    card_numbers,
    dependencies,
    doors,
    enforced,
    four_eyes,
    grants,
    isolation,
    logs,
    mutants,
    owasp,
    parsers,
    rules,
)

STEPS: tuple[Step, ...] = (
    Step("role-matrix", "Routes by roles", doors.prove),
    Step("isolation", "Whose answers", isolation.prove),
    Step("four-eyes", "Four eyes", four_eyes.prove),
    Step("owasp", "OWASP API Security Top 10 (2023)", owasp.prove),
    Step("api-fuzz", "The API under fire", api_fuzz.prove),
    Step("card-numbers", "Card numbers", card_numbers.prove),
    Step("logs", "What is left behind", logs.prove),
    Step("mutants", "Mutants of what counts money and checks signatures", mutants.prove),
    Step("parsers", "Parsers, fuzzed", parsers.prove),
    Step("enforced", "Roles enforced", enforced.prove),
    Step("grants", "Grants, less what is used", grants.prove),
    Step("rules", "Rule packs over the infrastructure", rules.prove),
    Step("dependencies", "What others wrote", dependencies.prove),
)

BOOK = Book(
    name="secure",
    heading="Security, shown",
    intro="What `make secure` counted; the run writes this page. "
    "How it is built: [security.md](security.md).",
    steps=STEPS,
)
