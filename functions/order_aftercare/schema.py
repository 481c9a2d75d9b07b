"""What an `aftercare` message says: an id, never a decision."""

from pydantic import BaseModel


class AftercareMessage(BaseModel):
    """Look after this captured order."""

    order_id: str
