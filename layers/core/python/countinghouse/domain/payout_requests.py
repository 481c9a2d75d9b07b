"""Opening a payout: what is asked for, and everything that forbids it.

A payout and its seller's place for the one open payout are written in one transaction, so that two
requests cannot both be taken in; the money itself is reserved a step later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from countinghouse.domain.errors import IllegalTransition, InsufficientFunds, Invalid
from countinghouse.domain.fx import Quote, QuoteRequest, convert
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payability import WithheldReason, obstacle
from countinghouse.domain.payout import Payout, PayoutTrigger
from countinghouse.domain.payout_account import PayoutAccount, bare_place
from countinghouse.domain.payout_exchange import PayoutExchange
from countinghouse.records import dataclass

R = WithheldReason
_ID_LENGTH = 24

SCHEDULE = "schedule"
"""Who requests the monthly payouts."""


@dataclass(frozen=True, slots=True)
class OpenPayout:
    """A wish to pay a seller. `amount_minor`, of the wallet, None means all that is payable.

    `payout_currency` is what it is sent in; None is the wallet's own, or what the market's rules
    say for a monthly one.
    """

    payout_id: str
    seller_id: str
    currency: str
    amount_minor: int | None
    requested_by: str
    fingerprint: str
    trigger: PayoutTrigger = PayoutTrigger.REQUEST
    period: str | None = None
    payout_currency: str | None = None

    def sent_in(self, rules: PayoutRules) -> str:
        """The currency it is sent in."""
        if self.payout_currency is not None:
            return self.payout_currency
        if self.trigger is PayoutTrigger.MONTHLY:
            return rules.currencies.currency_for(self.seller_id, self.currency)
        return self.currency


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a wallet's money goes: the bank account, and the wallet's place of the open payout.

    They are one row unless it goes in another currency; None is not there. `step` is what the PSP
    can send multiples of, minor units of what is sent.
    """

    account: PayoutAccount | None
    place: PayoutAccount | None
    step: int = 1


def payout_id_of(cause: str) -> str:
    """The id of the payout that this cause opens: the same cause, the same payout."""
    return f"po_{hashlib.sha256(cause.encode()).hexdigest()[:_ID_LENGTH]}"


def monthly_payout(seller_id: str, currency: str, period: str) -> OpenPayout:
    """A month's payout of all that is payable; its id is made of the three: there is only one."""
    cause = f"payout#{seller_id}#{currency}#{period}"
    return OpenPayout(
        payout_id=payout_id_of(cause),
        seller_id=seller_id,
        currency=currency,
        amount_minor=None,
        requested_by=SCHEDULE,
        fingerprint=cause,
        trigger=PayoutTrigger.MONTHLY,
        period=period,
    )


def payout_quote(payout_id: str, pair: tuple[str, str]) -> QuoteRequest:
    """The wish for the quote of a payout: from the wallet's currency to the bank account's."""
    cause = f"{payout_id}:{pair[0]}/{pair[1]}"
    digest = hashlib.sha256(cause.encode()).hexdigest()[:_ID_LENGTH]
    return QuoteRequest(f"fxq_{digest}", *pair, amount_minor=None, fingerprint=cause)


def draft_payout(
    wanted: OpenPayout,
    payee: Payee,
    net_minor: int,
    rules: PayoutRules,
    now: Instant,
    quote: Callable[[], Quote] | None = None,
) -> tuple[Payout, PayoutAccount]:
    """The payout to be, and its wallet's place of the open payout, taken.

    `quote` draws the rate of one that is sent in another currency; it is the last thing asked.
    Raises IllegalTransition (code `payout_in_progress`) while another one is open, then
    InsufficientFunds, and Invalid with the code of what stands in the way
    (`psp_amount_not_expressible` for an amount that the PSP cannot send); and what `quote` raises.
    """
    account, place = payee.account, payee.place
    if place is not None and place.open_payout is not None:
        detail = f"payout {place.open_payout} of seller {wanted.seller_id} is not finished"
        raise IllegalTransition(detail, code="payout_in_progress")
    amount = _amount(wanted, net_minor, 1 if quote is not None else payee.step)
    if net_minor > 0 and amount < rules.minimum_for(wanted.currency):
        raise _refused(R.BELOW_MINIMUM)
    if net_minor < max(amount, 1):
        detail = f"{net_minor} {wanted.currency} can be paid out to seller {wanted.seller_id}"
        raise InsufficientFunds(detail)
    found = obstacle(account, amount, wanted.currency, rules, now)
    if found is not None or account is None:
        raise _refused(found[0] if found else R.NO_BANK_ACCOUNT)
    exchange = _exchange(amount, quote(), rules, payee.step) if quote is not None else None
    place = place or bare_place(wanted.seller_id, wanted.currency, now)
    payout = Payout(
        payout_id=wanted.payout_id,
        seller_id=wanted.seller_id,
        currency=wanted.currency,
        amount_minor=amount,
        psp=account.psp,
        bank_account=account.bank_account,
        requested_by=wanted.requested_by,
        trigger=wanted.trigger,
        fingerprint=wanted.fingerprint,
        period=wanted.period,
        carried_over_minor=place.left_over_minor,
        created_at=now,
        updated_at=now,
        next_at=now,
        exchange=exchange,
    )
    return payout, place.changed(open_payout=payout.payout_id)


def _amount(wanted: OpenPayout, net_minor: int, step: int) -> int:
    """What leaves the wallet: of all that is payable what can be sent, the rest stays available.

    Raises Invalid (code `psp_amount_not_expressible`) for an amount that cannot be sent.
    """
    if wanted.amount_minor is None:
        return net_minor - net_minor % step
    if wanted.amount_minor % step:
        detail = f"the PSP pays out multiples of {step} minor units of {wanted.currency}"
        raise Invalid(detail, code="psp_amount_not_expressible", field="amount")
    return wanted.amount_minor


def _exchange(amount_minor: int, quote: Quote, rules: PayoutRules, step: int) -> PayoutExchange:
    """What the amount comes to at the quote's rate; it has to be worth sending there too.

    What the PSP cannot send of it stays with the spread, as all rounding does.
    """
    found = convert(amount_minor, quote)
    sent_minor = found.minor - found.minor % step
    if sent_minor < max(1, rules.minimum_for(quote.to_currency)):
        raise _refused(R.BELOW_MINIMUM)
    return PayoutExchange(
        quote_id=quote.quote_id,
        source=quote.source,
        as_of=quote.as_of,
        rate=str(quote.rate),
        mid_rate=str(quote.mid),
        spread_basis_points=quote.spread_basis_points,
        expires_at=quote.expires_at,
        currency=quote.to_currency,
        minor=sent_minor,
        mid_minor=found.mid_minor,
    )


def _refused(reason: WithheldReason) -> Invalid:
    match reason:
        case R.BELOW_MINIMUM:
            detail = "that is less than is paid out in one go"
            return Invalid(detail, code="below_minimum", field="amount")
        case R.BANK_ACCOUNT_COOLING_OFF:
            detail = "the seller's bank account was changed a short time ago"
            return Invalid(detail, code="bank_account_cooling_off")
        case _:
            detail = "the seller has no bank account in this currency"
            return Invalid(detail, code="no_bank_account")


def free_slot(account: PayoutAccount, payout: Payout) -> PayoutAccount:
    """The account without this payout in its one place; the same object when it is not there."""
    if account.open_payout != payout.payout_id:
        return account
    left = account.left_over_minor
    if payout.available_before_minor is not None:
        left = payout.available_before_minor - payout.amount_minor - payout.recovered_minor
    return account.changed(open_payout=None, left_over_minor=left)
