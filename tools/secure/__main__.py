"""``python -m tools.secure``: run the security proofs and write docs/secure.md."""

import os

# A function's log and metrics keep what they found when its handler was first imported, by
# whichever step comes first: all of them find what a stage gives (as tests/conftest.py does).
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Countinghouse")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "secure")

from tools.proof.runner import main
from tools.secure.book import BOOK

main(BOOK)
