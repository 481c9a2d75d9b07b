"""What a repair run reports."""

from pydantic import BaseModel


class Swept(BaseModel):
    """How many rows of each kind were due, and for how long the longest due of them was."""

    payments: int
    orders: int
    psp_events: int
    wallets: int
    payouts: int
    waited_s: dict[str, int]
