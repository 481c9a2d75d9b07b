"""What a `psp-events` message says: an id, never a decision."""

from pydantic import BaseModel


class PspEventMessage(BaseModel):
    """This event waits to be applied."""

    event_key: str
