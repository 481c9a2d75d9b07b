"""Screening against a list in memory; every hit is logged and counted."""

from __future__ import annotations

from collections.abc import Callable

from countinghouse.domain.screening import (
    ScreeningList,
    ScreeningRequest,
    ScreeningRules,
    Verdict,
)
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.observability import count, logger


@dataclass(frozen=True, slots=True)
class LocalScreening:
    """The screening port over one list; `parties` reads it when somebody is first screened."""

    parties: Callable[[], ScreeningList]
    rules: ScreeningRules
    clock: Clock

    def screen(self, request: ScreeningRequest) -> Verdict:
        """What the list says. Counts `ScreeningListStale` and `ScreeningRefused`.

        The log's line is the record of a refusal: ids, countries and the entry; no name.
        """
        parties = self.parties()
        if parties.is_stale(self.clock.now(), self.rules):
            count("ScreeningListStale")
        verdict = parties.screen(request)
        if not verdict.allowed:
            count("ScreeningRefused")
            logger().warning(
                "screening refused",
                extra={
                    "code": verdict.code,
                    "list": verdict.list_name,
                    "list_version": parties.version,
                    "entry_id": verdict.entry_id,
                    "user_id": request.user_id,
                    "seller_id": request.seller_id,
                    "buyer_country": request.buyer_country,
                    "seller_country": request.seller_country,
                },
            )
        return verdict
