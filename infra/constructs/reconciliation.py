"""The machine that reconciles a PSP's day, and the topic its reports are announced on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.catalogue import RECONCILIATION, RECONCILIATION_RESULTS, RECONCILIATIONS
from infra.constructs import acknowledged
from infra.constructs.alarms import Alarms
from infra.constructs.fan_out import lists_and_results, own_children
from infra.constructs.workflow import Workflow
from infra.stage import Stage


class Reconciliation(Construct):
    """The machine over `settlement_files`, `reconciliation_steps`, `rollup` and `audit`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Mapping[str, lambda_.Function],
        documents: s3.IBucket,
        workgroup_arn: str,
        key: kms.IKey | None,
        alarms: Alarms,
    ) -> None:
        """Build machine and topic."""
        super().__init__(scope, construct_id)
        self.reports = sns.Topic(self, "Reports", enforce_ssl=stage.tls_only, master_key=key)
        steps, audit = functions["reconciliation_steps"], functions["audit"]
        files, rollup = functions["settlement_files"], functions["rollup"]
        workflow = Workflow(
            self,
            RECONCILIATION,
            stage=stage,
            key=key,
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"],
                    resources=[f.function_arn for f in (steps, files, rollup, audit)],
                ),
                iam.PolicyStatement(
                    actions=["athena:GetQueryExecution"], resources=[workgroup_arn]
                ),
                *own_children(self, stage, RECONCILIATION),
                *lists_and_results(documents, RECONCILIATIONS, RECONCILIATION_RESULTS, key),
                *self._announce(key),
            ],
            names={
                "ReconciliationSteps": steps.function_arn,
                "SettlementFiles": files.function_arn,
                "Audit": audit.function_arn,
                "Rollup": rollup.function_arn,
                "DocumentsBucket": documents.bucket_name,
                "ReportsTopic": self.reports.topic_arn,
            },
            numbers={
                "JudgeConcurrency": stage.judge_concurrency,
                "PollSeconds": stage.query_poll_s,
                "RepairSeconds": stage.recon_repair_s,
                "LakeSeconds": stage.lake_delay_s,
            },
        )
        workflow.watch(alarms, "reconciliation-failed")
        acknowledged.acknowledge(workflow.role, acknowledged.RECONCILIATION_ROLE)
        self.machine: sfn.StateMachine = workflow.machine

    def _announce(self, key: kms.IKey | None) -> Sequence[iam.PolicyStatement]:
        """Return the right to announce a report, on an encrypted topic too."""
        statements = [
            iam.PolicyStatement(actions=["sns:Publish"], resources=[self.reports.topic_arn])
        ]
        if key:
            statements.append(
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]
                )
            )
        return statements

    def arns(self) -> dict[str, str]:
        """Return the machine's ARN by its name."""
        return {RECONCILIATION: self.machine.state_machine_arn}
