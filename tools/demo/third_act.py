"""The third act: the PSP closes its day with discrepancies planted in the file, and is reconciled.

What the PSP says it planted is compared with what was found; whatever else was found is a
difference, and so is an account that nothing explains.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console

from tools.client import CallFailed, Client, Json
from tools.demo.comparing import Comparison
from tools.local.places import LOCAL
from tools.replay.amounts import money
from tools.replay.meter import Meter

FOLDER = LOCAL / "reconciliation"
PSP = "sandbox"
PLANTED = {
    "missing": 1,
    "extra": 1,
    "amount": 1,
    "under": 1,
    "duplicate": 1,
    "fee": 1,
    "fee_small": 2,
    "currency": 1,
    "rounding": 2,
    "second_capture": 1,
    "refund_unknown": 1,
    "orphan_refund": 1,
    "double_return": 1,
    "reserve": 1,
}
_LATE = {"TIMING": {"TIMING", "MISSING_AT_PSP"}}
"""What is missing for over three days of the PSP's clock has another name by then."""

CLEARING = ("refund_clearing", "chargeback_suspense", "seller_in_payout")
"""The clearing accounts beside the PSP's: each is explained by references that are open."""

_PATIENCE_S = 180.0
_OPEN_ITEMS_S = 20.0
_LOOK_S = 0.5
_FORMATS = ("json", "csv", "html")
_WRITTEN_OFF = "AMOUNT_OVER"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A day that was closed and reconciled, and what was known before."""

    run: Json
    planted: Sequence[Json]
    breaks: Sequence[Json]
    report: Json
    folder: Path


def reconcile_day(console: Console, client: Client, name: str) -> Reconciled:
    """Close the PSP's day, reconcile it, let a person decide about one break, and do it again.

    Raises TimeoutError when a run does not end, CallFailed when one fails.
    """
    inject = [{"kind": kind, "count": count} for kind, count in PLANTED.items()]
    settled = client.at_psp("POST", "/_control/settle", {"inject": inject}).body
    with Meter(console, "reconciled", 2, "runs") as meter:
        run = _run(client, settled["date"])
        meter.advance()
        _decide(client, run, settled["planted"])
        again = _run(client, settled["date"])
        meter.advance()
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    path = f"/v1/reconciliations/{again['run_id']}/report"
    for format_ in _FORMATS:
        (folder / f"report.{format_}").write_bytes(client.download(path, format=format_))
    report = client.steady("GET", path).body
    return Reconciled(again, settled["planted"], _breaks(client, again), report, folder)


def _run(client: Client, day: str) -> Json:
    reply = client.steady("POST", "/v1/reconciliations", {"psp": PSP, "date": day})
    path = f"/v1/reconciliations/{reply.body['run_id']}"
    deadline = time.monotonic() + _PATIENCE_S
    while (run := client.steady("GET", path).body)["status"] == "running":
        if time.monotonic() > deadline:
            raise TimeoutError(f"run {run['run_id']} does not end")
        time.sleep(_LOOK_S)
    if run["status"] != "completed":
        raise CallFailed(f"reconcile {day}", reply)
    return run


def _breaks(client: Client, run: Json) -> list[Json]:
    return list(client.pages(f"/v1/reconciliations/{run['run_id']}/breaks"))


def _decide(client: Client, run: Json, planted: Sequence[Json]) -> None:
    """Somebody in finance looks at one of them and writes it off."""
    references = {one["psp_reference"] for one in planted}
    for brk in _breaks(client, run):
        if brk["code"] == _WRITTEN_OFF and brk.get("psp_reference") in references:
            body = {"action": "write_off", "reason": "the buyer was told; not worth a letter"}
            client.steady("POST", f"/v1/breaks/{brk['break_id']}/resolve", body)


def compare_breaks(found: Reconciled) -> Comparison:
    """Everything planted against everything found."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    about: set[str] = set()
    for one in found.planted:
        mine = [brk for brk in found.breaks if _is_about(brk, one)]
        about |= {brk["break_id"] for brk in mine}
        codes = {brk["code"] for brk in mine}
        agrees = bool(codes) and codes <= _LATE.get(one["code"], {one["code"]})
        if not agrees:
            name = f"{one['kind']} of {one['order_id'] or one['psp_reference'] or 'the batch'}"
            differences.append(f"{name}: found as {sorted(codes) or 'nothing'}, not {one['code']}")
        rows.append(
            (
                one["kind"],
                money(int(one["amount"]), one["currency"]),
                ", ".join(sorted(codes)) or "nothing",
                ", ".join(sorted({_ended(brk) for brk in mine})),
                "ok" if agrees else "DIFFERS",
            )
        )
    differences += _strangers(found, about)
    columns = ("planted at the PSP", "amount", "found as", "what became of it", "")
    title = f"{PSP}'s {found.run['date']}: what was planted in the file, and what was found"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _is_about(brk: Json, planted: Json) -> bool:
    if planted["psp_reference"]:
        return bool(brk.get("psp_reference") == planted["psp_reference"])
    return bool(brk["code"] == planted["code"])


