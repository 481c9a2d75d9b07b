"""All that a marketplace decides for itself, in one document: fees, reserves, payouts, disputes.

The document has a section `reconciliation` too. It is read by `break_rules`, for those who
reconcile: nobody else pays for it when he starts, or stops because of a mistake in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fee_tax import NO_TAXES, FeeTaxes, parse_fee_taxes
from countinghouse.domain.fees import BASIS, FeeBook, FeeRule, FeeScope
from countinghouse.domain.instants import DAY
from countinghouse.domain.market_countries import NOWHERE, MarketCountries, parse_countries
from countinghouse.domain.payout_currencies import (
    AS_HELD,
    PayoutCurrencies,
    parse_payout_currencies,
)
from countinghouse.domain.sca import NO_LOW_VALUE, ScaRules, parse_sca
from countinghouse.domain.screening import MONTHLY, ScreeningRules, parse_screening_rules
from countinghouse.domain.sub_wallets import ONE_WALLET, SellerShards, parse_seller_shards
from countinghouse.records import dataclass

RESERVE_DAYS_MAX = 365
"""A reserve has a tranche a day, and all of them have to fit one journal and one wallet's row."""
COOL_OFF_DAYS_MAX = 365


@dataclass(frozen=True, slots=True)
class ReserveRule:
    """The share of a release that is held back, in basis points of it, and for how many days."""

    basis_points: int
    days: int

    def __post_init__(self) -> None:
        if not 0 <= self.basis_points <= BASIS:
            raise Invalid(f"basis points go from 0 to {BASIS}", field="basis_points")
        if not 0 <= self.days <= RESERVE_DAYS_MAX:
            raise Invalid(f"a reserve is held for 0 to {RESERVE_DAYS_MAX} days", field="days")


@dataclass(frozen=True, slots=True)
class ReserveRules:
    """Who has how much held back: the default, and sellers with a rule of their own."""

    default: ReserveRule
    sellers: Mapping[str, ReserveRule]

    def reserve_for(self, seller_id: str) -> ReserveRule:
        """The seller's own rule, else the default."""
        return self.sellers.get(seller_id, self.default)


@dataclass(frozen=True, slots=True)
class PayoutRules:
    """When money may leave. Amounts are minor units by currency, `cool_off` milliseconds.

    `cool_off` is how long nothing is paid out after a seller's bank account changed.
    """

    minimum_minor: Mapping[str, int]
    approval_above_minor: Mapping[str, int]
    cool_off: int
    currencies: PayoutCurrencies = AS_HELD

    def minimum_for(self, currency: str) -> int:
        """The least that is paid out, minor units; 0 for a currency without an entry."""
        return self.minimum_minor.get(currency, 0)

    def needs_approval(self, amount_minor: int, currency: str) -> bool:
        """Whether a second person has to agree; in a currency without an entry nobody has to."""
        above = self.approval_above_minor.get(currency)
        return above is not None and amount_minor > above


@dataclass(frozen=True, slots=True)
class DisputeRules:
    """Who pays for a lost dispute.

    The platform bears those with a reason in `platform_liable_reasons`, the seller all others;
    `fee_given_back_when_lost` is whether a liable seller gets the platform's fee back.
    """

    platform_liable_reasons: frozenset[str]
    fee_given_back_when_lost: bool


@dataclass(frozen=True, slots=True)
class MarketRules:
    """The whole document."""

    fees: FeeBook
    reserves: ReserveRules
    payouts: PayoutRules
    disputes: DisputeRules
    countries: MarketCountries = NOWHERE
    fee_taxes: FeeTaxes = NO_TAXES
    sca: ScaRules = NO_LOW_VALUE
    screening: ScreeningRules = MONTHLY
    shards: SellerShards = ONE_WALLET


_RULES = frozenset({"fees", "reserves", "payouts", "disputes"})
_FEE = frozenset({"rule_id", "scope", "valid_from", "basis_points", "tax_basis_points"})
_FEE_OPTIONAL = frozenset(
    {"subject", "fixed_minor", "minimum_minor", "maximum_minor"}
    | {"cross_border_basis_points", "cross_border_fixed_minor"}
)
_RESERVE = frozenset({"basis_points", "days"})
_PAYOUTS = frozenset({"minimum_minor", "approval_above_minor", "cool_off_days"})
_DISPUTES = frozenset({"platform_liable_reasons", "fee_given_back_when_lost"})
_NONE = frozenset[str]()
_COUNTRIES = frozenset({"home_country", "sellers", "single_market"})
_OPTIONAL = _COUNTRIES | {"fee_tax", "sca", "screening", "seller_shards"}
_ELSEWHERE = frozenset({"adjustments", "fx", "psp_routing", "reconciliation"})
"""Sections that are known and read by others."""
_NO_AMOUNTS: Mapping[str, int] = MappingProxyType({})


