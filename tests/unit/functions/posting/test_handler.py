from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import Posting
from countinghouse.domain.wallet import WalletAddress
from functions.posting import handler
from functions.posting.wiring import Deps
from tests.builders import a_delivered_order, an_order, disputed, refunded
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext, failed, sqs_event
from tests.fakes.ledger import FakeLedger

S1 = WalletAddress("seller:s1", "EUR")
S2 = WalletAddress("seller:s2", "EUR")


class StickyLedger(FakeLedger):
    """Refuses every commit on `stuck` wallets."""

    stuck: WalletAddress | None = None

    def commit(self, posting: Posting) -> tuple[Journal, ...]:
        if any(old.address == self.stuck for old, _ in posting.wallets):
            raise Conflict("moved")
        return super().commit(posting)


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: StickyLedger = field(default_factory=StickyLedger)
    clock: FakeClock = field(default_factory=FakeClock)

    def deps(self) -> Deps:
        return Deps(self.orders, self.ledger, self.ledger, self.clock)

    def handle(self, *messages: tuple[object, str]) -> list[str]:
        """One batch of (body, group); the messages that come back."""
        bodies = [{"order_id": body} if isinstance(body, str) else body for body, _ in messages]
        event = sqs_event(*bodies, groups=[group for _, group in messages])
        return failed(handler.lambda_handler(event, FakeContext()))

    def pending(self, address: WalletAddress) -> int:
        seller = address.owner.partition(":")[2]
        return -self.ledger.wallets([address])[address].balances.get(f"seller_pending:{seller}", 0)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    for number in range(10):
        seller = "s1" if number % 2 else "s2"
        desk.orders.put(an_order(OrderStatus.CAPTURED, f"o{number}", seller_id=seller))
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def group(number: int) -> str:
    return (S1 if number % 2 else S2).group


def test_a_batch_is_booked_wallet_by_wallet(desk: Desk) -> None:
    assert desk.handle(*((f"o{n}", group(n)) for n in range(10))) == []

    assert [(len(p.journals), len(p.wallets)) for p in desk.ledger.commits] == [(5, 1), (5, 1)]
    assert (desk.pending(S1), desk.pending(S2)) == (35_000, 35_000)


def test_a_batch_that_comes_again_books_nothing(desk: Desk) -> None:
    desk.handle(("o1", group(1)), ("o1", group(1)))

    assert desk.handle(("o1", group(1))) == []
    assert desk.pending(S1) == 7_000
    assert len(desk.ledger.commits) == 1


def test_a_stuck_wallet_brings_back_its_own_messages_only(desk: Desk) -> None:
    desk.ledger.stuck = S1

    back = desk.handle(*((f"o{n}", group(n)) for n in range(4)))

    assert back == ["m1", "m3"]
    assert (desk.pending(S1), desk.pending(S2)) == (0, 14_000)


def test_an_unreadable_message_holds_back_what_is_behind_it_in_its_group(desk: Desk) -> None:
    back = desk.handle(
        ("o1", S1.group), ({"no": "id"}, S1.group), ("o2", S2.group), ("o3", S1.group)
    )

    assert back == ["m1", "m3"]
    assert desk.handle(("o3", S1.group)) == []
    assert desk.pending(S1) == 14_000


def test_an_order_that_took_no_money_is_acknowledged(desk: Desk) -> None:
    desk.orders.put(an_order(OrderStatus.FAILED, "o1"))

    assert desk.handle(("o1", S1.group), ("gone", S1.group)) == []
    assert desk.ledger.commits == []


def test_an_order_that_cannot_be_booked_fails_with_its_wallet_only(desk: Desk) -> None:
    desk.orders.put(an_order(OrderStatus.CAPTURED, "o1", captured_minor=0))

    assert desk.handle(("o1", S1.group), ("o2", S2.group)) == ["m0"]
    assert desk.pending(S2) == 7_000


def test_a_wallets_message_releases_what_is_free_of_its_reserve(desk: Desk) -> None:
    desk.orders.put(a_delivered_order("o1"))
    assert desk.handle(("o1", S1.group)) == []
    (wallet,) = desk.ledger.wallets_of("seller:s1")
    assert wallet.due_at is not None
    message = {"owner": "seller:s1", "wallet_id": "EUR#0"}
    desk.clock.instant = wallet.due_at - 1
    assert desk.handle((message, S1.group)) == []
    assert desk.ledger.journals("reserve:seller:s1") == []
    desk.clock.instant = wallet.due_at

    assert desk.handle((message, S1.group), (message, S1.group)) == []

    assert len(desk.ledger.journals("reserve:seller:s1")) == 1


def test_orders_and_wallets_share_a_batch(desk: Desk) -> None:
    message = {"owner": "seller:s1", "wallet_id": "EUR#0"}

    assert desk.handle((message, S1.group), ("o1", S1.group), ("o2", S2.group)) == []
    assert (desk.pending(S1), desk.pending(S2)) == (7_000, 7_000)


@pytest.mark.parametrize(
    "body", [{"owner": "seller:s1"}, {"owner": "seller:s1", "wallet_id": "EUR#x"}]
)
def test_a_wallets_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    assert desk.handle((body, S1.group), ("o2", S2.group)) == ["m0"]
    assert desk.pending(S2) == 7_000


def test_everything_after_the_capture_is_booked(desk: Desk) -> None:
    order = disputed(refunded(a_delivered_order("o1")))
    desk.orders.put(order)

    assert desk.handle(("o1", S1.group), ("o1", S1.group)) == []

    assert len(desk.ledger.linked) == 1 + len(order.bookings)
