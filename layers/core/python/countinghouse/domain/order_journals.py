"""From an order's bookings to journals: the posting rules of domain rules, section 3.

A draft fixes what is booked and under which id; its legs are drawn up against the wallet as it
stands at that moment, because a seller's part may have to come from reserve or debt.
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.errors import Conflict
from countinghouse.domain.fx_position import EXCHANGE
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, JournalKey, journal_key
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_conversion import captured_sides
from countinghouse.domain.posting_rules import POSTING_RULES
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.records import dataclass

K = BookingKind

CAPTURE = str(K.CAPTURE)


def capture_key(order_id: str) -> JournalKey:
    """Where the journal of an order's capture stands, whether or not it was written."""
    return journal_key(order_id, K.CAPTURE)


def booking_key(order: Order, place: int) -> JournalKey:
    """Where the journal of the order's booking at `place` stands, written or not."""
    return journal_key(order.order_id, order.bookings[place].kind, str(place))


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """One journal that an order calls for; `place` is None for its capture."""

    order: Order
    place: int | None
    now: Instant

    @property
    def key(self) -> JournalKey:
        """The journal's key."""
        if self.place is None:
            return capture_key(self.order.order_id)
        return booking_key(self.order, self.place)

    @property
    def reference(self) -> str:
        """The order."""
        return self.order.order_id

    @property
    def addresses(self) -> tuple[WalletAddress, ...]:
        """The seller's wallet; of a converted order also the books of its exchange."""
        order = self.order
        if order.conversion is None:
            return (order.wallet,)
        currencies = (order.currency, order.conversion.seller_currency)
        return (order.wallet, *(WalletAddress(_home(order), code) for code in currencies))

    @property
    def original(self) -> JournalKey | None:
        """The journal that this one undoes, if it is of that kind."""
        mirrors = self.booking.mirrors
        return None if mirrors is None else booking_key(self.order, mirrors)

    @property
    def booking(self) -> Booking:
        """What is booked."""
        if self.place is not None:
            return self.order.bookings[self.place]
        order = self.order
        captured_at = order.captured_at or order.updated_at
        sides = captured_sides(order)
        split = Split(pending=sides.seller_minor)
        return Booking(K.CAPTURE, split, captured_at, "", None, 0, *sides.beside)

    def drawn(
        self, wallets: Mapping[WalletAddress, Wallet], booked: Mapping[JournalKey, Journal]
    ) -> Journal:
        """The journal, drawn up against the wallet as it is.

        Raises Conflict when the journal it undoes is not among `booked`.
        """
        order, booking = self.order, self.booking
        purse = Purse(wallets[order.wallet], order.seller_id)
        reverses = None
        if self.original is not None:
            if self.original not in booked:
                raise Conflict(f"{self.original.ledger_id} is not booked, so nothing undoes it")
            undone = booked[self.original]
            reverses = undone.ledger_id
            purse.return_(undone.legs, self.now)
        POSTING_RULES[booking.kind](purse, order, booking)
        return Journal(
            key=self.key,
            kind=booking.kind,
            reference=order.order_id,
            legs=purse.legs(),
            event_at=booking.event_at,
            created_at=self.now,
            cause=f"order:{order.order_id}:{booking.subject or order.version}",
            checkout_id=order.checkout_id,
            wallet_shard=order.wallet_shard,
            reverses=reverses,
            home=_home(order),
            psp_reference=_psp_reference(order, booking),
        )


def _home(order: Order) -> str:
    """Whose books have what is neither seller's nor buyer's.

    A converted order has books of its own: what it leaves in the buyer's currency is no business of
    the seller, who may have a wallet in that currency for other orders.
    """
    if order.conversion is None:
        return order.wallet.owner
    shard = f".{order.wallet_shard}" if order.wallet_shard else ""
    return f"{EXCHANGE}:{order.seller_id}{shard}"


def _psp_reference(order: Order, booking: Booking) -> str | None:
    """The PSP's id of what is booked: the charge, the refund or the dispute; None if none moved."""
    match booking.kind:
        case K.CAPTURE:
            return order.psp_reference
        case K.REFUND_PAID | K.REFUND_REVERSED:
            refunds = (r.psp_reference for r in order.refunds if r.refund_id == booking.subject)
            return next(refunds, None)
        case _:
            disputes = (d for d in order.disputes if d.dispute_id == booking.subject)
            return next((d.psp_reference for d in disputes), None)


def order_drafts(order: Order, now: Instant) -> tuple[OrderDraft, ...]:
    """Every journal that the order may still lack, in the order they have to be booked.

    Booking one twice is a no-op by its id.
    """
    if order.status not in CAPTURED_STATUSES:
        return ()
    places: list[int | None] = [] if order.booked else [None]
    places += range(order.booked, len(order.bookings))
    return tuple(OrderDraft(order, place, now) for place in places)
