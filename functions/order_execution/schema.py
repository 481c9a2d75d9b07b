"""What an `orders` message says: ids, never a decision."""

from pydantic import BaseModel

from countinghouse.usecases.execute_order import ExecuteOrder


class OrderMessage(BaseModel):
    """Take this order of this checkout further."""

    order_id: str
    checkout_id: str

    def to_command(self) -> ExecuteOrder:
        """The use case's command."""
        return ExecuteOrder(self.order_id, self.checkout_id)
