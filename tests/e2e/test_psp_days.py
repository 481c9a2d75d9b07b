"""A day at Stripe and at Adyen reconciled on the deployed system, with the bank's statement laid
into the inbox by hand: neither of them has one to give."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tests.e2e.test_psps import AMOUNT, BOTH, sold
from tools.client import Json

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

DISPUTE_FEE = 1_500


@dataclass(slots=True)
class Office:
    """Who reconciles a PSP's day; `day` is the PSP's, whose clock is set ahead."""

    shop: Shop
    psp: str
    day: str = ""

    def __post_init__(self) -> None:
        # A PSP makes a day's report once, so the day has to be one that nobody asked about.
        moved = self.shop.client.at_psp("POST", "/_control/clock", {"advance": "1d"}, self.psp)
        self.day = str(moved.body["now"])[: len("2026-11-22")]

    def unexplained(self) -> dict[str, int]:
        """What the newest run so far could not explain, by currency, where it is not zero."""
        client = self.shop.client
        for run in client.get("/v1/reconciliations", psp=self.psp).body["data"]:
            if run["status"] == "completed":
                return _unexplained(client.get(f"/v1/reconciliations/{run['run_id']}/report").body)
        return {}

    def close(self) -> None:
        """Close the PSP's day, and lay its bank's statement where the business lays files."""
        client = self.shop.client
        client.at_psp("POST", "/_control/settle", {}, self.psp)
        place = f"inbox/{self.psp}/{self.day}/bank/{self.shop.name}.csv"
        bucket = client.endpoints.lake_bucket
        client.aws("s3").put_object(Bucket=bucket, Key=place, Body=self._statement())

    def _statement(self) -> bytes:
        client = self.shop.client
        arn = client.endpoints.psp_secret_arns[self.psp]
        secret = client.aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        key = json.loads(secret)["api_key"]
        shown = {"stripe": {"authorization": f"Bearer {key}"}, "adyen": {"x-api-key": key}}
        url = f"{client.endpoints.psp_url(self.psp)}/v1/bank/statements/{self.day}"
        request = urllib.request.Request(url, headers=shown[self.psp])
        with urllib.request.urlopen(request, timeout=10) as answer:
            statement: bytes = answer.read()
        return statement

    def report(self) -> Json:
        """The day's run, completed: what it reports."""
        client = self.shop.client
        reply = client.post("/v1/reconciliations", {"psp": self.psp, "date": self.day})
        assert reply.status == 202, reply
        path = f"/v1/reconciliations/{reply.body['run_id']}"

        def ended() -> Json | None:
            run = client.get(path).body
            return run if run["status"] != "running" else None

        run = self.shop.eventually(ended, f"{path} to end")
        assert run["status"] == "completed", run
        return client.steady("GET", f"{path}/report").body

    def unsettled(self, run_id: str, *words: str) -> list[Json]:
        """The PSP's breaks that are not settled and have to do with one of these."""
        path = f"/v1/reconciliations/{run_id}/breaks"
        found = self.shop.client.pages(path, open="true")
        return [one for one in found if any(word in json.dumps(one) for word in words)]


def _unexplained(report: Json) -> dict[str, int]:
    told = report["explanation"].items()
    return {currency: parts["unexplained"] for currency, parts in told if parts["unexplained"]}


@BOTH
def test_a_day_there_is_explained_to_the_minor_unit(shop: Shop, psp: str) -> None:
    office = Office(shop, psp)
    before = office.unexplained()
    with ThreadPoolExecutor(4) as pool:
        sales = list(pool.map(lambda n: sold(shop, psp, AMOUNT + n), (1, 2, 3, 0)))
    _, returned, disputed, earner = sales
    returned.refunded()
    dispute = disputed.disputed()
    disputed.holds(disputed=AMOUNT + 3)
    payout = earner.paid_out()
    office.close()

    report = office.report()

    statuses = {file["kind"]: file["status"] for file in report["files"]}
    assert statuses == {"bank": "accepted", "settlement": "settled"}, report["files"]
    totals = report["totals"]["EUR"]
    assert totals["paid_out"] == totals["arrived"] == totals["settled"] != 0
    assert _unexplained(report) == before
    assert set(report["trial_balance"].values()) == {0}
    ours = [sale.order_id for sale in sales]
    open_ = office.unsettled(report["run_id"], *ours, payout["payout_id"])
    # Stripe tells of a dispute's fee as the money goes; at Adyen the file is the first that does.
    fees = [] if psp == "stripe" else [(disputed.order_id, "AMOUNT_UNDER", DISPUTE_FEE)]
    assert [
        (one["order_id"], one["code"], sum(part["amount"] for part in one["residuals"]))
        for one in open_
    ] == fees
    for one in open_:
        decision = {"action": "expense", "reason": f"the fee of {dispute}"}
        decided = shop.client.post(f"/v1/breaks/{one['break_id']}/resolve", decision)
        assert decided.body["status"] == "manually_resolved", decided
    assert_books_balance(shop.client)
