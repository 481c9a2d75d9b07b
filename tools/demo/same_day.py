"""The same day at every PSP: ten stories, told alike at each, with each PSP's own book beside."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.client import CallFailed, Client, Json, is_final
from tools.demo.comparing import Comparison
from tools.demo.plots import DECLINED_CARD, GOOD_CARD, SHORT_OF_MONEY
from tools.replay.turns import Story, tell

PSPS = ("sandbox", "stripe", "adyen")
_DEBIT = "4000056655665556"
_THREE_DS = "4000002500003155"
_PATIENCE_S = 150.0
_LOOK_S = 0.7
_WORKERS = 3
_AT_ONCE = 12
_HOLDS_MONEY = ("captured", "authorized")


@dataclass(frozen=True, slots=True)
class Tale:
    """One checkout of one order, and how it has to end."""

    title: str
    method: str = "credit_card"
    card: str | None = GOOD_CARD
    wallet: str | None = None
    currency: str = "EUR"
    amount: int = 4_900
    buyer: str | None = None
    fault: str | None = None
    status: str = "succeeded"

    @property
    def captured(self) -> int:
        """What the buyer must have paid."""
        return self.amount if self.status == "succeeded" else 0


TALES = (
    Tale("credit card"),
    Tale("debit card", "debit_card", _DEBIT),
    Tale("declined card", card=DECLINED_CARD, status="failed"),
    Tale("too little money, three times", card=SHORT_OF_MONEY, status="failed"),
    Tale("3-D Secure passed", card=_THREE_DS, buyer="approve"),
    Tale("3-D Secure refused", card=_THREE_DS, buyer="decline", status="failed"),
    Tale("wallet", "wallet", None, wallet="alipay", buyer="approve"),
    Tale("QR code, PayNow", "qr", None, currency="SGD", buyer="approve"),
    Tale("answer lost after the charge", fault="timeout_after_success"),
    Tale("yen", currency="JPY", amount=5_151),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a tale at a PSP: the payment, and that PSP's charges of its order."""

    tale: Tale
    psp: str
    payment: Json
    charges: Sequence[Json]
    problem: str | None = None


def play_days(client: Client, run: str, psps: Sequence[str] = PSPS) -> list[Told]:
    """Every tale at these PSPs."""
    stories = (
        _play(client, tale, psp, f"{run}-{psp}-{number:02d}")
        for psp in psps
        for number, tale in enumerate(TALES, start=1)
    )
    return list(tell(stories, workers=_WORKERS, at_once=_AT_ONCE))


def _play(client: Client, tale: Tale, psp: str, name: str) -> Story[Told]:
    deadline = time.monotonic() + _PATIENCE_S
    order_id, payment = f"{name}-1", Json()
    try:
        submit(client, tale, psp, name)
        acted = tale.buyer is None
        while not is_final(payment := client.payment(name)):
            if time.monotonic() > deadline:
                return Told(tale, psp, payment, [], "waited in vain for its end")
            (order,) = payment["orders"]
            if not acted and "next_action" in payment:
                client.answer(client.psp_reference(order["order_id"]), tale.buyer or "", psp)
                acted = True
            yield _LOOK_S
    except CallFailed as failed:
        return Told(tale, psp, payment, [], str(failed))
    return Told(tale, psp, payment, client.charges_of(order_id, psp))


def submit(client: Client, tale: Tale, psp: str, name: str) -> None:
    """Register the checkout at that PSP, and pay."""
    pay(client, tale, name, enter(client, tale, psp, name))


def enter(client: Client, tale: Tale, psp: str, name: str) -> Json:
    """Register the checkout and enter the card wherever it is registered; its session."""
    session = client.register(
        name, tale.amount, tale.currency, method=tale.method, psp=psp, country="NL"
    )
    for place in (session, *session.get("alternatives", [])):
        if tale.card is not None:
            client.enter_card(place["psp_token"], tale.card, place["psp"])
    if tale.fault is not None:
        planted = {"kind": tale.fault, "order_id": f"{name}-1"}
        client.at_psp("POST", "/_control/faults", planted, psp)
    return session


def pay(client: Client, tale: Tale, name: str, session: Json) -> None:
    """What the checkout page sends once the buyer has clicked."""
    details = {
        "method": tale.method,
        "psp_token": session["psp_token"],
        "return_url": "https://shop.example/thanks",
    }
    if tale.wallet is not None:
        details["wallet_provider"] = tale.wallet
    body = {
        "checkout_id": name,
        "user_info": {"user_id": f"{name}-buyer", "country": "NL"},
        "payment_details": details,
        "currency": tale.currency,
        "orders": [{"order_id": f"{name}-1", "seller_id": f"{name}-seller", "amount": tale.amount}],
    }
    client.steady("POST", "/v1/payments/event", body)


def compare_days(told: Sequence[Told]) -> Comparison:
    """Every tale's end at every PSP, against the one that had to come and against its book."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for tale in TALES:
        mine = {one.psp: one for one in told if one.tale is tale}
        wrong = [text for one in mine.values() for text in _differences(one)]
        differences += wrong
        ends = [str(mine[psp].payment.get("status", "nothing")) for psp in PSPS]
        rows.append((tale.title, *ends, "DIFFERS" if wrong else "ok"))
    columns = ("the same day", *PSPS, "")
    title = "Three PSPs by one port: Stripe's and Adyen's own client libraries beside the sandbox"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _differences(told: Told) -> Iterable[str]:
    tale, name = told.tale, f"{told.tale.title} at {told.psp}"
    if told.problem is not None:
        yield f"{name}: {told.problem}"
        return
    if told.payment.get("status") != tale.status:
        yield f"{name} is {told.payment.get('status')}, not {tale.status}"
    if told.payment.get("amount_captured") != tale.captured:
        yield f"{name} captured {told.payment.get('amount_captured')}, not {tale.captured}"
    held = [int(one["captured"]) for one in told.charges if one["status"] in _HOLDS_MONEY]
    if held != ([tale.captured] if tale.captured else []):
        yield f"{name}: the PSP's book holds {held}"
