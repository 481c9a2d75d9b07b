"""What the relay leaves on the poison queue: where the record is, never what stood in it."""

from pydantic import BaseModel


class PoisonRecord(BaseModel):
    """A stream record that could not be routed."""

    table: str
    sequence_number: str
    keys: dict[str, str]
    error: str
