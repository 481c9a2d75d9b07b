"""Paying sellers out: one payout that arrives, one that fails, one that the bank returns, and one
that a second person has to approve.

The PSP's clock is moved by a day at a time, so that nobody has to wait for a bank.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.client import SANDBOX, CallFailed, Client, Json
from tools.demo.aftermath import LONG_AGO, Impatient, Sale
from tools.demo.psp_clock import pass_a_day
from tools.replay.turns import Story, tell

APPROVER = "demo-approver"
LARGE = 1_500_000
"""Above what is paid out without a second person (docs/market-rules.md)."""

_PATIENCE_S = 60.0
_LOOK_S = 0.5
_WORKERS = 3


@dataclass(frozen=True, slots=True)
class Payday:
    """A payout's story: what goes wrong at the bank, how it ends, what the seller has then."""

    title: str
    amount: int = 7_000
    fault: str | None = None
    after_a_day: str = "paid"
    ends: str = "paid"
    leaves: Mapping[str, int] | None = None
    approved: bool = False


STORIES = (
    Payday("arrives"),
    Payday("fails", fault="payout_fails", after_a_day="failed", ends="failed",
           leaves={"available": 6_167}),
    Payday("is returned after it was paid", fault="payout_returned", ends="returned",
           leaves={"available": 6_167}),
    Payday("large: a second person approves", amount=LARGE, approved=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What came of a story: the payout as it ended and the seller's balances."""

    story: Payday
    sale: Sale
    payout: Json
    at_psp: Sequence[Json]
    wallet: Mapping[str, int]
    problems: tuple[str, ...] = ()


def sales_of(client: Client, run: str) -> list[Sale]:
    """The sale that each story's payout pays for."""
    return [
        Sale(client, f"{run}-pay{number}", "EUR", story.amount)
        for number, story in enumerate(STORIES, start=1)
    ]


def pay_sellers(client: Client, sales: Sequence[Sale]) -> list[PaidOut]:
    """All stories: delivered together, paid out one after the other."""
    list(tell((_earned(sale) for sale in sales), workers=_WORKERS, at_once=len(sales)))
    opened: list[tuple[Payday, Sale, str, list[str]]] = []
    for story, sale in zip(STORIES, sales, strict=True):
        problems: list[str] = []
        payout_id = ""
        try:
            payout_id = _open(client, story, sale)
        except (CallFailed, Impatient) as failed:
            problems.append(f"payout that {story.title}: {failed}")
        opened.append((story, sale, payout_id, problems))
    pass_a_day(client, SANDBOX)
    _await_all(client, opened, lambda story: story.after_a_day)
    pass_a_day(client, SANDBOX)
    _await_all(client, opened, lambda story: story.ends)
    return [_result(client, *one) for one in opened]


def _earned(sale: Sale) -> Story[None]:
    """The delivery, so long ago that all of the money is available."""
    sale.give_time()
    try:
        yield from sale.delivered(LONG_AGO)
    except (CallFailed, Impatient):
        return  # The payout will say that there is nothing to pay.


def _open(client: Client, story: Payday, sale: Sale) -> str:
    """Register a bank account, ask for everything, and see it on its way."""
    holder = {"holder": sale.seller_id, "currency": sale.currency}
    account = client.at_psp("POST", "/_control/bank_accounts", holder).body["bank_account"]
    path = f"/v1/sellers/{sale.seller_id}/bank-accounts"
    client.steady("POST", path, {"currency": sale.currency, "bank_account": account})
    if story.fault is not None:
        client.at_psp("POST", "/_control/faults", {"kind": story.fault, "operation": "payout"})
    body = {"seller_id": sale.seller_id, "currency": sale.currency}
    key = {"Idempotency-Key": f"{sale.name}-payout"}
    payout_id = str(client.steady("POST", "/v1/payouts", body, key).body["payout_id"])
    if story.approved:
        _wait_for(client, payout_id, "pending_approval")
        path = f"/v1/payouts/{payout_id}/approve"
        own = client.call("POST", path)
        if own.code != "forbidden":
            raise Impatient(f"who asked for {payout_id} could approve it: {own.status}")
        client.colleague(APPROVER).steady("POST", path)
    _wait_for(client, payout_id, "in_transit")
    return payout_id


def _await_all(
    client: Client,
    opened: Sequence[tuple[Payday, Sale, str, list[str]]],
    status: Callable[[Payday], str],
) -> None:
    for story, _, payout_id, problems in opened:
        if problems:
            continue
        try:
            _wait_for(client, payout_id, status(story))
        except (CallFailed, Impatient) as failed:
            problems.append(f"payout that {story.title}: {failed}")


def _wait_for(client: Client, payout_id: str, status: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while (seen := _payout(client, payout_id)["status"]) != status:
        if time.monotonic() > deadline:
            raise Impatient(f"{payout_id} is {seen}, not {status}")
        time.sleep(_LOOK_S)


def _payout(client: Client, payout_id: str) -> Json:
    return client.steady("GET", f"/v1/payouts/{payout_id}").body


def _result(
    client: Client, story: Payday, sale: Sale, payout_id: str, problems: list[str]
) -> PaidOut:
    if not payout_id:
        return PaidOut(story, sale, {}, (), sale.wallet(), tuple(problems))
    wanted = dict(story.leaves or {})
    deadline = time.monotonic() + _PATIENCE_S
    while (wallet := sale.wallet()) != wanted and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    at_psp = client.at_psp("GET", f"/_control/payouts?reference={payout_id}").body["data"]
    return PaidOut(story, sale, _payout(client, payout_id), at_psp, wallet, tuple(problems))
