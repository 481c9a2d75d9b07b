"""The payout machines: one payout's way, and the monthly run that opens one per seller."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.catalogue import PAYOUT, PAYOUT_RUN, RUN_LISTS, RUN_RESULTS
from infra.constructs import acknowledged
from infra.constructs.alarms import Alarms
from infra.constructs.fan_out import lists_and_results, own_children
from infra.constructs.workflow import Workflow
from infra.stage import Stage


class PayoutWorkflows(Construct):
    """Both machines, allowed the one function that does their work."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        steps: lambda_.Function,
        documents: s3.IBucket,
        key: kms.IKey | None,
        alarms: Alarms,
    ) -> None:
        """Build the machines over the function `payout_steps`."""
        super().__init__(scope, construct_id)
        invoke = iam.PolicyStatement(
            actions=["lambda:InvokeFunction"], resources=[steps.function_arn]
        )
        self.payout = Workflow(
            self,
            PAYOUT,
            stage=stage,
            key=key,
            statements=[invoke],
            names={"PayoutSteps": steps.function_arn},
            numbers={},
        )
        self.payout.watch(alarms, "payout-failed")
        self.run = Workflow(
            self,
            PAYOUT_RUN,
            stage=stage,
            key=key,
            statements=[
                invoke,
                *own_children(self, stage, PAYOUT_RUN),
                *lists_and_results(documents, RUN_LISTS, RUN_RESULTS, key),
            ],
            names={
                "PayoutSteps": steps.function_arn,
                "DocumentsBucket": documents.bucket_name,
            },
            numbers={"PayoutConcurrency": stage.payout_concurrency},
        )
        self.run.watch(alarms, "payout-run-failed")
        acknowledged.acknowledge(self.run.role, acknowledged.RUN_ROLE)

    def arns(self) -> dict[str, str]:
        """Return the machines' ARNs by name."""
        return {
            PAYOUT: self.payout.machine.state_machine_arn,
            PAYOUT_RUN: self.run.machine.state_machine_arn,
        }
