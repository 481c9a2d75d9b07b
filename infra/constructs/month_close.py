"""The machine that closes a month and bills every seller."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.catalogue import CLOSE_RESULTS, CLOSES, MONTH_CLOSE
from infra.constructs import acknowledged
from infra.constructs.alarms import Alarms
from infra.constructs.fan_out import lists_and_results, own_children
from infra.constructs.workflow import Workflow
from infra.stage import Stage


class MonthClose(Construct):
    """The machine, allowed the two functions that do its work."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Mapping[str, lambda_.Function],
        documents: s3.IBucket,
        key: kms.IKey | None,
        alarms: Alarms,
    ) -> None:
        """Build the machine over the functions `billing_steps` and `billing_pdf`."""
        super().__init__(scope, construct_id)
        steps, printer = functions["billing_steps"], functions["billing_pdf"]
        workflow = Workflow(
            self,
            MONTH_CLOSE,
            stage=stage,
            key=key,
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"],
                    resources=[steps.function_arn, printer.function_arn],
                ),
                *own_children(self, stage, MONTH_CLOSE),
                *lists_and_results(documents, CLOSES, CLOSE_RESULTS, key),
            ],
            names={
                "BillingSteps": steps.function_arn,
                "BillingPdf": printer.function_arn,
                "DocumentsBucket": documents.bucket_name,
            },
            numbers={
                "BillConcurrency": stage.bill_concurrency,
                "SettleSeconds": stage.close_settle_s,
            },
        )
        workflow.watch(alarms, "month-close-failed")
        acknowledged.acknowledge(workflow.role, acknowledged.CLOSE_ROLE)
        self.machine: sfn.StateMachine = workflow.machine

    def arns(self) -> dict[str, str]:
        """Return the machine's ARN by its name."""
        return {MONTH_CLOSE: self.machine.state_machine_arn}
