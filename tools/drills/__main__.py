"""``python -m tools.drills``: run the drills and write docs/drills.md."""

from tools.drills.book import BOOK
from tools.proof.runner import main

main(BOOK)
