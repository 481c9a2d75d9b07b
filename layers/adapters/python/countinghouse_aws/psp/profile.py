"""What a PSP takes, and how it wants it: methods, currencies, amounts on the wire, keys, declines.

A profile is data and arithmetic. It imports no PSP's library, so that routing, intake and the
adapters themselves may all ask it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from math import gcd

from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import EXPONENTS
from countinghouse.domain.psp import Decline, DeclineType
from countinghouse.records import dataclass

CREDIT_CARD = "credit_card"
DEBIT_CARD = "debit_card"
WALLET = "wallet"
QR = "qr"
CARDS = frozenset({CREDIT_CARD, DEBIT_CARD})
NOT_EXPRESSIBLE = "psp_amount_not_expressible"
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
UNREADABLE_CODE = "declined"
"""Stands for a decline code that is none: too long, or not plain."""


class NotExpressible(Invalid, ValueError):
    """An amount that cannot be said in the PSP's units, or a currency that it does not take."""

    code = NOT_EXPRESSIBLE


@dataclass(frozen=True, slots=True)
class Wire:
    """How a currency's amounts travel: the exponent they are counted in, and the step they keep.

    `Wire(2, 100)` is a currency counted in hundredths of which only whole units may be named.
    """

    exponent: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class ReplayRules:
    """What a repeat of a request under its own key means. Durations in milliseconds.

    `kept` is how long the PSP remembers a key, `key_window` (shorter) how long we rely on it.
    `stored_500` says that a server error is answered again to every repeat, so that only a question
    or a webhook tells what happened; `resend_allowed`, that a request may go out again under its
    key without a question first.
    """

    key_window: int
    kept: int
    stored_500: bool
    resend_allowed: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """One PSP. Amounts are minor units of ISO 4217 on our side, wire units on the PSP's.

    `wires` and `payout_wires` name the currencies that deviate from ISO 4217, `qr` the kind of code
    by currency. `wallets` None takes a wallet of any name. `sca_exemptions` are those it can be
    asked to claim (domain names).
    """

    name: str
    methods: frozenset[str]
    wallets: frozenset[str] | None
    qr: Mapping[str, str]
    currencies: frozenset[str]
    payout_currencies: frozenset[str]
    replay: ReplayRules
    soft_declines: frozenset[str]
    wires: Mapping[str, Wire] = field(default_factory=dict)
    payout_wires: Mapping[str, Wire] = field(default_factory=dict)
    sca_exemptions: frozenset[str] = frozenset()

    def takes(self, method: str, currency: str, wallet_provider: str | None = None) -> bool:
        """Whether a charge by this method in this currency may be sent at all."""
        if method not in self.methods or currency not in self.currencies:
            return False
        if method == QR:
            return currency in self.qr
        return method != WALLET or self.wallets is None or wallet_provider in self.wallets

    def expresses(self, amount_minor: int, currency: str) -> bool:
        """Whether the amount can be said in the PSP's own units of the currency."""
        try:
            self.to_wire(amount_minor, currency)
        except NotExpressible:
            return False
        return True

    def to_wire(self, amount_minor: int, currency: str) -> int:
        """Minor units as the PSP counts them. Raises NotExpressible."""
        return _scaled(amount_minor, currency, self._wire(currency))

    def from_wire(self, amount: int, currency: str) -> int:
        """The PSP's units as minor units. Raises NotExpressible."""
        return _unscaled(amount, currency, self._wire(currency))

    def payout_to_wire(self, amount_minor: int, currency: str) -> int:
        """As `to_wire`, for a payout: other currencies, other steps. Raises NotExpressible."""
        return _scaled(amount_minor, currency, self._payout_wire(currency))

    def payout_from_wire(self, amount: int, currency: str) -> int:
        """As `from_wire`, for a payout. Raises NotExpressible."""
        return _unscaled(amount, currency, self._payout_wire(currency))

    def payout_step(self, currency: str) -> int:
        """Of how many minor units a payout is a multiple; 1 where the currency is not paid out."""
        if currency not in self.payout_currencies:
            return 1
        wire = self._payout_wire(currency)
        whole: int = 10 ** abs(wire.exponent - EXPONENTS[currency])
        if wire.exponent < EXPONENTS[currency]:
            return wire.step * whole
        return wire.step // gcd(wire.step, whole)

    def decline(self, code: str, message: str = "") -> Decline:
        """A refusal by the PSP's own code: soft when listed, hard when not or when unknown."""
        is_soft = code in self.soft_declines
        kept = code if _CODE.fullmatch(code) else UNREADABLE_CODE
        return Decline(kept, DeclineType.SOFT if is_soft else DeclineType.HARD, message)

    def _wire(self, currency: str) -> Wire:
        _check(currency, self.currencies, self.name)
        return self.wires.get(currency) or Wire(EXPONENTS[currency])

    def _payout_wire(self, currency: str) -> Wire:
        _check(currency, self.payout_currencies, self.name)
        special = self.payout_wires.get(currency) or self.wires.get(currency)
        return special or Wire(EXPONENTS[currency])


def _check(currency: str, taken: frozenset[str], name: str) -> None:
    if currency not in taken:
        raise NotExpressible(f"{name} does not take this currency", field="currency")


def _scaled(amount_minor: int, currency: str, wire: Wire) -> int:
    amount, lost = _shifted(amount_minor, wire.exponent - EXPONENTS[currency])
    if lost or amount % wire.step:
        raise NotExpressible(f"the PSP cannot take this amount of {currency}", field="amount")
    return amount


def _unscaled(amount: int, currency: str, wire: Wire) -> int:
    """What the PSP names, also when it keeps no step: a remainder of a minor unit cannot be."""
    minor, lost = _shifted(amount, EXPONENTS[currency] - wire.exponent)
    if lost:
        raise NotExpressible(f"the PSP names part of a minor unit of {currency}", field="amount")
    return minor


def _shifted(amount: int, places: int) -> tuple[int, int]:
    """The amount with so many decimal places more or fewer, and what does not fit."""
    return (amount * 10**places, 0) if places >= 0 else divmod(amount, 10**-places)
