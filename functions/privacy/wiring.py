"""What the privacy service's edge is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.payouts import PayoutAccounts
from countinghouse.records import dataclass
from countinghouse.usecases.erase_buyer import Forgetting
from countinghouse_aws.buyer_assembly import BuyerAssembly
from countinghouse_aws.dynamodb.payouts import DynamoPayoutAccounts
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    payments: PaymentBook
    orders: OrderBook
    forgetting: Forgetting
    seller_accounts: PayoutAccounts
    clock: Clock
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = BuyerAssembly()
    return Deps(
        payments=parts.payments,
        orders=parts.orders,
        forgetting=parts.forgetting,
        seller_accounts=DynamoPayoutAccounts(parts.payout_table),
        clock=parts.clock,
        grants=parts.environment.grants(),
    )
