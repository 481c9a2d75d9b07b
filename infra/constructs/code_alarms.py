"""Alarms on what code itself counts and goes on after: nothing failed, and somebody has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cw
from constructs import Construct

from infra.catalogue import FILES, FX_RATES, LAYERS_BEYOND
from infra.catalogue import construct_id as construct_id_of
from infra.constructs.alarms import PERIOD, Alarms, Anchor

NAMESPACE: Final = "Countinghouse"
# What is counted with every look goes on for as long as nobody mends it: one alarm, not many.
GOES_ON: Final = Duration.hours(1)


@dataclass(frozen=True)
class Counted:
    """A metric that stays at zero while all is well, and the functions that may count it."""

    metric: str
    functions: tuple[str, ...]
    says: str
    anchor: Anchor
    period: Duration = PERIOD


COUNTED: Final[Mapping[str, Counted]] = {
    "PspCircuits": Counted(
        "PspCircuitOpen",
        # Who calls PSPs through their breakers.
        ("order_execution", "payments"),
        "A PSP does not answer {}: its circuit is open.",
        "psp-circuit-open",
    ),
    "PspsGone": Counted(
        "PspAbsent",
        # Who goes on with what was begun at a PSP, which may be gone since.
        ("order_aftercare", "order_execution", "payout_steps", "psp_events"),
        "{} has something to do at a PSP that the stage does not have.",
        "psp-absent",
        GOES_ON,
    ),
    "PspKeys": Counted(
        "PspKeyReused",
        # Who has the PSPs' libraries, but for who only fetches files.
        tuple(
            sorted(
                name
                for name, parts in LAYERS_BEYOND.items()
                if "psp" in parts and name != "settlement_files"
            )
        ),
        "{} sent a PSP one key with two bodies, and does not know what came of it.",
        "psp-key-reused",
    ),
    "ScreeningLists": Counted(
        "ScreeningListStale",
        ("orders", "payments", "payout_steps", "payouts"),
        "{} screens by a list that is too old.",
        "screening-list-stale",
        GOES_ON,
    ),
    "FxRates": Counted(
        "FxRatesDamaged",
        tuple(sorted(name for name, folders in FILES.items() if FX_RATES in folders)),
        "{} cannot read a file of reference rates.",
        "fx-rates-damaged",
        GOES_ON,
    ),
}


class CodeAlarms(Construct):
    """An alarm for each metric and each function that may count it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, counted: Counted, alarms: Alarms
    ) -> None:
        """Watch the metric of each function: code counts it by the function's name."""
        super().__init__(scope, construct_id)
        for function in counted.functions:
            metric = cw.Metric(
                namespace=NAMESPACE,
                metric_name=counted.metric,
                dimensions_map={"service": function},
                period=counted.period,
                statistic="Sum",
            )
            alarms.above(
                self,
                construct_id_of(function),
                metric,
                limit=0,
                says=counted.says.format(function),
                anchor=counted.anchor,
            )