def _ended(brk: Json) -> str:
    done = brk.get("resolution", {})
    if done.get("rule_id"):
        return f"{brk['status']} by {done['rule_id']}@{done['rule_version']}"
    return str(brk["status"])


def _strangers(found: Reconciled, about: set[str]) -> Iterator[str]:
    for brk in found.breaks:
        # A batch of a day before is none of this demo's, which closes today's; the PSP's clock has
        # been set past days that nobody reconciled.
        is_older = "order_id" not in brk and brk["day"] < found.run["date"]
        if brk["break_id"] not in about and not is_older:
            yield f"{brk['code']} about {brk.get('order_id', 'a batch')}, which nobody planted"


def compare_clearing(found: Reconciled) -> Comparison:
    """What stands on the PSP's account, and what explains it."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for currency, told in found.report["explanation"].items():
        names = ("not_due", "open_breaks", "unsettled_files", "balance")
        total = found.report["trial_balance"].get(currency, 0)
        agrees = told["unexplained"] == 0 and total == 0
        if not agrees:
            differences.append(
                f"{currency}: {told['unexplained']} on the PSP's account is not explained, "
                f"the books sum to {total}"
            )
        shown = (money(told[name], currency) for name in names)
        rows.append((currency, *shown, str(total), "ok" if agrees else "DIFFERS"))
    columns = (
        "currency",
        "not yet due",
        "open breaks",
        "files not settled",
        "psp_receivable",
        "sum of all accounts",
        "",
    )
    return Comparison("The clearing account, explained", columns, tuple(rows), tuple(differences))


def compare_open_items(client: Client, found: Reconciled) -> Comparison:
    """The other clearing accounts: the ledger's balance against what is open, by reference.

    The lake is a moment behind the ledger, so what differs is looked at again.
    """
    deadline = time.monotonic() + _OPEN_ITEMS_S
    while True:
        compared = _open_items(client, found.run["date"])
        if not compared.differences or time.monotonic() > deadline:
            return compared
        time.sleep(_LOOK_S)


def _open_items(client: Client, day: str) -> Comparison:
    days = {"from": day[: len("2026-11-")] + "01", "to": day}
    open_items = client.steady("GET", f"/v1/analytics/clearing_ageing?{urlencode(days)}").body
    balances = client.steady("GET", "/v1/ledger/trial-balance").body["currencies"]
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for kind in CLEARING:
        for currency in sorted(balances):
            mine = [
                row
                for row in open_items["rows"]
                if (row["account_kind"], row["currency"]) == (kind, currency)
            ]
            left = sum(row["amount"] for row in mine)
            held = balances[currency]["accounts"].get(kind, 0)
            if not held and not left:
                continue
            if held != left:
                differences.append(f"{kind} holds {held} {currency}, {left} of it is open")
            ages = ", ".join(f"{row['items']} of {row['age']} days" for row in mine)
            verdict = "ok" if held == left else "DIFFERS"
            shown = (money(minor, currency) for minor in (held, left))
            rows.append((kind, *shown, ages or "none", verdict))
    if not rows:
        rows.append(("all three", "0", "0", "none", "ok"))
    columns = ("clearing account", "balance", "open items", "by age", "")
    return Comparison("The other clearing accounts", columns, tuple(rows), tuple(differences))
