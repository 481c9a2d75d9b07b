"""Book what a payout calls for: journals, wallet, payout and account in one transaction.

A draft's reserve and the step that follows from it cannot be told apart by a crash or a race: if
the row says RESERVED the journal is there, and if it says CANCELLED no late writer can book one.
"""

from countinghouse.domain.errors import Conflict
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.payout_exchange import EXPIRED
from countinghouse.domain.payout_journals import AVAILABLE, DEBT, PayoutDraft, owed_drafts
from countinghouse.domain.payout_requests import free_slot
from countinghouse.domain.payout_steps import booked, refuse_payout, reserved
from countinghouse.domain.posting import Posting, addresses_of, plan_posting
from countinghouse.domain.purse import Purse
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutAccounts, PayoutBook, PayoutChange
from countinghouse.records import dataclass
from countinghouse.wallet_folding import fold_sub_wallets


@dataclass(frozen=True, slots=True)
class PayoutBooks:
    """Where payouts are booked."""

    payouts: PayoutBook
    accounts: PayoutAccounts
    ledger: Ledger
    clock: Clock


def reserve_payout(payout: Payout, rules: PayoutRules, books: PayoutBooks) -> Payout:
    """A draft with its money set aside, or failed: a refund was first, or its rate is over.

    A large seller's sub-wallets are folded first, so that nobody is paid from one and in debt in
    another. Raises Conflict when payout, wallet or account has moved.
    """
    cause = f"payout:{payout.payout_id}:fold"
    wallet = fold_sub_wallets(payout.wallet, cause, books.ledger, books.clock)
    now = books.clock.now()
    if payout.exchange is not None and payout.exchange.is_over(now):
        return close_payout(payout, refuse_payout(payout, EXPIRED, now), books)
    draft = PayoutDraft(payout, PayoutJournal.RESERVE, now)
    plan = plan_posting([draft], {payout.wallet: wallet})
    if plan.refused:
        (refusal,) = plan.refused.values()
        return close_payout(payout, refuse_payout(payout, refusal.code, now), books)
    purse = Purse(wallet, payout.seller_id)
    set_aside = reserved(
        payout,
        purse.holds(purse.account(AVAILABLE)),
        purse.holds(purse.account(DEBT)),
        rules.needs_approval(payout.amount_minor, payout.currency),
        now,
    )
    books.payouts.commit(PayoutChange(payout, set_aside, posting=plan.posting))
    return set_aside


def book_payout(payout: Payout, books: PayoutBooks) -> Payout:
    """The payout with every journal it calls for booked, its seller free for the next one.

    Raises Conflict when payout, wallet or account has moved, or when the wallet does not hold what
    was reserved, which only damage can bring about.
    """
    if not payout.owed:
        return payout
    now = books.clock.now()
    drafts = owed_drafts(payout, now)
    plan = plan_posting(drafts, books.ledger.wallets(addresses_of(drafts)))
    if plan.refused:
        raise Conflict(f"the wallet does not hold what payout {payout.payout_id} reserved")
    return close_payout(payout, booked(payout, now), books, plan.posting)


def close_payout(
    old: Payout, new: Payout, books: PayoutBooks, posting: Posting | None = None
) -> Payout:
    """Commit a change that may bring the payout to rest; then its place is free again."""
    account = None
    if new.is_resting:
        found = books.accounts.get(new.seller_id, new.currency)
        if found is not None:
            freed = free_slot(found, new)
            account = None if freed is found else (found, freed)
    books.payouts.commit(PayoutChange(old, new, account, posting))
    return new
