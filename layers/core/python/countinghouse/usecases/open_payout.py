"""Take in a payout, on request or in the monthly run: once a key, one at a time for a seller."""

from dataclasses import dataclass

from countinghouse.domain.errors import Conflict, IllegalTransition, KeyReused, Rejected
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payability import net_available
from countinghouse.domain.payout import Payout, PayoutTrigger
from countinghouse.domain.payout_requests import OpenPayout, draft_payout
from countinghouse.domain.wallet import WalletAddress
from countinghouse.ports.audit import PayoutStops
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutAccounts, PayoutBook

RACES_MAX = 8

ALREADY_OPENED = "already_opened"
"""Why a monthly run skips a seller whose payout of this period it opened before."""

NAMED_MAX = 20
"""Findings that a refusal names."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What opening a payout needs."""

    payouts: PayoutBook
    accounts: PayoutAccounts
    ledger: Ledger
    rules: PayoutRules
    clock: Clock
    stops: PayoutStops


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

    On request, raises KeyReused, IllegalTransition (`payout_in_progress`, `payouts_stopped`),
    InsufficientFunds and Invalid (`below_minimum`, `no_bank_account`,
    `bank_account_cooling_off`); the monthly run gets these codes as the reason to skip.
    Raises Conflict when the account kept changing.
    """
    monthly = wanted.trigger is PayoutTrigger.MONTHLY
    for _ in range(RACES_MAX):
        known = ports.payouts.get(wanted.payout_id)
        if known is not None:
            return _known(known, wanted)
        try:
            return _open(wanted, ports)
        except Conflict:
            continue
        except Rejected as refusal:
            overtaken = ports.payouts.get(wanted.payout_id)
            if overtaken is not None:
                # By its own twin: what stands in its way is the payout that it asks for.
                return _known(overtaken, wanted)
            if not monthly or isinstance(refusal, KeyReused):
                raise
            return OpenedPayout(None, skipped=refusal.code)
    raise Conflict(f"the bank account of seller {wanted.seller_id} kept changing")


def _open(wanted: OpenPayout, ports: Opening) -> OpenedPayout:
    findings = ports.stops.stopped(wanted.currency)
    if findings:
        named = ", ".join(findings[:NAMED_MAX])
        raise IllegalTransition(
            f"payouts in {wanted.currency} are stopped until these findings are acknowledged: "
            f"{named}{' and more' * (len(findings) > NAMED_MAX)}",
            code="payouts_stopped",
        )
    account = ports.accounts.get(wanted.seller_id, wanted.currency)
    address = WalletAddress(f"seller:{wanted.seller_id}", wanted.currency)
    net = net_available(ports.ledger.wallets([address]).values(), wanted.currency)
    payout, taken = draft_payout(wanted, account, net, ports.rules, ports.clock.now())
    if account is None:
        raise Conflict("a draft needs an account")
    existing = ports.payouts.open(payout, (account, taken))
    return OpenedPayout(payout) if existing is None else _known(existing, wanted)


def _known(payout: Payout, wanted: OpenPayout) -> OpenedPayout:
    if payout.fingerprint != wanted.fingerprint:
        raise KeyReused("this idempotency key was used with another body")
    monthly = wanted.trigger is PayoutTrigger.MONTHLY
    return OpenedPayout(payout, replayed=True, skipped=ALREADY_OPENED if monthly else None)
