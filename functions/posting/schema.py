"""What a `postings` message says: an id, never a decision."""

from pydantic import BaseModel


class PostingMessage(BaseModel):
    """This order's journals are due."""

    order_id: str
