"""What of a seller's money can be paid out now, and why the rest cannot: to the minor unit.

pending + available + reserved + in payout + disputed = payable + every withheld amount
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.instants import Instant, start_of_day
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.wallet import Wallet, buckets
from countinghouse.records import dataclass

HELD_BUCKETS = ("pending", "available", "reserved", "in_payout", "disputed")
"""What makes up a seller's balance; debt is not among it."""


class WithheldReason(StrEnum):
    """Why money cannot be paid out yet; where one fits, it is also the error code."""

    AWAITING_DELIVERY = "awaiting_delivery"
    RESERVE = "reserve"
    DISPUTE = "dispute"
    PAYOUT_IN_PROGRESS = "payout_in_progress"
    DEBT = "debt"
    BELOW_MINIMUM = "below_minimum"
    NO_BANK_ACCOUNT = "no_bank_account"
    BANK_ACCOUNT_COOLING_OFF = "bank_account_cooling_off"


R = WithheldReason


@dataclass(frozen=True, slots=True)
class Withheld:
    """An amount that cannot be paid out yet, minor units, and when it can if that is known."""

    reason: WithheldReason
    amount_minor: int
    release_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Payability:
    """One currency: the balance, what of it is payable now, and why the rest is not."""

    currency: str
    balance_minor: int
    payable_minor: int
    withheld: tuple[Withheld, ...]


def net_available(wallets: Iterable[Wallet], currency: str) -> int:
    """What is available once the debt is paid, minor units, never below zero."""
    held = buckets(w for w in wallets if w.address.currency == currency).get(currency, {})
    return max(0, held.get("available", 0) - held.get("debt", 0))


def obstacle(
    account: PayoutAccount | None, net_minor: int, currency: str, rules: PayoutRules, now: Instant
) -> tuple[WithheldReason, Instant | None] | None:
    """What stands in the way of paying out this much, and until when; None when nothing does."""
    if net_minor < rules.minimum_for(currency):
        return R.BELOW_MINIMUM, None
    if account is None:
        return R.NO_BANK_ACCOUNT, None
    if account.usable_from > now:
        return R.BANK_ACCOUNT_COOLING_OFF, account.usable_from
    return None


def payability(
    wallets: Iterable[Wallet],
    accounts: Mapping[str, PayoutAccount],
    rules: PayoutRules,
    now: Instant,
) -> tuple[Payability, ...]:
    """One seller's payability by currency; `accounts` are their bank accounts by currency."""
    wallets = tuple(wallets)
    return tuple(
        _of_currency(
            currency,
            held,
            [w for w in wallets if w.address.currency == currency],
            obstacle(
                accounts.get(currency), net_available(wallets, currency), currency, rules, now
            ),
        )
        for currency, held in sorted(buckets(wallets).items())
    )


def _of_currency(
    currency: str,
    held: Mapping[str, int],
    wallets: Iterable[Wallet],
    in_the_way: tuple[WithheldReason, Instant | None] | None,
) -> Payability:
    debt = min(held["available"], held["debt"])
    net = held["available"] - debt
    lines = [
        Withheld(R.AWAITING_DELIVERY, held["pending"]),
        *_tranches(wallets),
        Withheld(R.DISPUTE, held["disputed"]),
        Withheld(R.PAYOUT_IN_PROGRESS, held["in_payout"]),
        Withheld(R.DEBT, debt),
    ]
    if in_the_way is not None:
        lines.append(Withheld(in_the_way[0], net, in_the_way[1]))
    return Payability(
        currency=currency,
        balance_minor=sum(held[bucket] for bucket in HELD_BUCKETS),
        payable_minor=0 if in_the_way is not None else net,
        withheld=tuple(line for line in lines if line.amount_minor),
    )


def _tranches(wallets: Iterable[Wallet]) -> Iterator[Withheld]:
    """The reserve by the day that frees it, the earliest first; a part without a day last."""
    by_day: dict[str, int] = {}
    for wallet in wallets:
        for name, minor in wallet.balances.items():
            account = parse_account(name)
            if account.line.bucket == "reserved" and account.wallet_owner == wallet.address.owner:
                by_day[account.tranche] = by_day.get(account.tranche, 0) + account.shown(minor)
    for day in sorted(by_day, key=lambda day: (not day, day)):
        yield Withheld(R.RESERVE, by_day[day], start_of_day(day) if day else None)
