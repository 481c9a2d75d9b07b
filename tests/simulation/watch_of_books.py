"""What must hold of every journal as it is written: amounts, holds, exchanges, and who is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from countinghouse.domain.ledger import book_of
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT
from countinghouse_aws.dynamodb.codec import Plain, from_item
from tests.simulation import cloud

HELD_FOR = frozenset({"seller_pending", "seller_dispute_hold", "seller_in_payout"})
"""Liabilities that what they are booked for, an order or a payout, opened and closes by itself."""
_SET_FREE = frozenset(
    {"release", "reserve_release", "dispute_released", "dispute_lost", "dispute_fee_given_back"}
    | {"refund_failed", "refund_reversed"}
    | {"payout_failed", "payout_cancelled", "payout_returned"}
    # From another wallet of the same seller: `folded` looks at that.
    | {FOLD_IN}
)
"""The journals by which a seller comes to have more to be paid out."""
_AVAILABLE = "seller_available"
_CROSSING = "fx_position"
_BY_REFERENCE = ("order", "payout")
_RESERVE_CAUSE = "reserve until "
_FOLD_CAUSE = ("payout:po_",)
_RUN_CAUSES = ("reconciliation:rec_", "rule:")


def signed(leg: Plain) -> int:
    """A stored leg's amount, debit positive; minor units."""
    amount: int = leg["amount"]
    return amount if leg["transact_type"] == "debit" else -amount


@dataclass(slots=True)
class Holds:
    """What stands under each hold, by what it is for: a liability that never goes below zero."""

    _standing: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counted: set[tuple[str, str]] = field(default_factory=set)

    def written(self, journal: Plain) -> Iterator[str]:
        """I15: money is set free once, by a journal that may, and only what was held."""
        touched = {
            (journal["reference"], leg["account"])
            for leg in journal["legs"]
            if leg["account"].partition(":")[0] in HELD_FOR
        }
        # The first time also what happened before the flow.
        for known in [journal] if self._counted else cloud.rows("ledger"):
            self._count(known)
        for reference, account in touched:
            if self._standing[reference, account] > 0:
                over = self._standing[reference, account]
                yield f"I15: {journal['kind']} takes {over} more of {account} than {reference} held"
        freed = sum(-signed(leg) for leg in journal["legs"] if _is(leg, _AVAILABLE))
        if freed > 0 and journal["kind"] not in _SET_FREE:
            yield f"I15: {journal['kind']} of {journal['reference']} sets {freed} free"

    def _count(self, journal: Plain) -> None:
        key = journal["book"], journal["entry"]
        if "legs" not in journal or key in self._counted:
            return
        self._counted.add(key)
        for leg in journal["legs"]:
            if leg["account"].partition(":")[0] in HELD_FOR:
                self._standing[journal["reference"], leg["account"]] += signed(leg)


def _is(leg: Plain, kind: str) -> bool:
    return bool(leg["account"].partition(":")[0] == kind)


def released_as_frozen(journal: Plain) -> Iterator[str]:
    """I9: a delivery's parts are each above zero and come to the whole, its fee as agreed."""
    if journal["kind"] != "release":
        return
    parts = [leg["amount"] for leg in journal["legs"] if leg["transact_type"] == "credit"]
    whole = [leg["amount"] for leg in journal["legs"] if _is(leg, "seller_pending")]
    if min(parts) <= 0 or sum(parts) != sum(whole):
        yield f"I9: {whole} of {journal['reference']} are released as {parts}"
    order = cloud.row("payment_order", journal["reference"])
    if order is None or sum(whole) != order["amount"] or "conversion" in order:
        # The fee on a part is worked out from the whole's: at rest the sums are looked at.
        return
    for account, agreed in (("platform_fee_revenue", "fee"), ("fee_tax_payable", "tax")):
        booked = sum(leg["amount"] for leg in journal["legs"] if _is(leg, account))
        if booked != order["fee"].get(agreed, 0):
            yield f"I9: {account} of {order['order_id']} is {booked}, agreed was {order['fee']}"


