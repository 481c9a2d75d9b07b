"""A PSP's day reconciled on the deployed system: what was planted is found, the rest agrees.

A settlement file takes in everything that was captured, whoever captured it, so nothing else may
run beside these tests.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Json, Reply
from tools.local.places import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

PSP = "sandbox"
PLANTED = (
    "missing",
    "extra",
    "amount",
    "under",
    "duplicate",
    "fee",
    "fee_small",
    "currency",
    "rounding",
    "second_capture",
    "refund_unknown",
    "orphan_refund",
    "double_return",
    "reserve",
)
REPORTS = (
    "success_rate",
    "volume",
    "psp_cost",
    "seller_volume",
    "refund_rate",
    "dispute_rate",
    "decline_reasons",
    "clearing_ageing",
)
BY_RULE = {"FEE_VARIANCE", "ROUNDING", "RESERVE_MOVEMENT"}
OURS = {"MISSING_IN_LEDGER", "STATUS_MISMATCH", "TIMING", "MISSING_AT_PSP"}
HOSTILE = b"batch,settlement_date\n=cmd|' /C calc'!A0,2026-01-01\n"


@dataclass(slots=True)
class Office:
    """Who reconciles; `day` is the PSP's, whose clock others may have set ahead."""

    shop: Shop
    day: str = ""

    def __post_init__(self) -> None:
        now = str(self.shop.client.psp("GET", "/_control/clock").body["now"])
        self.day = now[: len("2026-11-22")]

    def sell(self, count: int, smallest: int = 4_000) -> None:
        """Orders that were paid and booked, each of another size."""
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda n: self.shop.pay(smallest + 137 * n), range(count)))

    def settle(self, *kinds: str) -> list[Json]:
        """Close the PSP's day; what was planted in its file."""
        inject = [{"kind": kind, "count": 1} for kind in kinds]
        reply = self.shop.client.psp("POST", "/_control/settle", {"inject": inject})
        assert reply.status == 200, reply
        planted: list[Json] = reply.body["planted"]
        return planted

    def reconcile(self) -> Json:
        """The run of the PSP's day, completed."""
        client = self.shop.client
        reply = client.post("/v1/reconciliations", {"psp": PSP, "date": self.day})
        assert reply.status == 202, reply
        run_id = reply.body["run_id"]

        def ended() -> Json | None:
            run = client.get(f"/v1/reconciliations/{run_id}").body
            return run if run["status"] != "running" else None

        run = self.shop.eventually(ended, f"run {run_id} to end")
        assert run["status"] == "completed", run
        return run

    def breaks(self, run: Json, **query: str) -> dict[str, Json]:
        """Every break of a run by its id; with `open="true"` all that are not settled."""
        path = f"/v1/reconciliations/{run['run_id']}/breaks"
        return {one["break_id"]: one for one in self.shop.client.pages(path, **query)}

    def report(self, run: Json) -> Json:
        """Its report."""
        reply = self.shop.client.get(f"/v1/reconciliations/{run['run_id']}/report")
        assert reply.status == 200, reply
        return reply.body

    def decide(self, break_id: str, action: str, who: str | None = None) -> Reply:
        """Decide about a break."""
        client = self.shop.client.colleague(who) if who else self.shop.client
        body = {"action": action, "reason": "e2e: seen and understood"}
        return client.post(f"/v1/breaks/{break_id}/resolve", body)


@pytest.fixture
def office(shop: Shop) -> Office:
    """Who reconciles for this test."""
    return Office(shop)


def is_about(brk: Json, planted: Json) -> bool:
    """Whether a break is about what was planted."""
    if planted["psp_reference"]:
        return bool(brk.get("psp_reference") == planted["psp_reference"])
    return bool(brk["code"] == planted["code"])


def test_what_was_planted_is_found_and_nothing_else(office: Office) -> None:
    # Whatever ran before is closed and reconciled: what comes is this test's.
    office.settle()
    known = office.breaks(office.reconcile())
    office.sell(len(PLANTED) + 6)
    planted = office.settle(*PLANTED)

    run = office.reconcile()

    found = {key: brk for key, brk in office.breaks(run).items() if key not in known}
    for one in planted:
        codes = {brk["code"] for brk in found.values() if is_about(brk, one)}
        assert codes == {one["code"]}, one
    strangers = [b for b in found.values() if not any(is_about(b, one) for one in planted)]
    assert strangers == []
    for brk in found.values():
        by_rule = brk["code"] in BY_RULE and abs(sum(r["amount"] for r in brk["residuals"])) != 10
        assert (brk["status"] == "auto_resolved") == by_rule, brk
    report = office.report(run)
    assert report["agrees"], report["verdict"]
    assert {one["unexplained"] for one in report["explanation"].values()} == {0}
    assert_books_balance(office.shop.client)

    again = office.reconcile()

    assert {k: (b["status"], b["opened_at"]) for k, b in office.breaks(again).items()} == {
        k: (b["status"], b["opened_at"]) for k, b in office.breaks(run).items()
    }


