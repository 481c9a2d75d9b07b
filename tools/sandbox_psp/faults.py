"""Faults on demand: planted in the book, matched to an operation and an order, counted down."""

from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.fields import Fields, invalid
from tools.sandbox_psp.wire import JsonValue

OPERATIONS: Final = (
    "session", "charge", "capture", "void", "query", "refund", "dispute", "payout", "webhook",
)  # fmt: skip
_REQUEST_OPERATIONS: Final = OPERATIONS[:-1]

# What answers or breaks the call itself, in whatever operation was asked for.
REQUEST_KINDS: Final = (
    "timeout_before", "timeout_after_success", "http_500", "http_429", "connection_drop",
    "key_in_use",
)  # fmt: skip
DISPATCH_KINDS: Final = (
    "webhook_lost", "webhook_duplicate", "webhook_delayed", "webhook_out_of_order",
)  # fmt: skip
AMOUNT_DRIFT: Final = "amount_drift"
BAD_SIGNATURE: Final = "webhook_bad_signature"
REFUND_FAILS: Final = "refund_fails"
REFUND_REVERSED: Final = "refund_reversed"
REFUND_KINDS: Final = (REFUND_FAILS, REFUND_REVERSED)
PAYOUT_FAILS: Final = "payout_fails"
PAYOUT_RETURNED: Final = "payout_returned"
PAYOUT_KINDS: Final = (PAYOUT_FAILS, PAYOUT_RETURNED)

# kind -> the operations it can act on; the first is the default.
_ACTS_ON: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(REQUEST_KINDS, ("charge", *(o for o in _REQUEST_OPERATIONS if o != "charge"))),
    AMOUNT_DRIFT: ("charge",),
    **dict.fromkeys((*DISPATCH_KINDS, BAD_SIGNATURE), ("webhook",)),
    **dict.fromkeys(REFUND_KINDS, ("refund",)),
    **dict.fromkeys(PAYOUT_KINDS, ("payout",)),
}
KINDS: Final = tuple(_ACTS_ON)

_DELAY_S: Final = 8
_HOLD_S: Final = 3
_TIMES_MAX: Final = 1_000_000


@dataclass(frozen=True)
class Fault:
    """A planted fault, as it stood when it was taken; a payout's reference is its ``order_id``."""

    fault_id: int
    kind: str
    operation: str
    order_id: str | None
    times: int
    delay_s: int
    stored: bool

    def as_json(self) -> dict[str, JsonValue]:
        """The fault as the control calls show it; ``times`` is what is left."""
        return dict(vars(self))


def plant(book: Book, body: Fields) -> Fault:
    """Plant what the body asks for.

    Raises:
        Refused: 422, the kind is unknown, the times are not 1 or more, or it could never fire.
    """
    kind = body.choice("kind", KINDS)
    acts_on = _ACTS_ON[kind]
    operation = body.choice("operation", OPERATIONS, default=acts_on[0])
    if operation not in acts_on:
        raise invalid(f"{kind} never acts on {operation}, only on {', '.join(acts_on)}")
    stored = body.flag("stored")
    if stored and kind != "http_500":
        raise invalid("stored belongs to http_500")
    fault = Fault(
        fault_id=book.next_number("fault"),
        kind=kind,
        operation=operation,
        order_id=body.optional_text("order_id"),
        times=body.integer("times", 1, _TIMES_MAX) if body.has("times") else 1,
        delay_s=_delay_s(kind, body),
        stored=stored,
    )
    book.put("faults", vars(fault))
    return fault


def _delay_s(kind: str, body: Fields) -> int:
    if body.has("delay_s"):
        return body.integer("delay_s", 0, 86_400)
    return _HOLD_S if kind == "webhook_out_of_order" else _DELAY_S


def listed(book: Book) -> list[Fault]:
    """The faults still planted, oldest first."""
    return [
        Fault(
            fault_id=row["fault_id"],
            kind=row["kind"],
            operation=row["operation"],
            order_id=row["order_id"],
            times=row["times"],
            delay_s=row["delay_s"],
            stored=bool(row["stored"]),
        )
        for row in book.rows("SELECT * FROM faults ORDER BY fault_id")
    ]


def take(book: Book, kinds: tuple[str, ...], operation: str, order_id: str | None) -> Fault | None:
    """Take one of the oldest matching fault, or None. To be called inside a transaction."""
    for fault in listed(book):
        aimed = fault.order_id is None or fault.order_id == order_id
        if fault.kind in kinds and fault.operation == operation and aimed:
            book.run("UPDATE faults SET times = times - 1 WHERE fault_id = ?", fault.fault_id)
            book.run("DELETE FROM faults WHERE times <= 0")
            return fault
    return None


def clear(book: Book) -> int:
    """Forget every fault; answers how many there were."""
    return book.run("DELETE FROM faults")