def crossed(journal: Plain, quotes: Mapping[str, Plain]) -> Iterator[str]:
    """I17: two currencies meet in one journal, at a rate that was good when it was agreed on.

    `quotes` are the rows of quotes by their id.
    """
    sums: dict[str, int] = {}
    passed = set()
    for leg in journal["legs"]:
        sums[leg["currency"]] = sums.get(leg["currency"], 0) + signed(leg)
        if _is(leg, _CROSSING):
            passed.add(leg["currency"])
    if len(sums) == 1 and not passed:
        return
    name = f"{journal['kind']} of {journal['reference']}"
    if any(sums.values()):
        yield f"I17: {name} leaves {sums}"
    if passed != sums.keys() or len(sums) != 2:
        yield f"I17: {name} is in {sorted(sums)} and passes fx_position in {sorted(passed)}"
    yield from _at_a_good_rate(name, journal["reference"], quotes)


def _at_a_good_rate(name: str, reference: str, quotes: Mapping[str, Plain]) -> Iterator[str]:
    order = cloud.row("payment_order", reference)
    about = order or cloud.row("payout", reference) or {}
    deal: Plain = about.get("conversion") or about.get("exchange") or {}
    quote = quotes.get(deal.get("quote_id", ""))
    if quote is None:
        yield f"I17: {name} is exchanged and names no quote: {about}"
        return
    agreed_at = _taken_in_at(order["checkout_id"]) if order else about["created_at"]
    if not quote["created_at"] <= agreed_at < quote["usable_until"]:
        yield f"I17: {name} is agreed on at {agreed_at}, the quote is {quote}"
    if deal["rate"] != quote["rate"]:
        yield f"I17: {name} is exchanged at {deal['rate']}, the quote is {quote}"


def _taken_in_at(checkout_id: str) -> int:
    """When a checkout was submitted: the commit that locked its rates. Epoch milliseconds."""
    for record in cloud.stream("payment_event", 0):
        new = from_item(record["dynamodb"]["NewImage"])
        if new["checkout_id"] == checkout_id and "fingerprint" in new:
            return int(new["updated_at"])
    return -1


def named(journal: Plain) -> Iterator[str]:
    """I20: a journal says what it is for and what or who asked for it, and when; in its own book.

    Of an order's and a payout's journals the cause names it with its version or subject, of a
    person's booking the person and why. And it names the version of the code that booked it.
    """
    name = f"jrn_{journal['book']}{journal['entry']}"
    if journal["book"] != book_of(journal["reference"]):
        yield f"I20: {name} of {journal['reference']} stands in another's book"
    told = [journal.get(key) for key in ("kind", "reference", "event_at", "created_at", "digest")]
    if not all(told):
        yield f"I20: journal {name} leaves out what it is: {journal}"
    cause, reference = str(journal.get("cause", "")), journal.get("reference")
    folds = journal.get("kind") in (FOLD_OUT, FOLD_IN)
    by_machine = cause.startswith((_RESERVE_CAUSE, *_RUN_CAUSES, *(_FOLD_CAUSE * folds))) or any(
        cause.startswith(f"{one}:{reference}:") and cause != f"{one}:{reference}:"
        for one in _BY_REFERENCE
    )
    actor, colon, reason = cause.partition(": ")
    if not by_machine and not (actor and colon and reason):
        yield f"I20: nobody asked for journal {name}: {cause!r}"
    if journal.get("code_version") not in cloud.code_versions:
        yield f"I20: journal {name} names another code: {journal.get('code_version')!r}"


@dataclass(slots=True)
class Books:
    """Every check of a journal as it is written."""

    holds: Holds = field(default_factory=Holds)

    def written(self, journal: Plain) -> Iterator[str]:
        """Everything wrong with a new journal."""
        yield from self.holds.written(journal)
        yield from released_as_frozen(journal)
        if len({leg["currency"] for leg in journal["legs"]}) > 1:
            yield from crossed(journal, {row["quote_id"]: row for row in cloud.rows("fx_quote")})
        yield from named(journal)
