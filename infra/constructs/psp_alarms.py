"""The alarm on PSPs that do not answer: code counts every circuit that opens."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_cloudwatch as cw
from constructs import Construct

from infra.catalogue import construct_id as construct_id_of
from infra.constructs.alarms import PERIOD, Alarms

NAMESPACE: Final = "Countinghouse"
OPENED: Final = "PspCircuitOpen"
# Who calls PSPs through their breakers.
GUARDED: Final = ("order_execution", "payments")


class PspAlarms(Construct):
    """An alarm for each function that may open a PSP's circuit."""

    def __init__(self, scope: Construct, construct_id: str, *, alarms: Alarms) -> None:
        """Watch the metric that each of them counts."""
        super().__init__(scope, construct_id)
        for function in GUARDED:
            metric = cw.Metric(
                namespace=NAMESPACE,
                metric_name=OPENED,
                dimensions_map={"service": function},
                period=PERIOD,
                statistic="Sum",
            )
            alarms.above(
                self,
                construct_id_of(function),
                metric,
                limit=0,
                says=f"A PSP does not answer {function}: its circuit is open.",
                anchor="psp-circuit-open",
            )
