"""What makes the sandbox one PSP or another: paths, keys, bodies, errors, webhooks, files.

One engine (sessions, charges, refunds, disputes, payouts, the clock, faults, the outbox) stands
behind every face. ``native.NativeFace`` is the sandbox's own; others speak as a real PSP does. The
buyer's calls and the test's (``/sessions/...``, ``/pay/...``, ``/_control/...``) are the same
behind each, in the sandbox's own shape; so is the bank's statement.

A face keeps what the engine has no column for in ``papers``. It answers a repeated key by
``idempotency.first_answer`` (the first response, byte for byte) or ``idempotency.once``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from tools.sandbox_psp.book import Book
    from tools.sandbox_psp.charges import Charge, Session
    from tools.sandbox_psp.desk import Call, Desk
    from tools.sandbox_psp.outbox import Event
    from tools.sandbox_psp.routing import Route
    from tools.sandbox_psp.settlement_lines import Line
    from tools.sandbox_psp.wire import JsonValue, Refused, Request, Response

Noun: TypeAlias = Literal[
    "session", "client_secret", "charge", "refund", "dispute", "payout", "bank_account", "event"
]

# The event that a day was closed into a file: its reference is the file's name. It is about no
# order, and the sandbox itself tells nobody.
SETTLEMENT_CLOSED: Final = "settlement.closed"


@dataclass(frozen=True)
class Webhook:
    """What is posted of an event: its id, its type, and its bytes, fixed from now on."""

    event_id: str
    kind: str
    body: bytes


@dataclass(frozen=True)
class Batch:
    """A day closed: every line and row, the payouts last. ``number`` counts the book's batches."""

    number: int
    day: date
    lines: Sequence[Line]


@dataclass(frozen=True)
class SettlementFile:
    """A settlement file; no two of a book have the same name.

    ``bank_references`` is what the bank calls the payout of a currency: by default the batch's
    number.
    """

    name: str
    body: bytes
    bank_references: Mapping[str, str] = field(default_factory=dict)


class Face(Protocol):
    """How one PSP looks from outside. It has no state: what it must remember is in the book."""

    @property
    def name(self) -> str:
        """What the PSP is called; also the merchant's account at the bank that it pays into."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """The merchant's calls, without those that stand behind every face."""
        ...

    def check_key(self, desk: Desk, request: Request) -> None:
        """Let the merchant in, or raise ``Refused`` (401)."""
        ...

    def read(self, request: Request) -> Mapping[str, JsonValue]:
        """The body of a merchant's call as values; ``Refused`` when it cannot be read."""
        ...

    def subject(self, desk: Desk, call: Call) -> str | None:
        """The order a merchant's call is about, by which faults are aimed.

        For a session it is the checkout, for a payout the merchant's reference of it.
        """
        ...

    def refusal(self, refused: Refused) -> Response:
        """An error as the merchant sees it.

        Besides what the engine and the face refuse: ``internal_error`` (500), ``rate_limited``
        (429), ``unavailable`` (503) and ``idempotency_key_in_use`` (409) come of planted faults.
        """
        ...

    def finished(self, desk: Desk, request: Request, response: Response) -> Response:
        """What every answer to the merchant carries beside its content: a request's id, say."""
        ...

    def token(self, book: Book, noun: Noun, number: int) -> str:
        """The reference of the object of this number; negative ones belong to no object."""
        ...

    def attached(self, desk: Desk, session: Session) -> None:
        """Note that a buyer has just attached a payment method to the session."""
        ...

    def checkout(self, desk: Desk, charge: Charge) -> str:
        """What the charges of one checkout have in common."""
        ...

    def webhooks(self, desk: Desk, event: Event) -> Sequence[Webhook]:
        """What to post of a change, inside its transaction; the book holds the changed object.

        One fault meets all webhooks of one change. Nothing may be posted at all.
        """
        ...

    def sealed(
        self, desk: Desk, webhook: Webhook, at: datetime, *, trusted: bool
    ) -> tuple[dict[str, str], bytes]:
        """Headers and bytes of one delivery, signed; with a wrong key when not ``trusted``."""
        ...

    def settlement(self, desk: Desk, batch: Batch) -> SettlementFile:
        """The file that tells of a closed day."""
        ...

    def settlement_url(self, desk: Desk, name: str) -> str:
        """Where the merchant gets the file."""
        ...
