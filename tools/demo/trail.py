"""One payment's money trail for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from tools.client import Client, Json
from tools.replay.amounts import money

_SECOND = slice(11, 23)


def show_trail(console: Console, client: Client, checkout_id: str, story: str) -> None:
    """Print everything that is known of one payment."""
    trail = client.steady("GET", f"/v1/payments/{checkout_id}/trail").body
    payment = trail["payment"]
    tree = Tree(
        f"[bold]{escape(payment['checkout_id'])}[/]: {escape(story)}; "
        f"{payment['status']}, {money(payment['amount_captured'], payment['currency'])} captured"
    )
    for title, lines in (
        ("orders", _orders(trail)),
        ("PSP events", _events(trail)),
        ("journals", _journals(trail)),
        ("payouts", _payouts(trail)),
        ("left on clearing accounts", _residuals(trail)),
    ):
        branch = tree.add(title)
        for line in lines:
            branch.add(escape(line))
    console.print("\n[bold]One payment's trail[/]")
    console.print(tree, highlight=False)


def _orders(trail: Json) -> Iterator[str]:
    for order in trail["orders"]:
        currency = order["currency"]
        yield (
            f"{order['order_id']} for seller {order['seller_id']}: "
            f"{money(order['amount'], currency)}, {order['status']}, "
            f"our fee {money(order['fee']['amount'], currency)} "
            f"and its tax {money(order['fee']['tax'], currency)}"
        )
        for attempt in order["attempts"]:
            yield (
                f"    {_at(attempt['sent_at'])} attempt {attempt['number']} "
                f"under key {attempt['idempotency_key']}: {attempt['outcome'] or 'open'}"
            )


def _events(trail: Json) -> Iterator[str]:
    for event in trail["psp_events"]:
        yield (
            f"{_at(event['received_at'])} {event['type']} for {event['psp_reference']}: "
            f"{event['status']}"
        )
    if not trail["psp_events"]:
        yield "none: all that is known was asked for"


def _journals(trail: Json) -> Iterator[str]:
    for journal in trail["journals"]:
        yield f"{_at(journal['created_at'])} {journal['kind']} of {journal['reference']}"
        for leg in journal["legs"]:
            yield (
                f"    {leg['transact_type']:<6} {leg['account']:<34} "
                f"{money(leg['amount'], leg['currency'])}"
            )


def _payouts(trail: Json) -> Iterator[str]:
    for payout in trail["payouts"]:
        amount = money(payout["amount"], payout["currency"])
        orders = ", ".join(payout["order_ids"])
        yield (
            f"{_at(payout['created_at'])} {payout['payout_id']}: {amount}, {payout['status']}; "
            f"pays {orders}"
        )
    if not trail["payouts"]:
        yield "none yet"


def _residuals(trail: Json) -> Iterator[str]:
    for currency, accounts in trail["residuals"].items():
        for account, minor in accounts.items():
            open_until = " until the PSP settles" if account.startswith("psp_") and minor else ""
            yield f"{account}: {money(minor, currency)}{open_until}"


def _at(instant: str) -> str:
    """The time of day, to the millisecond."""
    return instant[_SECOND].rstrip("Z")