def parse_market_rules(document: Mapping[str, object]) -> MarketRules:
    """The rules that a document states, as JSON has it.

    Strict: raises Invalid naming the path (`fees[2].basis_points`) for an unknown or missing key, a
    wrong type, a number below zero or not whole, an unknown currency, or rules that contradict.
    """
    parts = Part(document).fields(_RULES, _OPTIONAL | _ELSEWHERE)
    fees, countries = parts["fees"], parse_countries(parts)
    rules = tuple(_fee_rule(part) for part in fees.elements())
    return MarketRules(
        fees=fees.built(lambda: FeeBook(rules)),
        reserves=_reserves(parts["reserves"]),
        payouts=_payouts(parts["payouts"], countries),
        disputes=_disputes(parts["disputes"]),
        countries=countries,
        fee_taxes=parse_fee_taxes(parts.get("fee_tax")),
        sca=parse_sca(parts.get("sca")),
        screening=parse_screening_rules(parts.get("screening")),
        shards=parse_seller_shards(parts.get("seller_shards")),
    )


def _fee_rule(part: Part) -> FeeRule:
    parts = part.fields(_FEE, _FEE_OPTIONAL)
    subject = parts.get("subject")
    cross_border = parts.get("cross_border_basis_points")
    rule = partial(
        FeeRule,
        rule_id=parts["rule_id"].identifier(),
        scope=_scope(parts["scope"]),
        subject=subject.identifier() if subject else None,
        valid_from=parts["valid_from"].instant(),
        basis_points=parts["basis_points"].whole(BASIS),
        tax_basis_points=parts["tax_basis_points"].whole(BASIS),
        fixed_minor=_amounts(parts.get("fixed_minor")),
        minimum_minor=_amounts(parts.get("minimum_minor")),
        maximum_minor=_amounts(parts.get("maximum_minor")),
        cross_border_basis_points=cross_border.whole(BASIS) if cross_border else 0,
        cross_border_fixed_minor=_amounts(parts.get("cross_border_fixed_minor")),
    )
    return part.built(rule)


def _scope(part: Part) -> FeeScope:
    try:
        return FeeScope(part.text())
    except ValueError:
        raise part.refused(f"one of {', '.join(FeeScope)} is needed") from None


def _amounts(part: Part | None) -> Mapping[str, int]:
    return _NO_AMOUNTS if part is None else part.amounts()


def _reserves(part: Part) -> ReserveRules:
    parts = part.fields(frozenset({"default"}), frozenset({"sellers"}))
    sellers = parts["sellers"].entries() if "sellers" in parts else {}
    own = {Part(seller, at.path).identifier(): _reserve(at) for seller, at in sellers.items()}
    return ReserveRules(_reserve(parts["default"]), MappingProxyType(own))


def _reserve(part: Part) -> ReserveRule:
    parts = part.fields(_RESERVE, _NONE)
    return ReserveRule(parts["basis_points"].whole(BASIS), parts["days"].whole(RESERVE_DAYS_MAX))


def _payouts(part: Part, homes: MarketCountries) -> PayoutRules:
    parts = part.fields(_PAYOUTS, frozenset({"payout_currency"}))
    return PayoutRules(
        minimum_minor=_amounts(parts["minimum_minor"]),
        approval_above_minor=_amounts(parts["approval_above_minor"]),
        cool_off=parts["cool_off_days"].whole(COOL_OFF_DAYS_MAX) * DAY,
        currencies=parse_payout_currencies(parts.get("payout_currency"), homes),
    )


def _disputes(part: Part) -> DisputeRules:
    parts = part.fields(_DISPUTES, _NONE)
    return DisputeRules(
        frozenset(reason.identifier() for reason in parts["platform_liable_reasons"].elements()),
        parts["fee_given_back_when_lost"].flag(),
    )
