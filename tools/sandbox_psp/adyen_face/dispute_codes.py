"""What a dispute's moves are called at Adyen.

All webhooks of one dispute carry its own ``pspReference``. A dispute that opens is told of twice:
that it was notified, and that the money was taken. One that goes on after it was won is Adyen's
second chargeback, and its end that of a pre-arbitration. ``disputeStatus`` is one of those that
docs.adyen.com/risk-management/disputes-api/dispute-notifications lists.
"""

from typing import Final

from tools.sandbox_psp.disputes import Dispute

REQUEST: Final = "REQUEST_FOR_INFORMATION"
NOTIFIED: Final = "NOTIFICATION_OF_CHARGEBACK"
CHARGEBACK: Final = "CHARGEBACK"
SUPPLIED: Final = "INFORMATION_SUPPLIED"
REVERSED: Final = "CHARGEBACK_REVERSED"
SECOND: Final = "SECOND_CHARGEBACK"
ENDED: Final = "DISPUTE_DEFENSE_PERIOD_ENDED"
WON: Final = "PREARBITRATION_WON"
LOST: Final = "PREARBITRATION_LOST"
WITHDRAWN: Final = "PREARBITRATION_ISSUER_WITHDRAWN"

# (stage, status) of the engine -> the webhooks of that move: eventCode and disputeStatus
_MOVES: Final[dict[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    ("pre_dispute", "opened"): ((REQUEST, "Unresponded"),),
    ("pre_dispute", "challenged"): ((SUPPLIED, "Responded"),),
    ("pre_dispute", "won"): ((SUPPLIED, "Won"),),
    ("pre_dispute", "cancelled"): ((SUPPLIED, "Won"),),
    ("pre_dispute", "lost"): ((ENDED, "Lost"),),
    ("pre_dispute", "accepted"): ((ENDED, "Accepted"),),
    ("pre_dispute", "expired"): ((ENDED, "Expired"),),
    ("dispute", "opened"): ((NOTIFIED, "Undefended"), (CHARGEBACK, "Undefended")),
    ("dispute", "challenged"): ((SUPPLIED, "Pending"),),
    ("dispute", "won"): ((REVERSED, "Won"),),
    ("dispute", "cancelled"): ((REVERSED, "Won"),),
    ("dispute", "lost"): ((ENDED, "Lost"),),
    ("dispute", "accepted"): ((ENDED, "Accepted"),),
    ("dispute", "expired"): ((ENDED, "Undefended"),),
    ("pre_arbitration", "opened"): ((SECOND, "Undefended"),),
    ("pre_arbitration", "challenged"): ((SUPPLIED, "Pending"),),
    ("pre_arbitration", "won"): ((WON, "Won"),),
    ("pre_arbitration", "cancelled"): ((WITHDRAWN, "Won"),),
    ("pre_arbitration", "lost"): ((LOST, "Lost"),),
    ("pre_arbitration", "accepted"): ((LOST, "Accepted"),),
    ("pre_arbitration", "expired"): ((LOST, "Undefended"),),
}
# the engine's reason -> (chargebackReasonCode, reason), Visa's own
_REASONS: Final = {
    "fraudulent": ("10.4", "Other Fraud-Card Absent Environment"),
    "product_not_received": ("13.1", "Merchandise/Services Not Received"),
    "product_unacceptable": ("13.3", "Not as Described or Defective Merchandise/Services"),
    "duplicate": ("12.6", "Duplicate Processing/Paid by Other Means"),
}


def webhooks_of(dispute: Dispute) -> tuple[tuple[str, str], ...]:
    """The event codes of the dispute's last move, each with its ``disputeStatus``."""
    return _MOVES[dispute.stage, dispute.status]


def reason_of(dispute: Dispute) -> tuple[str, str]:
    """The scheme's code and its words."""
    return _REASONS.get(dispute.reason, ("10.5", dispute.reason))
