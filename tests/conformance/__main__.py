"""Write docs/conformance.md: `python -m tests.conformance`, after a green run."""

from tests.conformance.scenarios import SCENARIOS
from tests.conformance.suite import GROUPS
from tests.conformance.table import PAGE, page

assert GROUPS
PAGE.write_text(page(SCENARIOS), encoding="utf-8")
