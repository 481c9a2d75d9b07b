"""The adapters of functions that book by hand, or let a second person agree to it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.buyer_assembly import BuyerAssembly

if TYPE_CHECKING:
    from countinghouse.usecases.book_adjustment import Adjusting
    from countinghouse_aws.dynamodb.proposals import DynamoProposalBook


class ProposalAssembly(BuyerAssembly):
    """An assembly that knows proposed bookings as well."""

    @cached_property
    def proposals(self) -> DynamoProposalBook:
        """Bookings that wait for a second person."""
        from countinghouse_aws.dynamodb.proposals import KEYS, DynamoProposalBook

        return DynamoProposalBook(self._table("TABLE_PROPOSAL", KEYS), self.ledger)

    @cached_property
    def adjusting(self) -> Adjusting:
        """What booking by hand takes."""
        from countinghouse.usecases.book_adjustment import Adjusting
        from countinghouse_aws.system.adjustment_rules import load_adjustment_rules

        rules = load_adjustment_rules()
        return Adjusting(self.ledger, self.journals, self.proposals, rules, self.clock)
