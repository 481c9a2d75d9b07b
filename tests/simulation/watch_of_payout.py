"""What must hold at every committed write of a payout, and at every call about one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from countinghouse.domain.payout import PAYOUT_TRANSITIONS, Payout, PayoutJournal, PayoutStatus
from countinghouse.domain.payout_journals import payout_key
from countinghouse.domain.psp import PayoutFact
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.payout_rows import ACCOUNT_PREFIX, decode_account, decode_payout
from tests.simulation import cloud
from tests.simulation.payday import payouts
from tests.simulation.psp_wire import Shop
from tools.restore.unheard import would_move_payout

S = PayoutStatus
_UNSENT = frozenset({S.DRAFT, S.PENDING_APPROVAL, S.RESERVED, S.CANCELLED})


def payout_written(old: Plain | None, new: Plain) -> Iterator[str]:
    """I8, I10: a payout takes legal steps, and what was agreed on never changes."""
    if new["payout_id"].startswith(ACCOUNT_PREFIX):
        yield from _place(old, new)
        return
    after = decode_payout(new)
    if old is None:
        if after.status is not S.DRAFT:
            yield f"I10: payout {after.payout_id} begins as {after.status}"
        return
    before = decode_payout(old)
    if after.status not in {before.status, *PAYOUT_TRANSITIONS[before.status]}:
        yield f"I10: payout {after.payout_id}: {before.status} to {after.status}"
    if _agreed(before) != _agreed(after) or after.booked[: len(before.booked)] != before.booked:
        yield f"I10: payout {before} becomes {after}"
    if after.approved_by == after.requested_by:
        yield f"I10: payout {after.payout_id} is approved by who requested it"
    learned = after.available_before_minor
    if learned is not None and after.amount_minor + after.recovered_minor > learned:
        yield f"I8: payout {after.payout_id} is more than the {learned} that were available"


def _agreed(payout: Payout) -> tuple[object, ...]:
    about = (payout.seller_id, payout.currency, payout.amount_minor, payout.bank_account)
    return (*about, payout.key, payout.requested_by, payout.created_at)


def _place(old: Plain | None, new: Plain) -> Iterator[str]:
    """I7: a seller's one place goes from one payout to the next only when it was freed."""
    before, after = decode_account(old or new), decode_account(new)
    if before.open_payout is not None and after.open_payout not in (None, before.open_payout):
        yield f"I7: {after.open_payout} takes the place of {before.open_payout}"


def is_booked_with_its_row() -> Iterator[str]:
    """I7: a payout's row and its journals are written together, so they always agree."""
    posted = {(row["book"], row["entry"]) for row in cloud.rows("ledger")}
    for payout in payouts():
        keys = {kind: payout_key(payout.payout_id, kind) for kind in PayoutJournal}
        found = {kind for kind, key in keys.items() if (key.book, key.entry) in posted}
        if found != set(payout.booked):
            wanted = sorted(payout.booked)
            yield f"I7: payout {payout.payout_id} has {sorted(found)} booked, it says {wanted}"


def is_folded_in_one() -> Iterator[str]:
    """I4: what leaves a seller's sub-wallet is in the first one with the same write."""
    between: Counter[str] = Counter()
    for row in cloud.rows("ledger"):
        if row.get("kind") in (FOLD_OUT, FOLD_IN):
            for leg in row["legs"]:
                if leg["account"] == "inter_wallet":
                    sign = 1 if leg["transact_type"] == "debit" else -1
                    between[row["reference"]] += sign * leg["amount"]
    for reference, minor in between.items():
        if minor:
            yield f"I4: {minor} of {reference} are between two wallets"


def money_paid_out(shop: Shop) -> Iterator[str]:
    """I5, I6, I8: a payout goes out once, on record and with its money set aside before."""
    sent = shop.payouts()
    if not sent:
        return
    times = Counter(payout.reference for payout in sent)
    known = {payout.payout_id: payout for payout in payouts()}
    for theirs in sent:
        ours = known.get(theirs.reference)
        if times[theirs.reference] > 1:
            yield f"I5: payout {theirs.reference} is at the PSP {times[theirs.reference]} times"
        elif ours is None or ours.status in _UNSENT:
            yield f"I6: the PSP was asked for a payout that is not on record: {theirs}"
        elif PayoutJournal.RESERVE not in ours.booked:
            yield f"I8: the PSP was asked for a payout before it was reserved: {theirs}"


def unheard(event_key: str, fact: PayoutFact) -> Iterator[str]:
    """I11: an event that is recorded as applied has had its effect."""
    for payout in payouts():
        if payout.payout_id == fact.payout_id and would_move_payout(payout, fact):
            yield f"I11: {event_key} is applied and its payout is {payout}"
