"""What must hold of payouts when everything has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from countinghouse.domain.payout import Payout, PayoutJournal, PayoutStatus
from countinghouse.domain.reconciliation import SETTLEMENT
from countinghouse.payout_views import payout_view
from countinghouse_aws.dynamodb.codec import from_item
from countinghouse_aws.dynamodb.payout_rows import ACCOUNT_PREFIX, decode_payout
from tests.simulation import cloud
from tests.simulation.payday import accounts, payouts
from tests.simulation.psp_wire import Shop
from tests.simulation.rest_of_bus import Bus
from tests.simulation.rest_of_sale import stored_journals
from tools.sandbox_psp.payouts import Payout as Sent

S = PayoutStatus
J = PayoutJournal

_AT_BANK: Mapping[PayoutStatus, frozenset[str | None]] = {
    S.PAID: frozenset({"paid"}),
    S.RETURNED: frozenset({"returned"}),
    S.FAILED: frozenset({"failed", None}),
    S.CANCELLED: frozenset({None}),
}
_BOOKED: Mapping[PayoutStatus, tuple[PayoutJournal, ...]] = {
    S.PAID: (J.RESERVE, J.PAID),
    S.RETURNED: (J.RESERVE, J.PAID, J.RETURNED),
    S.FAILED: (J.RESERVE, J.FAILED),
    S.CANCELLED: (J.RESERVE, J.CANCELLED),
}
_TOLD = {S.PAID: "payout.paid", S.FAILED: "payout.failed", S.RETURNED: "payout.returned"}


def payouts_at_rest(shop: Shop, bus: Bus, *, with_streams: bool) -> Iterator[str]:
    """Everything wrong with what was paid out."""
    ours, theirs = payouts(), shop.payouts()
    strangers = {sent.reference for sent in theirs} - {payout.payout_id for payout in ours}
    if strangers:
        yield f"I6: the PSP has payouts that are not ours: {strangers}"
    for payout in ours:
        yield from _payout(payout, [s for s in theirs if s.reference == payout.payout_id])
    for account in accounts():
        if account.open_payout is not None:
            yield f"I7: the place of {account.seller_id} is still taken: {account}"
    yield from _bank(theirs)
    if with_streams:
        yield from _told(bus)


def _payout(ours: Payout, sent: list[Sent]) -> Iterator[str]:
    """I4, I5, I6, I14: final and booked, at most once at the PSP, and both say the same."""
    name = f"payout {ours.payout_id}"
    if not ours.is_resting or ours.due_at is not None:
        yield f"I14: {name} is not at rest: {ours}"
        return
    if len(sent) > 1:
        yield f"I5: {name} is at the PSP {len(sent)} times: {sent}"
    if any(one.idempotency_key != ours.key for one in sent):
        yield f"I6: {name} is at the PSP under a key it never had: {sent}"
    said = sent[0].status if sent else None
    if said not in _AT_BANK[ours.status]:
        yield f"I4: {name} is {ours.status}, the PSP says {said}"
    if any(
        (one.amount, one.bank_account) != (ours.amount_minor, ours.bank_account) for one in sent
    ):
        yield f"I4: {name} is of {ours.amount_minor} to {ours.bank_account}, not {sent}"
    unreserved = ours.status in (S.FAILED, S.CANCELLED) and not ours.booked
    if not unreserved and ours.booked != _BOOKED[ours.status]:
        yield f"I6: {name} is {ours.status} and booked as {ours.booked}"


def _bank(theirs: list[Sent]) -> Iterator[str]:
    """I4, I15: what left our bank is what the PSP paid; nothing stays between."""
    arrived = sum(sent.amount for sent in theirs if sent.status in ("paid", "returned"))
    back = sum(sent.amount for sent in theirs if sent.status == "returned")
    bank: Counter[str] = Counter()
    between = 0
    for journal in stored_journals():
        for leg in journal.legs:
            if leg.account.kind == "bank" and journal.kind != SETTLEMENT:
                bank[journal.kind] += leg.amount.minor
            if leg.account.kind == "seller_in_payout":
                between += leg.amount.minor
    if (-bank[J.PAID], bank[J.RETURNED], -bank.total()) != (arrived, back, arrived - back):
        yield f"I4: the bank account moved by {bank}, the PSP paid {arrived} and has {back} back"
    if between:
        yield f"I15: {-between} is in payout, and no payout is under way"


def _told(bus: Bus) -> Iterator[str]:
    """I14: each arrival, failure and return was told, as it was committed, and nothing else."""
    told = {
        (str(event["subject"]), int(event["version"])): (event["type"], event["data"])
        for event in bus
        if event["type"].startswith("payout.")
    }
    # What was committed longer than a day ago is no longer on the stream.
    for record in cloud.stream("payout", 0):
        old = from_item(record["dynamodb"].get("OldImage") or {})
        new = from_item(record["dynamodb"]["NewImage"])
        if new["payout_id"].startswith(ACCOUNT_PREFIX):
            continue
        payout = decode_payout(new)
        arrived = payout.status in _TOLD and old.get("status") != new["status"]
        wanted = (_TOLD[payout.status], payout_view(payout)) if arrived else None
        said = told.get((payout.payout_id, payout.version))
        if said != wanted:
            yield f"I14: told was {said}, not {wanted}"
