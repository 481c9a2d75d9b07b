"""Screening in memory: refuses the names, ids and countries it was told of."""

from __future__ import annotations

from dataclasses import dataclass, field

from countinghouse.domain.market_countries import NOWHERE
from countinghouse.domain.screening import (
    ALLOWED,
    COUNTRY_BLOCKED,
    PARTY_SCREENED,
    ScreeningRequest,
    Verdict,
)
from countinghouse.ports.screening import PayeeCheck


@dataclass
class FakeScreening:
    """Allows everybody but `refused`; `asked` has every request."""

    refused: set[str] = field(default_factory=set)
    asked: list[ScreeningRequest] = field(default_factory=list)

    def screen(self, request: ScreeningRequest) -> Verdict:
        self.asked.append(request)
        for country in (request.buyer_country, request.seller_country):
            if country in self.refused:
                return Verdict(COUNTRY_BLOCKED, "fake", country)
        for party in (request.name, request.user_id, request.seller_id):
            if party in self.refused:
                return Verdict(PARTY_SCREENED, "fake", "entry-1")
        return ALLOWED


def anybody() -> PayeeCheck:
    """A payee check that refuses nobody."""
    return PayeeCheck(FakeScreening(), NOWHERE)
