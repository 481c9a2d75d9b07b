"""Take in a payout, on request or in the monthly run: once a key, one at a time for a seller."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from countinghouse.domain.errors import (
    Conflict,
    CountinghouseError,
    IllegalTransition,
    KeyReused,
    Rejected,
    Unavailable,
)
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payability import net_available
from countinghouse.domain.payout import Payout, PayoutTrigger
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.payout_requests import OpenPayout, Payee, draft_payout, payout_quote
from countinghouse.ports.audit import PayoutStops
from countinghouse.ports.clock import Clock
from countinghouse.ports.fx import RateDesk
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutAccounts, PayoutBook
from countinghouse.ports.screening import PayeeCheck
from countinghouse.records import dataclass

RACES_MAX = 8

ALREADY_OPENED = "already_opened"
"""Why a monthly run skips a seller whose payout of this period it opened before."""

NO_RATES = "fx_rate_unavailable"
"""Why the monthly run skips a seller who is paid in another currency, and what a request gets."""

NAMED_MAX = 20
"""Findings that a refusal names."""


def _every_unit(_psp: str, _currency: str) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Opening:
    """What opening a payout needs.

    `step_of` says, by PSP and currency, of how many minor units a payout is a multiple there.
    """

    payouts: PayoutBook
    accounts: PayoutAccounts
    ledger: Ledger
    rules: PayoutRules
    clock: Clock
    stops: PayoutStops
    payees: PayeeCheck
    rates: RateDesk
    step_of: Callable[[str, str], int] = _every_unit


@dataclass(frozen=True, slots=True)
class OpenedPayout:
    """The payout, or None with the reason why the monthly run opens none.

    `replayed` when it had been opened before.
    """

    payout: Payout | None
    replayed: bool = False
    skipped: str | None = None


def open_payout(wanted: OpenPayout, ports: Opening) -> OpenedPayout:
    """Commit a draft and the seller's place for it; nothing is reserved yet.

    One that is sent in another currency has its rate locked here.

    On request, raises KeyReused, IllegalTransition (`payout_in_progress`, `payouts_stopped`),
    InsufficientFunds and Invalid (`below_minimum`, `no_bank_account`,
    `bank_account_cooling_off`, `psp_amount_not_expressible`, `fx_currency_unknown`),
    ScreeningRefused (`country_blocked`, `party_screened`) and Unavailable
    (`fx_rate_unavailable`); the monthly run gets these codes as the reason to skip.
    Raises Conflict when the account kept changing.
    """
    for _ in range(RACES_MAX):
        known = ports.payouts.get(wanted.payout_id)
        if known is not None:
            return _known(known, wanted)
        try:
            return _open(wanted, ports)
        except Conflict:
            continue
        except (Rejected, Unavailable) as refusal:
            overtaken = ports.payouts.get(wanted.payout_id)
            if overtaken is not None:
                # By its own twin: what stands in its way is the payout that it asks for.
                return _known(overtaken, wanted)
            if not _is_skipped(wanted, refusal):
                raise
            return OpenedPayout(None, skipped=refusal.code)
    raise Conflict(f"the bank account of seller {wanted.seller_id} kept changing")


def _is_skipped(wanted: OpenPayout, refusal: CountinghouseError) -> bool:
    """Whether the monthly run goes on without that payout; what may work later is tried again."""
    if wanted.trigger is not PayoutTrigger.MONTHLY or isinstance(refusal, KeyReused):
        return False
    return isinstance(refusal, Rejected) or refusal.code == NO_RATES


def _open(wanted: OpenPayout, ports: Opening) -> OpenedPayout:
    pair = wanted.currency, wanted.sent_in(ports.rules)
    for currency in dict.fromkeys(pair):
        _check_stops(currency, ports)
    payee = _payee(wanted.seller_id, pair, ports)
    ports.payees.check(wanted.seller_id, payee.account.holder if payee.account else None)
    wallets = ports.ledger.wallets_of(f"seller:{wanted.seller_id}")
    net = net_available(wallets, wanted.currency)
    now = ports.clock.now()
    quote = partial(ports.rates.draw, payout_quote(wanted.payout_id, pair), now)
    drawn = None if pair[0] == pair[1] else quote
    payout, taken = draft_payout(wanted, payee, net, ports.rules, now, drawn)
    existing = ports.payouts.open(payout, (_kept(payee.place, taken, ports), taken))
    return OpenedPayout(payout) if existing is None else _known(existing, wanted)


def _check_stops(currency: str, ports: Opening) -> None:
    findings = ports.stops.stopped(currency)
    if findings:
        named = ", ".join(findings[:NAMED_MAX])
        raise IllegalTransition(
            f"payouts in {currency} are stopped until these findings are acknowledged: "
            f"{named}{' and more' * (len(findings) > NAMED_MAX)}",
            code="payouts_stopped",
        )


def _payee(seller_id: str, pair: tuple[str, str], ports: Opening) -> Payee:
    """The account that the wallet's money goes to, and the wallet's place."""
    place = ports.accounts.get(seller_id, pair[0])
    account = place if pair[0] == pair[1] else ports.accounts.get(seller_id, pair[1])
    usable = account.for_wallet(pair[0]) if account is not None and account.is_set else None
    return Payee(usable, place, ports.step_of(usable.psp, pair[1]) if usable is not None else 1)


def _kept(place: PayoutAccount | None, taken: PayoutAccount, ports: Opening) -> PayoutAccount:
    """The place as it is stored. Raises Conflict when somebody stored another meanwhile."""
    if place is not None:
        return place
    free = replace(taken, open_payout=None, version=1)
    if ports.accounts.add(free) is not None:
        raise Conflict("the wallet has a place by now")
    return free


def _known(payout: Payout, wanted: OpenPayout) -> OpenedPayout:
    if payout.fingerprint != wanted.fingerprint:
        raise KeyReused("this idempotency key was used with another body")
    monthly = wanted.trigger is PayoutTrigger.MONTHLY
    return OpenedPayout(payout, replayed=True, skipped=ALREADY_OPENED if monthly else None)
