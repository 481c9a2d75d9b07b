"""What was committed, for queries: a bucket, its tables, Firehose into it and Athena over it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.catalogue import construct_id as id_of
from infra.constructs import acknowledged, assessed
from infra.constructs.access_logs import log_access
from infra.constructs.alarms import Alarms
from infra.constructs.analytics import SavedReports
from infra.constructs.delivery_stream import DeliveryStream
from infra.constructs.function import ServiceFunction, Surroundings
from infra.constructs.shore import Shore
from infra.lake_tables import QUERY_RESULTS, STREAM_ENV, TABLES, LakeTable
from infra.stacks.data import DataStack
from infra.stage import Stage

DAYS: Final = "lake_days"
RESULTS_KEPT: Final = Duration.days(30)
OLD_VERSIONS_KEPT: Final = Duration.days(30)
UNFINISHED_KEPT: Final = Duration.days(7)
GIB: Final = 1_024**3


class LakeStack(Stack):
    """Bucket, catalogue, delivery streams with the function that tells them days, workgroup."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        assets: Path,
        **stack: object,
    ) -> None:
        """Build the lake; `stack` passes through to CDK."""
        super().__init__(scope, construct_id, **stack)  # type: ignore[arg-type]
        self._stage, self._data = stage, data
        self._removal = RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY
        self.alarms = alarms = Alarms(data.alerts)
        self.bucket = self._make_bucket()
        self.database = f"countinghouse_{stage.name}"
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database, description="docs/reconciliation.md, The lake"
            ),
        )
        tables = {name: self._make_table(name, spec) for name, spec in TABLES.items()}
        for table in tables.values():
            table.node.add_dependency(database)
        # The standard library is all it needs, so it goes without layers and starts in no time.
        around = Surroundings(stage, assets, [], {}, alarms, data.key)
        self.days = ServiceFunction(self, DAYS, around=around, environment={}, statements=[])
        shore = Shore(stage, self.bucket, data.key, self.database, self.days.function, alarms)
        self.streams = {
            name: DeliveryStream(self, name, glue_table=tables[name], shore=shore)
            for name in STREAM_ENV
        }
        self.workgroup = self._make_workgroup()
        if stage.lake.saves_reports:
            SavedReports(
                self,
                "Reports",
                database=self.database,
                workgroup=self.workgroup,
                psps=[psp.name for psp in stage.psps],
            )
        self._export()

    @property
    def workgroup_arn(self) -> str:
        """Return the workgroup's ARN."""
        return self.format_arn(
            service="athena", resource="workgroup", resource_name=self.workgroup.name
        )

    def _make_bucket(self) -> s3.Bucket:
        """Return the bucket: like that of the documents, with an end for what nobody needs."""
        key = self._data.key
        bucket = s3.Bucket(
            self,
            "Lake",
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=self._stage.tls_only,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            removal_policy=self._removal,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="QueryResults", prefix=f"{QUERY_RESULTS}/", expiration=RESULTS_KEPT
                ),
                s3.LifecycleRule(
                    id="Remains",
                    noncurrent_version_expiration=OLD_VERSIONS_KEPT,
                    abort_incomplete_multipart_upload_after=UNFINISHED_KEPT,
                ),
            ],
        )
        log_access(bucket, self._data.access_logs)
        acknowledged.acknowledge(bucket, assessed.LAKE)
        return bucket

    def _make_table(self, name: str, spec: LakeTable) -> glue.CfnTable:
        """Return the table in the catalogue; the emulator reads it by its folders alone."""
        location = self.bucket.s3_url_for_object(f"{name}/")
        form = spec.format
        return glue.CfnTable(
            self,
            f"{id_of(name)}Table",
            catalog_id=self.account,
            database_name=self.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                table_type="EXTERNAL_TABLE",
                parameters={
                    "EXTERNAL": "TRUE",
                    "classification": form.classification,
                    **form.table_parameters,
                    **spec.projection(),
                    "storage.location.template": self.bucket.s3_url_for_object(
                        f"{spec.path(name)}/"
                    ),
                },
                partition_keys=[_column(key, "string") for key in spec.folders],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    columns=[_column(key, kind) for key, kind in spec.columns.items()],
                    input_format=form.reads,
                    output_format=form.writes,
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=form.serde, parameters=dict(form.serde_parameters)
                    ),
                ),
            ),
        )

    def _make_workgroup(self) -> athena.CfnWorkGroup:
        """Return the workgroup: results in one place, and an end to a query that reads too much."""
        g, key = athena.CfnWorkGroup, self._data.key
        encryption = g.EncryptionConfigurationProperty(
            encryption_option="SSE_KMS" if key else "SSE_S3", kms_key=key.key_arn if key else None
        )
        return athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=f"countinghouse-{self._stage.name}",
            description="Every query of Countinghouse",
            recursive_delete_option=not self._stage.keep_data,
            work_group_configuration=g.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=self._stage.lake.scan_gib * GIB,
                engine_version=g.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=g.ResultConfigurationProperty(
                    output_location=self.bucket.s3_url_for_object(f"{QUERY_RESULTS}/"),
                    encryption_configuration=encryption,
                ),
            ),
        )

    def _export(self) -> None:
        """Export what the service may ask for, used or not, and write what tools read."""
        self.export_value(self.bucket.bucket_name)
        self.export_value(self.bucket.bucket_arn)
        self.export_value(self.days.function.function_name)
        for stream in self.streams.values():
            self.export_value(stream.stream.ref)
            self.export_value(stream.arn)
        outputs = {
            "LakeBucket": self.bucket.bucket_name,
            "GlueDatabase": self.database,
            "AthenaWorkgroup": self.workgroup.name,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


def _column(name: str, kind: str) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=name, type=kind)
