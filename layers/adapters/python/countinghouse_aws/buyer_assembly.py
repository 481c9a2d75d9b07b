"""Adapters of who knows which user a buyer's wallet is of: booking by hand, and erasing."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.buyers import KEYS, DynamoBuyerBook

if TYPE_CHECKING:
    from countinghouse.usecases.erase_buyer import Forgetting
    from countinghouse.usecases.name_account import Naming
    from countinghouse_aws.dynamodb.ledger import DynamoLedger
    from countinghouse_aws.dynamodb.table import Table


class BuyerAssembly(Assembly):
    """The adapters of one function, with table `buyer`."""

    @cached_property
    def buyer_table(self) -> Table:
        """Table `buyer`."""
        return self._table("TABLE_BUYER", KEYS)

    @cached_property
    def ledger(self) -> DynamoLedger:
        """Journals and wallets, for booking; a buyer's wallet that is closed is refused."""
        from countinghouse_aws.dynamodb.ledger import DynamoLedger

        version = self.environment.code_version()
        tables = self.ledger_table, self.wallet_table
        return DynamoLedger(*tables, version, lambda: self.buyer_table)

    @cached_property
    def naming(self) -> Naming:
        """What finding the account of a booking by hand takes."""
        from countinghouse.usecases.name_account import Naming
        from countinghouse_aws.system.pseudonyms import RandomPseudonyms

        book = DynamoBuyerBook(self.buyer_table)
        return Naming(book, book, RandomPseudonyms(), self.ledger)

    @cached_property
    def forgetting(self) -> Forgetting:
        """What forgetting a buyer takes."""
        from countinghouse.usecases.erase_buyer import Forgetting
        from countinghouse_aws.dynamodb.wallets import DynamoOwnersWallets

        book = DynamoBuyerBook(self.buyer_table)
        return Forgetting(book, book, DynamoOwnersWallets(self.wallet_table), self.clock)
