"""What a repair run reports."""

from pydantic import BaseModel


class Swept(BaseModel):
    """How many rows of each kind were due."""

    payments: int
    orders: int
    psp_events: int
    wallets: int
    payouts: int
