"""The adapters of functions that have to do with billing, made as all others are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse.domain.instants import SECOND, Instant
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.system.clients import aws_client

if TYPE_CHECKING:
    from countinghouse.billing_views import View
    from countinghouse_aws.dynamodb.billing import DynamoBillRegister, DynamoCloseBook
    from countinghouse_aws.messaging.close_workflow import StepFunctionsClose
    from countinghouse_aws.storage.documents import S3DocumentStore


class BillingAssembly(Assembly):
    """An assembly that knows closes, bills and documents as well."""

    @cached_property
    def billing_table(self) -> Table:
        """Table `billing`."""
        from countinghouse_aws.dynamodb.billing import KEYS

        return self._table("TABLE_BILLING", KEYS)

    @cached_property
    def closes(self) -> DynamoCloseBook:
        """The month closes."""
        from countinghouse_aws.dynamodb.billing import DynamoCloseBook

        return DynamoCloseBook(self.billing_table)

    @cached_property
    def register(self) -> DynamoBillRegister:
        """The sellers' bills."""
        from countinghouse_aws.dynamodb.billing import DynamoBillRegister

        return DynamoBillRegister(self.billing_table)

    @cached_property
    def documents(self) -> S3DocumentStore:
        """Statements and close packs."""
        from countinghouse_aws.storage.documents import S3DocumentStore

        return S3DocumentStore(aws_client("s3"), self.environment.text("BUCKET_DOCUMENTS"))

    @cached_property
    def close_workflow(self) -> StepFunctionsClose:
        """The workflow that closes a month."""
        from countinghouse_aws.messaging.close_workflow import StepFunctionsClose

        arn = self.environment.text("MONTH_CLOSE_STATE_MACHINE_ARN")
        return StepFunctionsClose(aws_client("stepfunctions"), arn)

    @cached_property
    def render(self) -> Callable[[View], bytes]:
        """The printer of statements, which has a layer of its own."""
        from countinghouse_aws.rendering.statement_pdf import statement_pdf

        return statement_pdf

    @property
    def close_early(self) -> bool:
        """`CLOSE_EARLY`: whether a month may be closed before it has ended, as on a laptop."""
        return self.environment.text("CLOSE_EARLY") == "yes"

    @property
    def close_settle(self) -> Instant:
        """`CLOSE_SETTLE_S`: how long after a close its last bookings may still be written."""
        return int(self.environment.text("CLOSE_SETTLE_S")) * SECOND
