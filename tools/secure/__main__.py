"""``python -m tools.secure``: run the security proofs and write docs/secure.md."""

from tools.proof.runner import main
from tools.secure.book import BOOK

main(BOOK)
