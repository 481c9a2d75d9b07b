"""Screening: whether anybody who takes part in a payment or payout is on a list."""

from __future__ import annotations

from typing import Protocol

from countinghouse.domain.market_countries import MarketCountries
from countinghouse.domain.screening import ScreeningRequest, Verdict
from countinghouse.records import dataclass


class Screening(Protocol):
    """Lists of countries and parties, wherever they are kept."""

    def screen(self, request: ScreeningRequest) -> Verdict:
        """What the lists say; a refusal is on record (log and metric) once this returns.

        Raises Unavailable when a list cannot be asked: then nothing is allowed.
        """
        ...


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """Whether a seller may be paid out: its id, its country and the account's holder."""

    screening: Screening
    countries: MarketCountries

    def check(self, seller_id: str, holder: str | None) -> None:
        """Screen a payee; `holder` None is not known. Raises ScreeningRefused."""
        home = self.countries.seller_home(seller_id)
        country = home.country if home else None
        payee = ScreeningRequest(seller_country=country, seller_id=seller_id, name=holder)
        verdict = self.screening.screen(payee)
        if not verdict.allowed:
            verdict.refuse()
