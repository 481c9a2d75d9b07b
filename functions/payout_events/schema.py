"""What a `payouts` message says: an id, never a decision."""

from pydantic import BaseModel


class PayoutMessage(BaseModel):
    """See that somebody walks this payout through."""

    payout_id: str
