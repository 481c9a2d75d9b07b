"""The PSPs' way in past the API: the webhook function's own URL."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.assessed import WEBHOOK_DOOR


class WebhookDoor(Construct):
    """A URL that anybody may call, as the API's route is: the function checks the PSP's signature.

    What bounds it is the function's reserved concurrency, beyond which Lambda answers 429.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        webhooks: lambda_.Function,
        alarms: Alarms,
    ) -> None:
        """Open the door, and tell where it is: PSPs are given it in place of the API's address."""
        super().__init__(scope, construct_id)
        url = webhooks.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
        for let_in in ("invoke-function-url", "invoke-function"):
            acknowledge(webhooks.node.find_child(let_in), WEBHOOK_DOOR)
        alarms.above(
            self,
            "ServerErrors",
            webhooks.metric("Url5xxCount", period=PERIOD, statistic="Sum"),
            limit=0,
            periods=2,
            says="The webhooks' URL answered 5xx two minutes running.",
            anchor="api-5xx",
        )
        output = CfnOutput(self, "WebhookUrl", value=url.url)
        output.override_logical_id("WebhookUrl")
