"""What the lake leaves on its poison queue: where the record is, never what stood in it."""

from pydantic import BaseModel


class PoisonRecord(BaseModel):
    """A stream record that no row could be made of."""

    table: str
    sequence_number: str
    keys: dict[str, str]
    error: str
