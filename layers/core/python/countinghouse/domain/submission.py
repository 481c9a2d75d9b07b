"""A checkout as it was submitted: one part a seller, its fee frozen on the way in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fee_tax import NO_TAXES, FeeTaxes
from countinghouse.domain.fees import FeeBook, freeze_fee
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_countries import NOWHERE, MarketCountries
from countinghouse.domain.order import CaptureMode, PaymentInfo
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure, OrderLine, Submission
from countinghouse.domain.sca import NO_LOW_VALUE, ScaRules, check_exemption
from countinghouse.domain.screening import (
    ALLOWED,
    ScreeningRequest,
    Verdict,
    email_domain_of,
)
from countinghouse.domain.sub_wallets import ONE_WALLET, SellerShards
from countinghouse.records import dataclass

NO_CONVERSIONS: Mapping[str, Conversion] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OrderPart:
    """One seller's part of a checkout; minor units. `category` is what the fee may depend on.

    `seller_country` (ISO 3166) is as stated with the order; None leaves it to the market's rules.
    `seller_currency` is what the seller is paid in; None is what the buyer pays in.
    """

    order_id: str
    seller_id: str
    amount_minor: int
    category: str | None = None
    seller_country: str | None = None
    seller_currency: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitPayment:
    """A checkout to pay. `fingerprint` is a hash over every field that means something.

    `user_name` is looked up on the screening list and goes nowhere else, nor into the fingerprint.
    `fx_quotes` are the quotes that the checkout was shown, one a pair of currencies.
    """

    checkout_id: str
    user_id: str
    user_country: str | None
    user_email: str | None
    payment_info: PaymentInfo
    currency: str
    parts: tuple[OrderPart, ...]
    on_partial_failure: OnPartialFailure
    capture: CaptureMode
    fingerprint: str
    user_name: str | None = field(default=None, repr=False)
    fx_quotes: tuple[str, ...] = ()

    @property
    def converted_parts(self) -> tuple[OrderPart, ...]:
        """The orders whose seller is paid in another currency than the buyer pays in."""
        ours = (None, self.currency)
        return tuple(part for part in self.parts if part.seller_currency not in ours)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the market decided that a checkout is taken in by."""

    fees: FeeBook
    countries: MarketCountries = NOWHERE
    taxes: FeeTaxes = NO_TAXES
    sca: ScaRules = NO_LOW_VALUE
    shards: SellerShards = ONE_WALLET


def submission_of(
    command: SubmitPayment,
    terms: Terms,
    now: Instant,
    conversions: Mapping[str, Conversion] = NO_CONVERSIONS,
) -> Submission:
    """The command as it is kept: every seller's line with its fee frozen by the rules of `now`.

    `conversions` are by order id; a fee is of what the seller gets, in the seller's currency.
    Raises Invalid for no orders, too many, an order id given twice, or an exemption that cannot
    hold (`sca_exemption_not_allowed`).
    """
    if not 1 <= len(command.parts) <= ORDERS_MAX:
        raise Invalid(f"a checkout has 1 to {ORDERS_MAX} orders", field="orders")
    if len({part.order_id for part in command.parts}) != len(command.parts):
        raise Invalid("an order id stands twice in this checkout", field="orders")
    info, total = command.payment_info, sum(part.amount_minor for part in command.parts)
    check_exemption(info.sca_exemption, info.method, total, command.currency, terms.sca)
    return Submission(
        user_id=command.user_id,
        user_country=command.user_country,
        payment_info=info,
        lines=tuple(
            _line(part, command, terms, now, conversions.get(part.order_id))
            for part in command.parts
        ),
        on_partial_failure=command.on_partial_failure,
        capture=command.capture,
        fingerprint=command.fingerprint,
    )


def _line(
    part: OrderPart,
    command: SubmitPayment,
    terms: Terms,
    now: Instant,
    deal: Conversion | None,
) -> OrderLine:
    countries = terms.countries
    home = countries.seller_home(part.seller_id, part.seller_country)
    country = home.country if home else None
    abroad = country is not None and countries.is_abroad(country)
    fee = freeze_fee(
        deal.seller_minor if deal else part.amount_minor,
        deal.seller_currency if deal else command.currency,
        terms.fees.rule_for(part.seller_id, part.category, now),
        cross_border=countries.crosses_border(command.user_country, country),
        tax=terms.taxes.tax_for(home, abroad=abroad, now=now),
    )
    return OrderLine(
        part.order_id,
        part.seller_id,
        part.amount_minor,
        fee,
        terms.shards.shard_for(part.seller_id, part.order_id),
        seller_country=country,
        conversion=deal,
    )


def screen_parties(
    command: SubmitPayment,
    submission: Submission,
    screen: Callable[[ScreeningRequest], Verdict],
) -> Verdict:
    """What screening says of the buyer with each seller: the first refusal, or ALLOWED."""
    verdicts = map(screen, _parties(command, submission))
    return next((verdict for verdict in verdicts if not verdict.allowed), ALLOWED)


def _parties(command: SubmitPayment, submission: Submission) -> Iterator[ScreeningRequest]:
    domain = email_domain_of(command.user_email)
    sellers = dict.fromkeys((line.seller_id, line.seller_country) for line in submission.lines)
    for seller_id, country in sellers:
        yield ScreeningRequest(
            buyer_country=command.user_country,
            seller_country=country,
            user_id=command.user_id,
            seller_id=seller_id,
            name=command.user_name,
            email_domain=domain,
        )
