"""What every operation is given: the book, the configuration, the face, and what time it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge, Session, charge_json
from tools.sandbox_psp.fields import Fields, invalid
from tools.sandbox_psp.wire import JsonValue, Refused, Request

if TYPE_CHECKING:
    from tools.sandbox_psp.face import Face, Noun

_CLOCK: Final = "clock_offset_s"


@dataclass(frozen=True)
class Config:
    """How a sandbox is reached and trusted. ``public_url`` has no trailing slash."""

    api_key: str = "sk_sandbox"
    webhook_secret: str = "whsec_sandbox"  # noqa: S105 - it guards made-up money
    public_url: str = "http://sandbox-psp.test"
    session_lifetime: timedelta = timedelta(days=1)
    payout_arrival: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class Desk:
    """The book, the configuration, the face that the PSP wears, and the caller's clock."""

    book: Book
    config: Config
    wall_now: Callable[[], datetime]
    face: Face

    @property
    def prefix(self) -> str:
        """What this PSP's paths stand under: nothing, or a segment such as ``/stripe``."""
        return urlsplit(self.config.public_url).path

    def token(self, noun: Noun, number: int) -> str:
        """The reference of an object, as the face gives it."""
        return self.face.token(self.book, noun, number)

    def now(self) -> datetime:
        """The PSP's own time: the caller's clock plus what ``/_control/clock`` has added."""
        return self.wall_now() + timedelta(seconds=self.offset_s())

    def offset_s(self) -> int:
        """How far the PSP's clock is ahead of the caller's."""
        return int(self.book.setting(_CLOCK) or "0")

    def advance(self, by: timedelta) -> None:
        """Move the PSP's clock forward."""
        total = self.offset_s() + by.days * 86_400 + by.seconds
        self.book.set_setting(_CLOCK, str(total))

    def session(self, psp_token: str) -> Session:
        """The session, or ``Refused`` 404."""
        found = self.book.session(psp_token)
        if found is None:
            raise Refused(404, "not_found", "no such session")
        return found

    def charge(self, psp_reference: str) -> Charge:
        """The charge, or ``Refused`` 404."""
        found = self.book.charge(psp_reference)
        if found is None:
            raise Refused(404, "not_found", "no such charge")
        return found

    def charge_view(self, charge: Charge) -> dict[str, JsonValue]:
        """The charge as the merchant sees it now."""
        return charge_json(charge, self.session(charge.session), self.config.public_url)


@dataclass(frozen=True)
class Call:
    """A routed request: what its path named and what its body holds."""

    request: Request
    path: Mapping[str, str]
    body: Fields
    is_form: bool = False

    def wanted(self, *names: str, required: bool = True) -> dict[str, str]:
        """The query's parameters of these names; ``Refused`` 422 when a required one is missing."""
        given = self.request.parameters()
        found = {name: given[name] for name in names if name in given}
        if required and not found:
            raise invalid(f"give {' or '.join(names)}")
        return found
