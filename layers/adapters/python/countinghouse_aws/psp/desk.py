"""One PSP as the stage knows it: everything it can be asked, under its current key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from countinghouse.ports.gateway import ChargeOwners
from countinghouse.ports.payouts import PayoutNews

if TYPE_CHECKING:
    from countinghouse.domain.instants import Instant
    from countinghouse.domain.psp import PayoutFact, PspEvent
    from countinghouse.ports.books import PspEventBook
    from countinghouse.ports.clock import Clock
    from countinghouse.ports.gateway import ChargeDesk, RefundGateway
    from countinghouse.ports.payouts import PayoutDesk
    from countinghouse.ports.settlement_source import SettlementSource


class Secret(Protocol):
    """A PSP's secret: fields by name, of which several values may be live. `repr` shows none."""

    @property
    def clock(self) -> Clock:
        """What tells how old a value is."""
        ...

    def current(self, name: str) -> str:
        """The newest value of a field. Raises Unavailable."""
        ...

    def live(self, name: str) -> tuple[str, ...]:
        """Every live value of a field, the newest first. Raises Unavailable."""
        ...


class Owners(ChargeOwners, PayoutNews, Protocol):
    """Whose a charge or payout is that an event names by the PSP's own id only."""


class Unasked:
    """The owners at a PSP whose events name our own ids: there is nothing to ask."""

    def order_of(self, psp: str, charge_reference: str) -> str | None:
        """None: the event would have said so."""
        del psp, charge_reference
        return None

    def payout_of(self, psp: str, psp_reference: str) -> PayoutFact | None:
        """None: the event would have said so."""
        del psp, psp_reference
        return None


class WebhookSource(Protocol):
    """One PSP's webhooks."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Raise BadSignature or StaleTimestamp unless a live secret signed these bytes."""
        ...

    def parse(self, body: bytes, now: Instant) -> tuple[PspEvent, ...]:
        """The events the bytes state. Raises Invalid when they cannot be read."""
        ...


class Desk(Protocol):
    """One PSP. What is handed out is made under its current key: ask anew for each batch."""

    def gateway(self) -> ChargeDesk:
        """The PSP, asked to charge."""
        ...

    def refunds(self) -> RefundGateway:
        """The PSP, asked to give back."""
        ...

    def payouts(self) -> PayoutDesk:
        """The PSP, asked to pay out."""
        ...

    def statements(self, inbox: PspEventBook) -> SettlementSource:
        """The PSP's files; of some PSPs' only the events in the inbox tell."""
        ...

    def owners(self) -> Owners:
        """The PSP, asked whose a charge or payout is that its event names."""
        ...

    def webhooks(self) -> WebhookSource:
        """The PSP's webhooks, under every live secret."""
        ...
