"""A Firehose stream into one table of the lake: filed by day, stored as Parquet.

Whatever cannot be filed or converted goes to the bucket's folder of errors, and an alarm says so.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.catalogue import construct_id
from infra.constructs import acknowledged, assessed
from infra.constructs.alarms import PERIOD
from infra.constructs.log_group import log_group
from infra.constructs.shore import Shore, delivery_role
from infra.lake_tables import DAY, ERRORS

# AWS asks for at least this much of a buffer that is converted.
BUFFER_MB: Final = 64
# What the function that tells the days gets at once: 4 MB in base64, of the 6 MB a call may have.
DAYS_BUFFER_MB: Final = 3
DAYS_BUFFER_S: Final = 60
RETRY_S: Final = 300
STALE_S: Final = 1_800
LOG_STREAM: Final = "delivery"


class DeliveryStream(Construct):
    """The stream, its role and its alarms."""

    def __init__(
        self, scope: Construct, table: str, *, glue_table: glue.CfnTable, shore: Shore
    ) -> None:
        """Build the stream into `glue_table`, the table of that name."""
        super().__init__(scope, f"{construct_id(table)}Stream")
        self._table, self._shore = table, shore
        self.name = f"countinghouse-{shore.stage.name}-{table.replace('_', '-')}"
        group = self._log_group()
        self.role = delivery_role(self, table, shore, group)
        self.stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            delivery_stream_name=self.name,
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=self._encryption(),
            extended_s3_destination_configuration=self._destination(group),
        )
        # Firehose looks the schema up with this role as the stream is made.
        self.stream.node.add_dependency(self.role, glue_table)
        acknowledged.acknowledge(self.role, acknowledged.delivery(table))
        acknowledged.acknowledge(self.role, assessed.ROLE)
        self._watch()

    @property
    def arn(self) -> str:
        """Return the stream's ARN."""
        return self.stream.attr_arn

    def _log_group(self) -> logs.LogGroup:
        """Return where Firehose says why it could not deliver."""
        stage = self._shore.stage
        group = log_group(
            self,
            "Log",
            stage=stage,
            key=self._shore.key,
            name=f"/aws/kinesisfirehose/{self.name}",
        )
        logs.LogStream(
            self,
            "LogStream",
            log_group=group,
            log_stream_name=LOG_STREAM,
            removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
        )
        return group

    def _encryption(
        self,
    ) -> firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty:
        key = self._shore.key
        return firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
            key_type="CUSTOMER_MANAGED_CMK" if key else "AWS_OWNED_CMK",
            key_arn=key.key_arn if key else None,
        )

    def _destination(
        self, group: logs.LogGroup
    ) -> firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty:
        f, shore = firehose.CfnDeliveryStream, self._shore
        return f.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=shore.bucket.bucket_arn,
            role_arn=self.role.role_arn,
            prefix=f"{self._table}/{DAY}=!{{partitionKeyFromLambda:{DAY}}}/",
            error_output_prefix=(
                f"{ERRORS}/{self._table}/!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/"
            ),
            buffering_hints=f.BufferingHintsProperty(
                size_in_m_bs=BUFFER_MB, interval_in_seconds=shore.stage.lake.buffer_s
            ),
            # Parquet is compressed by itself.
            compression_format="UNCOMPRESSED",
            dynamic_partitioning_configuration=f.DynamicPartitioningConfigurationProperty(
                enabled=True, retry_options=f.RetryOptionsProperty(duration_in_seconds=RETRY_S)
            ),
            processing_configuration=self._processing(),
            data_format_conversion_configuration=self._conversion(),
            cloud_watch_logging_options=f.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=group.log_group_name, log_stream_name=LOG_STREAM
            ),
        )

    def _processing(self) -> firehose.CfnDeliveryStream.ProcessingConfigurationProperty:
        f = firehose.CfnDeliveryStream
        parameters = {
            "LambdaArn": self._shore.days.function_arn,
            "BufferSizeInMBs": str(DAYS_BUFFER_MB),
            "BufferIntervalInSeconds": str(DAYS_BUFFER_S),
        }
        return f.ProcessingConfigurationProperty(
            enabled=True,
            processors=[
                f.ProcessorProperty(
                    type="Lambda",
                    parameters=[
                        f.ProcessorParameterProperty(parameter_name=name, parameter_value=value)
                        for name, value in parameters.items()
                    ],
                )
            ],
        )

    def _conversion(
        self,
    ) -> firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty:
        f = firehose.CfnDeliveryStream
        return f.DataFormatConversionConfigurationProperty(
            enabled=True,
            input_format_configuration=f.InputFormatConfigurationProperty(
                deserializer=f.DeserializerProperty(
                    open_x_json_ser_de=f.OpenXJsonSerDeProperty(case_insensitive=False)
                )
            ),
            output_format_configuration=f.OutputFormatConfigurationProperty(
                serializer=f.SerializerProperty(
                    parquet_ser_de=f.ParquetSerDeProperty(compression="GZIP")
                )
            ),
            schema_configuration=f.SchemaConfigurationProperty(
                database_name=self._shore.database,
                table_name=self._table,
                region=Stack.of(self).region,
                role_arn=self.role.role_arn,
                version_id="LATEST",
            ),
        )

    def _watch(self) -> None:
        alarms = self._shore.alarms
        alarms.above(
            self,
            "Stale",
            self._metric("DeliveryToS3.DataFreshness", "Maximum"),
            limit=STALE_S,
            periods=5,
            says=f"Rows of {self._table} have waited half an hour to be delivered.",
            anchor="lake-behind",
        )
        for alarm_id, metric in {
            "NotConverted": "FailedConversion.Records",
            "TooManyDays": "PartitionCountExceeded",
        }.items():
            alarms.above(
                self,
                alarm_id,
                self._metric(metric, "Sum"),
                limit=0,
                says=f"Rows of {self._table} were set aside under {ERRORS}/.",
                anchor="lake-errors",
            )

    def _metric(self, name: str, statistic: str) -> cw.Metric:
        return cw.Metric(
            namespace="AWS/Firehose",
            metric_name=name,
            dimensions_map={"DeliveryStreamName": self.name},
            period=PERIOD,
            statistic=statistic,
        )
