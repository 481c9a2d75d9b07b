"""What a `postings` message says: ids, never a decision."""

from pydantic import BaseModel

from countinghouse.domain.wallet import WalletAddress, parse_address


class OrderPosting(BaseModel):
    """This order's journals are due."""

    order_id: str


class WalletPosting(BaseModel):
    """This wallet holds a reserve that is free by now."""

    owner: str
    wallet_id: str

    def address(self) -> WalletAddress:
        """The wallet."""
        return parse_address(self.owner, self.wallet_id)
