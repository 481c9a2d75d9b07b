"""What month closes and bills are kept in, and the documents made of them."""

from collections.abc import Iterable
from typing import Protocol

from countinghouse.domain.close import Closes, Month
from countinghouse.domain.invoice import Bill


class CloseBook(Protocol):
    """The months that were closed."""

    def closes(self) -> Closes:
        """Every close."""
        ...

    def record(self, old: Closes, new: Closes) -> None:
        """Keep one close more. Raises Conflict when there are others than `old` by now."""
        ...


class BillRegister(Protocol):
    """The sellers' bills: which statements were drawn and which document numbers given out."""

    def bill(self, seller_id: str, month: Month) -> Bill | None:
        """What is registered for a seller and month, or None before it was billed."""
        ...

    def billed(self, seller_ids: Iterable[str], month: Month) -> frozenset[str]:
        """Those of the sellers that were billed for the month."""
        ...

    def taken(self, seller_id: str) -> int:
        """How many numbers of the seller's series are given out."""
        ...

    def register(self, seller_id: str, month: Month, taken: int, bill: Bill) -> None:
        """Keep a bill and move the series on from `taken` by its documents: all or nothing.

        Raises Conflict when the month is billed already or the series has moved.
        """
        ...


class DocumentStore(Protocol):
    """Documents by key. The same key is written again with the same bytes; versions are kept."""

    def read(self, key: str) -> bytes | None:
        """The newest version, or None."""
        ...

    def write(self, key: str, content: bytes, media_type: str) -> None:
        """Keep a version."""
        ...


class CloseWorkflow(Protocol):
    """The workflow that closes a month and bills every seller."""

    def start(self, month: Month, name: str) -> None:
        """Start it, once under that name."""
        ...
