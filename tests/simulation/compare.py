"""What everybody sees in the end beside what the reference model says, field by field."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from countinghouse_aws.system.market_rules import load_market_rules
from tests.simulation.commands import Command, Sold, Truth, Where
from tests.simulation.events import api_event
from tests.simulation.model import BUCKETS, Model
from tests.simulation.psp_wire import Shop
from tools.sandbox_psp.bank import entries
from tools.sandbox_psp.payouts import BANK_ACCOUNTS

if TYPE_CHECKING:
    from tests.simulation.world import World

Field = tuple[str, ...]
Side = dict[Field, Any]
_OWN = ("platform_fee_revenue", "fee_tax_payable", "psp_fee_expense", "dispute_fee_expense")
_ACCOUNTS = {
    **{"psp_receivable:sandbox": "psp_receivable", "bank:sandbox": "bank"},
    **dict(zip(_OWN, _OWN, strict=True)),
}
_LARGE = load_market_rules().shards.by_seller.keys()
_EMPTY = {"refund_clearing", "chargeback_suspense", "inter_wallet", "unallocated:sandbox"}


def as_the_model_says(commands: tuple[Command, ...]) -> Callable[[World], Iterator[str]]:
    """A check for the end of a history in which these commands were carried out."""

    def check(world: World) -> Iterator[str]:
        world.injector.quiet = True
        model = Model(truth_of(world.shop)).follow(commands)
        yield from disagreements(shown(world, commands), told(model))

    return check


def disagreements(ours: Side, models: Side) -> Iterator[str]:
    """Every field on which the two sides differ, with both."""
    for name in sorted(ours.keys() | models.keys()):
        mine, theirs = ours.get(name), models.get(name)
        agrees = mine in theirs if isinstance(theirs, frozenset) else mine == theirs
        if not agrees:
            said = sorted(theirs) if isinstance(theirs, frozenset) else theirs
            yield f"MODEL: {' '.join(name)}: everybody sees {mine}, the model says {said}"


def truth_of(shop: Shop) -> Truth:
    """The PSP's own book."""
    refunds = {}
    for refund in shop.refunds():
        ended = refund.status if refund.status == "succeeded" else "failed"
        refunds[refund.order_id, int(refund.idempotency_key.rpartition(":")[2])] = ended
    disputes = defaultdict(list)
    for dispute in sorted(shop.disputes(), key=lambda one: one.number):
        end = (dispute.amount, dispute.status, dispute.withdrawn, dispute.fee)
        disputes[dispute.order_id].append(end)
    arrived: Counter[str] = Counter()
    for entry in entries(shop.psp._desk):
        line: Any = entry
        if line["type"] == "settlement":
            arrived[line["currency"]] += line["amount"]
    taken = [charge for charge in shop.charges() if charge.status == "captured"]
    return Truth(
        captured={charge.order_id: charge.captured for charge in taken},
        refunds=refunds,
        disputes=disputes,
        payouts=_payouts(shop),
        arrived=arrived,
        filed=frozenset(charge.order_id for charge in taken if charge.settled_in),
    )


def _payouts(shop: Shop) -> dict[Where, list[tuple[int, str]]]:
    accounts = {one.bank_account: one for one in BANK_ACCOUNTS.where(shop.book)}
    found: dict[Where, list[tuple[int, str]]] = defaultdict(list)
    for payout in sorted(shop.payouts(), key=lambda one: one.number):
        holder = accounts[payout.bank_account].holder
        found[holder, payout.currency].append((payout.amount, payout.status))
    return found


def told(model: Model) -> Side:
    """The model's side."""
    side: Side = {}
    for name, order in model.orders.items():
        side["order", name, "status"] = order.statuses
        side["order", name, "captured"] = order.captured
        side["order", name, "refunded"] = order.refunded
        side["order", name, "refunds"] = len(order.refunds)
        side["payment", order.sold.checkout_id, "status"] = model.payment(order.sold.checkout_id)
    for (seller, currency), sheet in model.wallets.items():
        side |= {
            ("seller", seller, currency, name): minor for name, minor in sheet.items() if minor
        }
    for currency, accounts in model.platform.items():
        side |= {("platform", currency, name): minor for name, minor in accounts.items() if minor}
    for (seller, currency), payouts in model.payouts.items():
        for number, (minor, end) in enumerate(payouts):
            side["payout", seller, currency, str(number)] = (minor, end)
    return side


def shown(world: World, commands: tuple[Command, ...]) -> Side:
    """Our side, asked for over the API."""
    sold = [command for command in commands if isinstance(command, Sold)]
    side: Side = {}
    for one in sold:
        view = _get(world, "orders", "orders/{order_id}", order_id=one.order_id)
        side["order", one.order_id, "status"] = view["status"]
        side["order", one.order_id, "captured"] = view["amount_captured"]
        side["order", one.order_id, "refunded"] = view["amount_refunded"]
        side["order", one.order_id, "refunds"] = len(view.get("refunds", []))
    for name in {one.checkout_id for one in sold}:
        view = _get(world, "payments", "payments/{checkout_id}", checkout_id=name)
        side["payment", name, "status"] = view["status"]
    for seller in {one.seller for one in sold}:
        side |= _seller(world, seller)
    for currency, sheet in _get(world, "ledger", "ledger/trial-balance")["currencies"].items():
        for account, minor in sheet["accounts"].items():
            if minor and (account in _ACCOUNTS or account in _EMPTY):
                side["platform", currency, _ACCOUNTS.get(account, account)] = minor
        if sheet["total"]:
            side["platform", currency, "total"] = sheet["total"]
    return side


def _seller(world: World, seller: str) -> Side:
    side: Side = {}
    balances = _get(world, "wallet", "wallets/{seller_id}", seller_id=seller)["balances"]
    for currency, sheet in balances.items():
        held = netted(sheet) if seller in _LARGE else sheet
        for name in BUCKETS:
            if held.get(name):
                side["seller", seller, currency, name] = held[name]
    found = _get(world, "payouts", "payouts", query={"seller_id": seller})["data"]
    numbers: Counter[str] = Counter()
    for payout in reversed(found):
        currency = payout["currency"]
        key = ("payout", seller, currency, str(numbers[currency]))
        side[key] = (payout["amount"], payout["status"])
        numbers[currency] += 1
    return side


def netted(sheet: Mapping[str, int]) -> Mapping[str, int]:
    """Between two payouts one of a large seller's wallets may owe what another has available
    (docs/improvements.md); a seller of the model has one wallet.
    """
    both = min(sheet.get("available", 0), sheet.get("debt", 0))
    return {
        name: minor - both if name in ("available", "debt") else minor
        for name, minor in sheet.items()
    }


def _get(
    world: World, function: str, route: str, query: dict[str, str] | None = None, **path: str
) -> dict[str, Any]:
    event = api_event(f"GET /v1/{route}", None, path)
    if query:
        event["queryStringParameters"] = query
    answer = world.machine.functions[function].invoke(event)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"GET /v1/{route} is answered {answer}")
    parsed: dict[str, Any] = json.loads(answer["body"])
    return parsed
