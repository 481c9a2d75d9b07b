"""Where scenarios are played: one PSP, and sales at it whose ids nobody else uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from tests.conformance.psps import Psp
from tests.conformance.sale import Sale, WallClock

CARDS = {
    "ok": "4242424242424242",
    "debit": "4000056655665556",
    "declined": "4000000000000002",
    "insufficient": "4000000000009995",
    "lost": "4000000000009987",
    "expired": "4000000000000069",
    "cvc": "4000000000000127",
    "processing": "4000000000000119",
    "three_ds": "4000002500003155",
    "three_ds_declined": "4000008400001629",
}
_NUMBERS = count(1)


@dataclass
class Counter:
    """One PSP's counter, for one scenario."""

    psp: Psp
    clock: WallClock
    sales: list[Sale] = field(default_factory=list)

    def open(self, amount: int = 5_000, currency: str = "EUR") -> Sale:
        """A checkout that is registered, with no payment method yet."""
        number = next(_NUMBERS)
        checkout_id = f"conf-{self.psp.name}-c{number}"
        gateway = self.psp.desk.gateway()
        session = gateway.open_session(checkout_id, amount, currency, "https://shop.example/thanks")
        assert session.psp == self.psp.name
        sale = Sale(
            self.psp, self.clock, f"conf-{self.psp.name}-o{number}", checkout_id, session.psp_token
        )
        self.sales.append(sale)
        return sale

    def card(
        self,
        kind: str = "ok",
        amount: int = 5_000,
        currency: str = "EUR",
        *,
        manual: bool = False,
        method: str = "credit_card",
    ) -> Sale:
        """A card's checkout, submitted and not yet charged."""
        sale = self.open(amount, currency)
        number = {"number": CARDS[kind], "exp_month": 12, "exp_year": 2039, "cvc": "123"}
        self.psp.attach(sale.token, type="card", card=number)
        return sale.submit(amount, currency, method, manual=manual)

    def wallet(self, provider: str = "alipay", amount: int = 5_000, currency: str = "EUR") -> Sale:
        """A wallet's checkout."""
        sale = self.open(amount, currency)
        return sale.submit(amount, currency, "wallet", wallet_provider=provider)

    def qr(self, amount: int = 5_000, currency: str = "SGD") -> Sale:
        """A code's checkout."""
        return self.open(amount, currency).submit(amount, currency, "qr")
