"""What the relay sends for each stream sample."""

from __future__ import annotations

from dataclasses import dataclass

from tools.sample_events.payout_world import PAYOUT_ID

ORDERS_OF_1001 = ("orders ord_1001_a chk_1001", "orders ord_1001_b chk_1001")
POSTING_OF_A = "postings ord_1001_a seller:s_amber#EUR#0"


@dataclass(frozen=True, slots=True)
class Case:
    """A sample, the messages it leads to, the events published, and records set aside."""

    path: str
    sent: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    poison: int = 0


ATTEND = f"payouts {PAYOUT_ID}"

CASES = [
    Case("relay/payment_event/minimal"),
    Case("relay/payment_event/full", ORDERS_OF_1001),
    Case("relay/payment_event/duplicate", ORDERS_OF_1001 * 2),
    Case("relay/payment_event/malformed", poison=1),
    Case("relay/payment_event/requires_action", published=("payment.requires_action",)),
    Case("relay/payment_event/succeeded", published=("payment.succeeded",)),
    Case("relay/payment_event/partially_succeeded", published=("payment.partially_succeeded",)),
    Case("relay/payment_event/failed", published=("payment.failed",)),
    Case("relay/payment_event/cancelled", published=("payment.cancelled",)),
    Case("relay/payment_order/minimal"),
    Case("relay/payment_order/full", (POSTING_OF_A,), ("order.captured",)),
    Case("relay/payment_order/duplicate", (POSTING_OF_A,) * 2, ("order.captured",) * 2),
    Case("relay/payment_order/malformed", poison=1),
    Case(
        "relay/payment_order/requires_action",
        ("progress chk_1001 ord_1001_a", "orders ord_1001_a chk_1001 +16s"),
    ),
    Case(
        "relay/payment_order/authorized",
        ("progress order~ord_2001 ord_2001", "orders ord_2001 order~ord_2001"),
    ),
    Case("relay/payment_order/failed", ("progress chk_1001 ord_1001_a",)),
    Case("relay/payment_order/unknown", ("orders ord_1001_a chk_1001 +16s",)),
    Case(
        "relay/payment_order/conflicted",
        ("progress chk_1001 ord_1001_a",),
        ("audit.raised order_conflicted",),
    ),
    Case("relay/payment_order/late_payment", (POSTING_OF_A,), ("order.late_payment",)),
    Case("relay/payment_order/delivered", (POSTING_OF_A,)),
    Case("relay/payment_order/refund_requested", (POSTING_OF_A,)),
    # Due in an hour: longer than a queue waits, so the sweep asks for it.
    Case("relay/payment_order/refund_pending"),
    Case("relay/payment_order/refunded", (POSTING_OF_A,), ("order.refunded",)),
    Case("relay/payment_order/refund_failed", (POSTING_OF_A,), ("order.refund_failed",)),
    Case("relay/payment_order/disputed", (POSTING_OF_A,), ("dispute.opened",)),
    Case("relay/payment_order/dispute_closed", (POSTING_OF_A,), ("dispute.closed",)),
    Case("relay/psp_event/minimal", ("psp_events sandbox#evt_1",)),
    Case("relay/psp_event/full", ("psp_events sandbox#evt_4 +30s",)),
    Case("relay/psp_event/duplicate", ("psp_events sandbox#evt_4 +30s",) * 2),
    Case("relay/psp_event/malformed", poison=1),
    Case("relay/psp_event/alarmed", published=("audit.raised event_id_reused",)),
    Case("relay/psp_event/forgotten"),
    Case("relay/ledger/minimal"),
    Case("relay/ledger/full", ("progress chk_1001 ord_1001_a",)),
    Case("relay/ledger/released", ("aftercare ord_1001_a",)),
    Case("relay/ledger/duplicate", ("progress chk_1001 ord_1001_a",) * 2),
    # A journal that cannot be right is no reading problem but the worst news there is.
    Case("relay/ledger/malformed", published=("audit.raised book_damaged",)),
    Case("relay/ledger/removed", published=("audit.raised book_damaged",)),
    Case("relay/wallet/minimal"),
    Case("relay/wallet/full"),
    Case("relay/wallet/duplicate"),
    Case("relay/wallet/malformed", poison=1),
    Case("relay/wallet/unbalanced", published=("audit.raised wallet_unbalanced",)),
    Case("relay/wallet/removed", published=("audit.raised book_damaged",)),
    Case("relay/payout/minimal", (ATTEND,)),
    Case("relay/payout/full", (ATTEND,), ("payout.paid",)),
    Case("relay/payout/duplicate", (ATTEND,) * 2, ("payout.paid",) * 2),
    Case("relay/payout/malformed", poison=1),
    Case("relay/payout/approved", (ATTEND,)),
    Case("relay/payout/failed", (ATTEND,), ("payout.failed",)),
    Case("relay/payout/returned", (ATTEND,), ("payout.returned",)),
    Case("relay/payout/conflicted", published=("audit.raised payout_conflicted",)),
    Case("relay/payout/bank_account"),
    Case("relay/reconciliation/minimal"),
    Case("relay/reconciliation/full", published=("reconciliation.completed",)),
    Case("relay/reconciliation/duplicate", published=("reconciliation.completed",) * 2),
    Case("relay/reconciliation/malformed", poison=1),
    Case("relay/reconciliation/failed"),
    Case("relay/reconciliation/again"),
    Case("relay/reconciliation/file"),
    Case("relay/account_balance/minimal"),
    Case("relay/account_balance/full", published=("audit.raised wallet_differs_from_journals",)),
    Case(
        "relay/account_balance/duplicate",
        published=("audit.raised wallet_differs_from_journals",) * 2,
    ),
    Case("relay/account_balance/malformed", poison=1),
]