def test_a_person_decides_and_what_was_late_is_matched(office: Office) -> None:
    office.sell(4, smallest=60_000)
    planted = office.settle("amount", "second_capture", "timing")
    found = office.breaks(office.reconcile()).values()
    by_kind = {one["kind"]: next(b for b in found if is_about(b, one)) for one in planted}
    small, large = (by_kind[kind]["break_id"] for kind in ("amount", "second_capture"))
    late = by_kind["timing"]
    assert (late["code"], late["status"]) == ("TIMING", "expected")

    written_off = office.decide(small, "write_off")
    asked = office.decide(large, "write_off")
    alone = office.decide(large, "approve")
    agreed = office.decide(large, "approve", who="e2e-approver")

    assert (written_off.status, written_off.body["status"]) == (202, "written_off")
    assert office.decide(small, "write_off").headers.get("idempotent-replayed") == "true"
    assert asked.body["status"] == "pending_approval"
    assert (alone.status, alone.code) == (403, "forbidden")
    assert (agreed.status, agreed.body["status"]) == (202, "written_off")
    for break_id in (small, large):
        (journal,) = office.shop.journals(break_id)
        assert {leg["account"] for leg in journal["legs"]} == {
            "recon_variance",
            f"psp_receivable:{PSP}",
        }

    office.settle()
    run = office.reconcile()

    assert office.shop.client.get(f"/v1/breaks/{late['break_id']}").body["status"] == "matched"
    assert office.report(run)["agrees"]


def test_with_every_webhook_lost_and_a_hostile_file_nothing_of_ours_stays_open(
    office: Office,
) -> None:
    shop, client = office.shop, office.shop.client
    key = f"inbox/{PSP}/{office.day}/settlement/{shop.name}.csv"
    client.aws("s3").put_object(Bucket=client.endpoints.lake_bucket, Key=key, Body=HOSTILE)
    baskets = [shop.basket(5_000 + n) for n in range(6)]
    for basket in baskets:
        (order,) = basket["orders"]
        shop.fault("webhook_lost", order["order_id"], times=20)
        shop.fault("timeout_after_success", order["order_id"])
        shop.enter_card(basket["payment_details"]["psp_token"])
        assert shop.submit(basket).status == 202
    mine = {basket["orders"][0]["order_id"] for basket in baskets}
    shop.eventually(lambda: all(map(shop.taken, mine)) or None, "the PSP to take all")
    office.settle()

    def at_rest() -> Json | None:
        run = office.reconcile()
        of_ours = [
            brk
            for brk in office.breaks(run, open="true").values()
            if brk.get("order_id") in mine and brk["code"] in OURS
        ]
        return run if not of_ours else None

    run = shop.eventually(at_rest, "no break of ours to be open")
    assert {shop.final(basket["checkout_id"])["status"] for basket in baskets} == {"succeeded"}
    report = office.report(run)
    assert report["agrees"]
    files = {file["name"]: file for file in report["files"]}
    hostile = files.pop(f"{shop.name}.csv")
    assert hostile["status"] == "stopped"
    assert hostile["reasons"]
    assert "cmd" not in str(hostile)
    assert "stopped" not in {file["status"] for file in files.values()}
    assert_books_balance(client)
    client.aws("s3").delete_object(Bucket=client.endpoints.lake_bucket, Key=key)


def test_finance_asks_its_questions_and_the_lake_alone_proves_the_ledger(office: Office) -> None:
    client = office.shop.client
    office.sell(1)
    days = {"from": "2026-01-01", "to": "2026-12-31"}
    for name in REPORTS:
        reply = client.get(f"/v1/analytics/{name}", **days)
        assert reply.status == 200, (name, reply)
        assert {tuple(row) for row in map(dict, reply.body["rows"])} <= {
            tuple(column["name"] for column in reply.body["columns"])
        }
    volume = client.get("/v1/analytics/volume", **days).body["rows"]
    assert sum(row["captures"] for row in volume if row["currency"] == "EUR") > 0

    command = [sys.executable, "-m", "tools.cli", "ledger", "verify"]

    def verified() -> bool | None:
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=60)
        return True if done.returncode == 0 else None

    assert office.shop.eventually(verified, "ledger verify to hold")


def test_reports_come_in_every_format_and_strangers_are_refused(office: Office) -> None:
    client = office.shop.client
    run_id = office.reconcile()["run_id"]
    path = f"/v1/reconciliations/{run_id}/report"

    page = client.download(path, format="html").decode()
    table = client.download(path, format="csv").decode()

    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert table.startswith("break_id,code,status")
    assert client.get("/v1/reconciliations/rec_sandbox_19990101").status == 404
    assert client.get("/v1/reconciliations/nonsense").status == 404
    assert client.get("/v1/breaks/brk_nothing").status == 404
    unknown = client.post("/v1/reconciliations", {"psp": "nobody", "date": office.day})
    assert (unknown.status, unknown.code) == (422, "validation_failed")
    no_day = client.post("/v1/reconciliations", {"psp": PSP, "date": "2026-02-31"})
    assert no_day.status == 422
