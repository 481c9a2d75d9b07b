"""A sale across borders: paid in dollars, earned in euros, paid out in pounds."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.client import Client, Json, is_final
from tools.demo.aftermath import LONG_AGO, Impatient
from tools.demo.comparing import Comparison
from tools.demo.plots import GOOD_CARD
from tools.demo.psp_clock import pass_a_day
from tools.replay.amounts import money

CURRENCIES = (PAID, EARNED, PAID_OUT) = ("USD", "EUR", "GBP")
AMOUNT = 20_000
PSP = "adyen"
_PATIENCE_S = 120.0
_LOOK_S = 0.7


@dataclass(frozen=True, slots=True)
class Abroad:
    """The sale and its payout as they ended, and every journal of both."""

    quote: Json
    order: Json
    payout: Json
    at_psp: Sequence[Json]
    journals: Sequence[Json]
    wallets: Mapping[str, Mapping[str, int]]


def sell_abroad(client: Client, run: str) -> Abroad:
    """Quote, pay, deliver, pay out. Raises Impatient, CallFailed."""
    name = f"{run}-abroad"
    order_id, seller_id = f"{name}-1", f"{name}-seller"
    wish = {"from_currency": PAID, "to_currency": EARNED, "amount": AMOUNT}
    quote = client.steady("POST", "/v1/fx/quotes", wish, {"Idempotency-Key": f"{name}-quote"}).body
    session = client.register(name, AMOUNT, PAID, method="credit_card", psp=PSP, country="US")
    for place in (session, *session.get("alternatives", [])):
        client.enter_card(place["psp_token"], GOOD_CARD, place["psp"])
    body = {
        "checkout_id": name,
        "user_info": {"user_id": f"{name}-buyer", "country": "US"},
        "payment_details": {"method": "credit_card", "psp_token": session["psp_token"]},
        "currency": PAID,
        "fx_quotes": [quote["quote_id"]],
        "orders": [
            {
                "order_id": order_id,
                "seller_id": seller_id,
                "amount": AMOUNT,
                "seller_currency": EARNED,
                "seller_country": "DE",
            }
        ],
    }
    client.steady("POST", "/v1/payments/event", body)
    _until(lambda: is_final(client.payment(name)), "the payment")
    client.steady("POST", f"/v1/orders/{order_id}/deliveries", {"delivered_at": LONG_AGO})
    _until(lambda: not _wallets(client, seller_id)[EARNED].get("pending"), "the release")
    payout = _pay_out(client, name, seller_id)
    journals = [
        journal
        for reference in (order_id, payout["payout_id"])
        for journal in client.pages("/v1/ledger/journals", reference=reference)
    ]
    return Abroad(
        quote,
        client.steady("GET", f"/v1/orders/{order_id}").body,
        payout,
        [
            one
            for one in client.at_psp("GET", "/_control/payouts", psp=PSP).body["data"]
            if one["reference"] == payout["payout_id"]
        ],
        journals,
        _wallets(client, seller_id),
    )


def _pay_out(client: Client, name: str, seller_id: str) -> Json:
    holder = {"holder": "Blue Teapot Ltd", "currency": PAID_OUT}
    account = client.at_psp("POST", "/_control/bank_accounts", holder, PSP).body["bank_account"]
    where = {"currency": PAID_OUT, "bank_account": account, "psp": PSP}
    client.steady("POST", f"/v1/sellers/{seller_id}/bank-accounts", where)
    wish = {"seller_id": seller_id, "currency": EARNED, "payout_currency": PAID_OUT}
    opened = client.steady("POST", "/v1/payouts", wish, {"Idempotency-Key": f"{name}-payout"}).body
    path = f"/v1/payouts/{opened['payout_id']}"
    _until(lambda: client.steady("GET", path).body["status"] == "in_transit", "the payout to go")
    pass_a_day(client, PSP)
    _until(lambda: client.steady("GET", path).body["status"] == "paid", "the payout to arrive")
    return client.steady("GET", path).body


def _wallets(client: Client, seller_id: str) -> Mapping[str, Mapping[str, int]]:
    found: Mapping[str, Mapping[str, int]] = defaultdict(
        dict, client.steady("GET", f"/v1/wallets/{seller_id}").body["balances"]
    )
    return found


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise Impatient(f"waited in vain for {what}")
        time.sleep(_LOOK_S)


def compare_abroad(sold: Abroad) -> Comparison:
    """Every account that the sale and its payout moved, and the sum of each currency."""
    moved: dict[tuple[str, str], int] = defaultdict(int)
    for journal in sold.journals:
        for leg in journal["legs"]:
            sign = 1 if leg["transact_type"] == "debit" else -1
            account = leg["account"].partition("@")[0]
            moved[account, leg["currency"]] += sign * int(leg["amount"])
    rows = [
        (account, *(_shown(moved.get((account, one), 0), one) for one in CURRENCIES), "")
        for account in sorted({name for name, _ in moved})
    ]
    sums = {one: sum(moved[key] for key in moved if key[1] == one) for one in CURRENCIES}
    verdict = "DIFFERS" if any(sums.values()) else "ok"
    rows.append(("sum", *(str(sums[one]) for one in CURRENCIES), verdict))
    wrong = [f"{one}: the journals sum to {minor}" for one, minor in sums.items() if minor]
    rate = sold.quote["rate_decimal"]
    return Comparison(
        f"Paid in {PAID}, earned in {EARNED} at {rate}, paid out in {PAID_OUT}",
        ("account", *CURRENCIES, ""),
        tuple(rows),
        (*wrong, *_wrong(sold)),
    )


def _shown(minor: int, currency: str) -> str:
    return money(minor, currency) if minor else ""


def _wrong(sold: Abroad) -> Iterator[str]:
    earned, quoted = sold.order["seller_amount"], sold.quote["converted"]
    if earned != quoted:
        yield f"the seller earned {earned}, {quoted} was quoted"
    (at_psp,) = sold.at_psp or [{}]
    paid = (at_psp.get("amount"), at_psp.get("currency"))
    told = (sold.payout.get("payout_amount"), sold.payout.get("payout_currency"))
    if paid != told:
        yield f"the PSP paid out {paid}, the payout says {told}"
    if left := {name: minor for name, minor in sold.wallets[EARNED].items() if minor}:
        yield f"the wallet still holds {left}"
