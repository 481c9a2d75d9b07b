"""What a roll-up reports."""

from pydantic import BaseModel


class RolledUp(BaseModel):
    """How many wallets were added up, and each currency's total: zero."""

    wallets: int
    totals: dict[str, int]
