import json
from collections.abc import Iterator
from typing import Any

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.psp.signatures import sign
from countinghouse_aws.psp.stripe_desk import StripeDesk
from countinghouse_aws.psp.transport import HttpTransport, Reply
from tests.builders import a_delivered_order, a_refund, an_order, refunding
from tests.fakes.books import FakeOrderBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.payouts import a_payout
from tests.unit.adapters.stripe_line import INTENT, Line, line, listing, reply
from tests.unit.adapters.test_stripe_facts import PAYMENT
from tests.unit.adapters.test_stripe_statements import DAY, RUN

REFUND = a_refund(refunding(a_delivered_order()))
SETTINGS = {
    "url": "https://api.stripe.com",
    "files_url": "https://stripe.test",
    "financial_account": "fa_9",
    "secret_id": "s",
}


class Secret:
    """A secret whose key changes from one reading to the next."""

    clock = FakeClock()

    def __init__(self) -> None:
        self.read = 0

    def current(self, name: str) -> str:
        assert name == "api_key"
        self.read += 1
        return f"sk_{self.read}"

    def live(self, name: str) -> tuple[str, ...]:
        assert name == "webhook_secret"
        return ("whsec_1", "whsec_2")


@pytest.fixture
def psp(monkeypatch: pytest.MonkeyPatch) -> Line:
    """Stripe instead of the network."""
    stripe = line(reply(INTENT))

    def carry(_: HttpTransport, *request: Any) -> Reply:
        return stripe(*request)

    monkeypatch.setattr(HttpTransport, "__call__", carry)
    return stripe


@pytest.fixture
def desk() -> StripeDesk:
    return StripeDesk(SETTINGS, Secret(), 5)


def test_each_thing_is_made_under_the_current_key(desk: StripeDesk, psp: Line) -> None:
    for _ in range(2):
        desk.owners().order_of("stripe", "pi_1")

    assert [one.headers["Authorization"] for one in psp.asked] == ["Bearer sk_1", "Bearer sk_2"]


def test_payouts_leave_our_account(desk: StripeDesk, psp: Line) -> None:
    psp.answers = [reply(PAYMENT)]

    desk.payouts().pay_out(a_payout())

    assert psp.asked[0].params["from"]["financial_account"] == "fa_9"


def test_the_desk_has_the_rest(desk: StripeDesk, psp: Line) -> None:
    desk.gateway().find(an_order(OrderStatus.UNKNOWN, psp_reference="pi_1"))
    desk.refunds().find_refund(an_order(psp_reference="pi_1"), REFUND)
    psp.answers = [listing(RUN)]
    offered = desk.statements(FakePspEventBook(FakeOrderBook())).files(DAY)

    paths = [one.path for one in psp.asked]
    assert paths == ["/v1/payment_intents/pi_1", "/v1/refunds", "/v1/reporting/report_runs"]
    assert len(offered) == 1


def test_files_are_read_from_a_host_of_their_own(
    desk: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(transport: HttpTransport, path: str, _: object) -> Iterator[bytes]:
        asked.append(f"{transport.base_url}{path}")
        yield b"a"

    monkeypatch.setattr(HttpTransport, "download", download)
    statements = desk.statements(FakePspEventBook(FakeOrderBook()))

    assert list(statements.read(SourceFile("file_1.csv", "settlement", DAY, "stripe"))) == [b"a"]
    assert asked == ["https://stripe.test/v1/files/file_1/contents"]


def test_webhooks_are_checked_against_every_live_secret(desk: StripeDesk) -> None:
    body = json.dumps({"id": "evt_1", "type": "x"}).encode()
    signed = {"stripe-signature": f"t=1,v1={sign('whsec_2', 1, body)}"}

    desk.webhooks().verify(signed, body, 1_000)
