from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import NotFound, Unavailable
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import FactKind, PayoutFact, PspFact, RefundFact, SettlementKind
from countinghouse_aws.psp import routed
from countinghouse_aws.psp.connections import Connections
from countinghouse_aws.psp.routed import RoutedGateway, RoutedPayouts, RoutedRefunds
from countinghouse_aws.system.secrets import RotatingSecret
from tests.builders import a_refund, an_info, an_order, refunding
from tests.fakes.books import FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.payouts import a_payout

K = FactKind
S = SettlementKind
SETTINGS = {
    "sandbox": {"url": "http://sandbox.test", "secret_id": "s-sandbox"},
    "stripe": {
        "url": "http://stripe.test",
        "files_url": "https://stripe.test",
        "financial_account": "fa_1",
        "secret_id": "s-stripe",
    },
    "adyen": {
        "checkout_url": "http://adyen.test/checkout/v72",
        "transfers_url": "http://adyen.test/transfers/v4",
        "platform_url": "http://adyen.test/balanceplatform/v2",
        "reports_url": "http://adyen.test/reports",
        "merchant_account": "Market",
        "balance_account": "BA1",
        "secret_id": "s-adyen",
    },
}


@dataclass
class Vault:
    """Secrets Manager, as far as it is asked here."""

    read: list[str] = field(default_factory=list)

    def get_secret_value(self, **asked: str) -> dict[str, str]:
        self.read.append(asked["SecretId"])
        return {"SecretString": '{"api_key": "k", "webhook_secret": "w", "hmac_key": "aa"}'}


def connections(vault: Vault | None = None) -> Connections:
    client: Any = vault or Vault()
    return Connections(SETTINGS, lambda name: RotatingSecret(client, name, FakeClock()), 1.0)


def test_a_psp_is_connected_once_and_reads_its_own_secret() -> None:
    vault = Vault()
    psps = connections(vault)

    assert psps.desk("sandbox") is psps.desk("sandbox")
    psps.gateway("sandbox")
    psps.refunds("stripe")

    assert set(vault.read) == {"s-sandbox", "s-stripe"}
    assert psps.names == ("sandbox", "stripe", "adyen")


@pytest.mark.parametrize("name", [*SETTINGS])
def test_each_can_be_asked_everything(name: str) -> None:
    psps = connections()

    made = [psps.gateway(name), psps.refunds(name), psps.payouts(name)]
    made += [psps.desk(name).statements(FakePspEventBook()), psps.desk(name).webhooks()]

    for call, one in zip(("charge", "refund", "pay_out", "files", "parse"), made, strict=True):
        assert callable(getattr(one, call))
        assert "'k'" not in repr(one), "a key is shown"


def test_a_psp_that_the_stage_does_not_have_is_said_so() -> None:
    with pytest.raises(NotFound):
        connections().desk("paypal")


@pytest.mark.parametrize("used", ["webhooks", "nothing"])
def test_no_psps_library_is_imported_before_that_psp_is_called(used: str) -> None:
    script = f"""
import sys
from tests.unit.adapters.test_connections import connections
psps = connections()
if {used!r} == "webhooks":
    for name in psps.names:
        psps.desk(name).webhooks()
loaded = {{name.partition(".")[0] for name in sys.modules}}
assert not loaded & {{"stripe", "Adyen", "requests"}}, loaded & {{"stripe", "Adyen", "requests"}}
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.returncode == 0, done.stderr


class Answering:
    """Any PSP's port: says its name in the fact's reference."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, call: str) -> Any:
        def answer(*asked: Any) -> object:
            if call in ("pay_out", "find_payout"):
                return PayoutFact(S.PENDING, asked[0].payout_id, psp_reference=self.name)
            if call in ("refund", "find_refund"):
                return RefundFact(S.PENDING, asked[1].key, psp_reference=self.name)
            return PspFact(K.PENDING, psp_reference=f"{self.name}:{call}")

        return answer


def _locked(_: str) -> Any:
    raise Unavailable("the vault is shut")


CHARGES = ("charge", "capture", "void", "find")


@pytest.mark.parametrize("call", CHARGES)
def test_an_order_goes_to_the_psp_that_it_names(call: str) -> None:
    order = an_order(payment_info=an_info(psp="stripe"))

    fact = getattr(RoutedGateway(Answering), call)(order)

    assert fact.psp_reference == f"stripe:{call}"


@pytest.mark.parametrize("call", CHARGES)
def test_without_a_key_nothing_was_sent_and_nothing_is_known(call: str) -> None:
    fact = getattr(RoutedGateway(_locked), call)(an_order())

    assert fact.kind is (K.UNKNOWN if call == "find" else K.NOT_SENT)
    assert fact.key == "o1:charge:1"


def test_refunds_and_payouts_go_to_their_psp_too() -> None:
    order = refunding(an_order(OrderStatus.CAPTURED, payment_info=an_info(psp="adyen")))
    refund = a_refund(order)
    payout = a_payout(psp="stripe")
    refunds, payouts = RoutedRefunds(Answering), RoutedPayouts(Answering)

    assert refunds.refund(order, refund).psp_reference == "adyen"
    assert refunds.find_refund(order, refund).psp_reference == "adyen"
    assert payouts.pay_out(payout).psp_reference == "stripe"
    assert payouts.find_payout(payout).psp_reference == "stripe"


def _gone(_: str) -> Any:
    raise NotFound("there is no such PSP")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The metrics that are counted."""
    found: list[str] = []
    monkeypatch.setattr(routed, "count", found.append)
    return found


@pytest.mark.parametrize("call", CHARGES)
def test_what_has_to_be_done_at_a_psp_that_is_gone_waits_and_calls_a_person(
    call: str, counted: list[str]
) -> None:
    fact = getattr(RoutedGateway(_gone), call)(an_order())

    assert fact.kind is (K.UNKNOWN if call == "find" else K.NOT_SENT)
    assert fact.key == "o1:charge:1"
    assert counted == ["PspAbsent"]


def test_refunds_and_payouts_wait_for_a_psp_that_is_gone(counted: list[str]) -> None:
    order, payout = refunding(an_order(OrderStatus.CAPTURED)), a_payout()
    refund = a_refund(order)

    assert RoutedRefunds(_gone).refund(order, refund) == RefundFact(S.NOT_SENT, refund.key)
    assert RoutedRefunds(_gone).find_refund(order, refund) == RefundFact(S.UNKNOWN, refund.key)
    assert RoutedPayouts(_gone).pay_out(payout) == PayoutFact(S.NOT_SENT, payout.payout_id)
    assert RoutedPayouts(_gone).find_payout(payout) == PayoutFact(S.UNKNOWN, payout.payout_id)
    assert counted == ["PspAbsent"] * 4


def test_a_psp_whose_key_is_missing_is_not_gone(counted: list[str]) -> None:
    RoutedGateway(_locked).charge(an_order())

    assert counted == []


def test_without_a_key_no_refund_and_no_payout_was_sent() -> None:
    order, payout = refunding(an_order(OrderStatus.CAPTURED)), a_payout()
    refund = a_refund(order)

    assert RoutedRefunds(_locked).refund(order, refund) == RefundFact(S.NOT_SENT, refund.key)
    assert RoutedRefunds(_locked).find_refund(order, refund) == RefundFact(S.UNKNOWN, refund.key)
    assert RoutedPayouts(_locked).pay_out(payout) == PayoutFact(S.NOT_SENT, payout.payout_id)
    assert RoutedPayouts(_locked).find_payout(payout) == PayoutFact(S.UNKNOWN, payout.payout_id)
