"""What a `progress` message says: ids, never a decision."""

from pydantic import BaseModel


class ProgressMessage(BaseModel):
    """This order of this checkout has news."""

    checkout_id: str
    order_id: str
