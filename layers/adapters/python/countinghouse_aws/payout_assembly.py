"""The adapters of functions that have to do with payouts, made as all others are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.assembly import Assembly
from countinghouse_aws.system.clients import aws_client

if TYPE_CHECKING:
    from countinghouse.payout_bookkeeping import PayoutBooks
    from countinghouse.ports.screening import PayeeCheck
    from countinghouse.usecases.open_payout import Opening
    from countinghouse_aws.dynamodb.payouts import DynamoPayoutAccounts, DynamoPayoutBook
    from countinghouse_aws.dynamodb.stops import DynamoPayoutStops
    from countinghouse_aws.messaging.workflows import StepFunctions
    from countinghouse_aws.storage.manifests import S3PayoutRuns


class PayoutAssembly(Assembly):
    """An assembly that knows payouts as well."""

    @cached_property
    def payouts(self) -> DynamoPayoutBook:
        """The payouts; a function that books nothing needs no ledger for them."""
        from countinghouse_aws.dynamodb.payouts import DynamoPayoutBook

        return DynamoPayoutBook(self.payout_table, lambda: self.ledger)

    @cached_property
    def payout_accounts(self) -> DynamoPayoutAccounts:
        """Sellers' bank accounts."""
        from countinghouse_aws.dynamodb.payouts import DynamoPayoutAccounts

        return DynamoPayoutAccounts(self.payout_table)

    @cached_property
    def payout_books(self) -> PayoutBooks:
        """Where payouts are booked."""
        from countinghouse.payout_bookkeeping import PayoutBooks

        return PayoutBooks(self.payouts, self.payout_accounts, self.ledger, self.clock)

    @cached_property
    def opening(self) -> Opening:
        """What opening a payout takes."""
        from countinghouse.usecases.open_payout import Opening
        from countinghouse_aws.fx_assembly import FxAssembly
        from countinghouse_aws.psp.profiles import payout_step

        books = self.payout_books
        return Opening(
            books.payouts,
            books.accounts,
            books.ledger,
            self.market_rules.payouts,
            books.clock,
            self.stops,
            self.payees,
            FxAssembly(self.environment).rate_desk,
            payout_step,
        )

    @cached_property
    def stops(self) -> DynamoPayoutStops:
        """Which currencies nobody is paid out in."""
        from countinghouse_aws.dynamodb.stops import KEYS, DynamoPayoutStops

        return DynamoPayoutStops(self._table("TABLE_ACCOUNT_BALANCE", KEYS))

    @cached_property
    def payees(self) -> PayeeCheck:
        """Who may be paid out."""
        from countinghouse.ports.screening import PayeeCheck

        return PayeeCheck(self.screening, self.market_rules.countries)

    def workflows(self, state_machine_arn: str = "") -> StepFunctions:
        """The payouts' workflows; to wake one takes no state machine."""
        from countinghouse_aws.messaging.workflows import StepFunctions

        return StepFunctions(aws_client("stepfunctions"), state_machine_arn)

    @cached_property
    def payout_runs(self) -> S3PayoutRuns:
        """The lists of the monthly payout runs."""
        from countinghouse_aws.storage.manifests import S3PayoutRuns

        return S3PayoutRuns(aws_client("s3"), self.environment.text("BUCKET_DOCUMENTS"))
