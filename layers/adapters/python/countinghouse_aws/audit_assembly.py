"""The adapters of functions that audit, or answer for what audits found, made as all others are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.system.clients import aws_client

if TYPE_CHECKING:
    from countinghouse_aws.dynamodb.findings import DynamoFindingBook
    from countinghouse_aws.dynamodb.seals import DynamoSealBook
    from countinghouse_aws.storage.documents import S3DocumentStore


class AuditAssembly(Assembly):
    """An assembly that knows findings and seals as well."""

    @cached_property
    def balance_table(self) -> Table:
        """Table `account_balance`."""
        from countinghouse_aws.dynamodb.stops import KEYS

        return self._table("TABLE_ACCOUNT_BALANCE", KEYS)

    @cached_property
    def findings(self) -> DynamoFindingBook:
        """What the audits found."""
        from countinghouse_aws.dynamodb.findings import DynamoFindingBook

        return DynamoFindingBook(self.balance_table)

    @cached_property
    def seals(self) -> DynamoSealBook:
        """The chain of seals."""
        from countinghouse_aws.dynamodb.seals import DynamoSealBook

        return DynamoSealBook(self.balance_table)

    @cached_property
    def documents(self) -> S3DocumentStore:
        """Where the copies of the seals lie."""
        from countinghouse_aws.storage.documents import S3DocumentStore

        return S3DocumentStore(aws_client("s3"), self.environment.text("BUCKET_DOCUMENTS"))
