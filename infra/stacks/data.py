"""What must outlive any deploy: tables, documents, their key, the PSPs' secrets, the alerts topic.

The construct ids of tables are pinned by a test: a renamed id is a new, empty table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs import acknowledged, assessed
from infra.constructs.access_logs import access_logs_bucket
from infra.constructs.documents import documents_bucket
from infra.constructs.log_group import let_logs_use
from infra.psps import SECRET_FIELDS, Psp
from infra.stage import Stage
from infra.stage_parts import Warm

STRING: Final = ddb.AttributeType.STRING
NUMBER: Final = ddb.AttributeType.NUMBER
# Sparse: a row at rest carries neither attribute and is not in the index.
DUE: Final = ("due", "due_shard", "due_at")
BY_ORDER: Final = ("by_order", "order_id", "received_at")
BY_SELLER: Final = ("by_seller", "seller_id", "created_at")
# Sparse: only findings have a `kind`.
BY_FOUND: Final = ("by_found", "kind", "found_at")
BY_RUN: Final = ("by_run", "run_id", "opened_at")
# Sparse: a break that is settled has no `open_psp` and is not in the index.
OPEN: Final = ("open", "open_psp", "opened_at")
# A partition for each kind and status of what waits for a second person, or did.
BY_STATUS: Final = ("by_status", "listed", "created_at")


@dataclass(frozen=True)
class TableSpec:
    """One table: its key, and its indexes as (name, partition key, numeric sort key)."""

    partition: str
    sort: str | None = None
    indexes: tuple[tuple[str, str, str], ...] = ()
    ttl: str | None = None
    # Whether the relay hears of its changes.
    streamed: bool = True


TABLES: Final[Mapping[str, TableSpec]] = {
    "PaymentEvent": TableSpec("checkout_id", indexes=(DUE,)),
    "PaymentOrder": TableSpec("order_id", indexes=(DUE,)),
    # A row that may be forgotten: a webhook is evidence for a while, not money.
    "PspEvent": TableSpec("event_key", indexes=(DUE, BY_ORDER), ttl="expires_at"),
    "Ledger": TableSpec("book", sort="entry"),
    # Due is a wallet whose seller's reserve is free by now.
    "Wallet": TableSpec("owner", sort="wallet_id", indexes=(DUE,)),
    "AccountBalance": TableSpec("snapshot", indexes=(BY_FOUND,)),
    # Nobody waits for its changes: the month close reads what it has written.
    "Billing": TableSpec("owner", sort="document", streamed=False),
    "Payout": TableSpec("payout_id", indexes=(DUE, BY_SELLER)),
    # Of its changes the end of a run is news to others.
    "Reconciliation": TableSpec("subject", sort="row", indexes=(BY_RUN, OPEN)),
    # A row a PSP, read every few seconds by who calls it: nobody needs to be told.
    "PspHealth": TableSpec("psp", streamed=False),
    # Written once and never changed: what an order needs of its quote, it keeps.
    "FxQuote": TableSpec("quote_id", streamed=False),
    # Whose wallet a buyer's is: of the person an erased row names, nothing may stay, key included.
    "Buyer": TableSpec("buyer", ttl="expires_at", streamed=False),
    # What is booked of it is news through the ledger.
    "Proposal": TableSpec("proposal_id", indexes=(BY_STATUS,), streamed=False),
}


class DataStack(Stack):
    """Tables, documents, key, secrets, topic."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, **stack: object
    ) -> None:
        """Build what the service stack is given; `stack` passes through to CDK."""
        super().__init__(scope, construct_id, **stack)  # type: ignore[arg-type]
        self._stage = stage
        self._removal = RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY
        self.key = self._make_key() if stage.customer_key else None
        # As somebody else's, to what would have CDK add to its policy, and with wildcards.
        fixed = kms.Key.from_key_arn(self, "FixedKey", self.key.key_arn) if self.key else None
        self.tables = {name: self._make_table(name, spec) for name, spec in TABLES.items()}
        self.streamed = {name: t for name, t in self.tables.items() if TABLES[name].streamed}
        self.access_logs = access_logs_bucket(self, stage)
        self.documents = documents_bucket(self, stage, self.key, self.access_logs)
        self.psp_secret_arns = {psp.name: self._make_secret(psp, fixed) for psp in stage.psps}
        self.alerts = sns.Topic(self, "Alerts", enforce_ssl=stage.tls_only, master_key=fixed)
        self._export()

    def _export(self) -> None:
        """Export everything always, used or not: what a later service asks for is already there.

        CDK would export only what is used today. Then a function that stops reading a table cannot
        be deployed (the export is in use), and the emulator misses a change of outputs alone.
        """
        for table in self.tables.values():
            for value in (table.table_name, table.table_arn):
                self.export_value(value)
        for table in self.streamed.values():
            self.export_value(table.table_stream_arn)
        self.export_value(self.documents.bucket_name)
        self.export_value(self.documents.bucket_arn)
        for arn in self.psp_secret_arns.values():
            self.export_value(arn)
        self.export_value(self.alerts.topic_arn)
        if self.key:
            self.export_value(self.key.key_arn)
        if self.access_logs:
            self.export_value(self.access_logs.bucket_name)

    def _make_key(self) -> kms.Key:
        """Return the customer's own key for all that holds money or secrets."""
        key = kms.Key(
            self,
            "DataKey",
            description=f"Countinghouse {self._stage.name}: tables, documents, PSP secrets, alerts",
            enable_key_rotation=True,
            removal_policy=self._removal,
        )
        # Without this an alarm cannot write to the encrypted topic, and nobody hears it fail.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        # EventBridge names no account when it writes to a topic.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
            )
        )
        let_logs_use(key, self._stage)
        return key

    def _make_table(self, name: str, spec: TableSpec) -> ddb.TableV2:
        """Return one on-demand table, with both images on its stream if it has one."""
        warm = _warm(self._stage.warm.get(name))
        return ddb.TableV2(
            self,
            name,
            partition_key=ddb.Attribute(name=spec.partition, type=STRING),
            sort_key=ddb.Attribute(name=spec.sort, type=STRING) if spec.sort else None,
            billing=ddb.Billing.on_demand(),
            warm_throughput=warm,
            dynamo_stream=ddb.StreamViewType.NEW_AND_OLD_IMAGES if spec.streamed else None,
            time_to_live_attribute=spec.ttl,
            point_in_time_recovery_specification=ddb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=self._stage.keep_data
            ),
            deletion_protection=self._stage.keep_data,
            removal_policy=self._removal,
            encryption=(
                ddb.TableEncryptionV2.customer_managed_key(self.key)
                if self.key
                else ddb.TableEncryptionV2.dynamo_owned_key()
            ),
            global_secondary_indexes=[
                ddb.GlobalSecondaryIndexPropsV2(
                    index_name=index,
                    partition_key=ddb.Attribute(name=partition, type=STRING),
                    sort_key=ddb.Attribute(name=sort, type=NUMBER),
                    projection_type=ddb.ProjectionType.KEYS_ONLY,
                    # An index slower than its table would throttle the table's own writes.
                    warm_throughput=warm,
                )
                for index, partition, sort in spec.indexes
            ],
        )

    def _make_secret(self, psp: Psp, key: kms.IKey | None) -> str:
        """Return the ARN of a PSP's secret; no PSP takes the values it starts with."""
        shown, *checking = SECRET_FIELDS[psp.name]
        secret = secrets.Secret(
            self,
            psp.secret_id,
            description=f"{psp.name}: {', '.join(SECRET_FIELDS[psp.name])}; live versions "
            "AWSCURRENT, AWSPREVIOUS",
            encryption_key=key,
            removal_policy=self._removal,
            generate_secret_string=secrets.SecretStringGenerator(
                secret_string_template=json.dumps({shown: "unset"}),
                generate_string_key=checking[0],
                exclude_punctuation=True,
            ),
        )
        acknowledged.acknowledge(secret, acknowledged.PSP_SECRET)
        acknowledged.acknowledge(secret, assessed.PSP_SECRET)
        # Ref is the ARN on AWS but the bare name on the emulator; this is the ARN on both.
        return cast("secrets.CfnSecret", secret.node.default_child).attr_id


def _warm(warm: Warm | None) -> ddb.WarmThroughput | None:
    if warm is None:
        return None
    return ddb.WarmThroughput(read_units_per_second=warm.reads, write_units_per_second=warm.writes)
