"""The flows of a captured order: delivery, refunds, disputes, the reserve, a debt."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation import cloud
from tests.simulation.client import Pass, Script, Until
from tests.simulation.flow import Flow, Play
from tests.simulation.preludes import RESERVE_DAY_MS, deliver, heard_of, order, refund
from tests.simulation.psp_wire import Shop
from tests.simulation.sale import Ending, Sale, balances

_SUCCEEDED = frozenset({"succeeded"})
_CAPTURED = frozenset({"captured"})
_TOO_MUCH = frozenset({422})
_DISPUTED = frozenset({409})

WHOLE = balances(available=5_859, reserved=308)
"""What 7000 delivered are to the seller: less fee and tax, 5 % of the rest held back."""
REFUNDED_3000 = balances(available=3_348, reserved=176)
REFUNDED_4000 = balances(available=2_511, reserved=132)


# What a client does.


def _deliver(_: Shop) -> Script:
    yield deliver()


def _deliver_twice(_: Shop) -> Script:
    yield deliver()
    yield deliver()


def _refund_then_deliver(_: Shop) -> Script:
    yield refund(3_000)
    yield Until(lambda: _refunds() == ["succeeded"])
    yield deliver()


def _refunds() -> list[str]:
    return [refund["status"] for refund in order("ord-1").get("refunds", [])]


def _refund(_: Shop) -> Script:
    yield refund(3_000)


def _one_refund(key: str, amount: int) -> Play:
    def play(_: Shop) -> Script:
        yield refund(amount, key, _TOO_MUCH)

    return play


def _refund_unless_disputed(_: Shop) -> Script:
    yield refund(3_000, accepts=_DISPUTED)


def _refund_with(fault: str) -> Play:
    def play(shop: Shop) -> Script:
        shop.plant(fault, operation="refund")
        yield refund(3_000)

    return play


def _reversal(shop: Shop) -> Script:
    """The bank sends the money back later, on a day of its own."""
    yield refund(3_000)
    yield Until(lambda: _refunds() == ["succeeded"])
    (sent,) = shop.refunds()
    shop.ask("POST", f"/_control/refunds/{sent.refund_reference}", {"result": "fail"})


def _dispute(amount: int, *results: str, stage: str = "dispute") -> Play:
    """A dispute that goes through these results, each once we have heard of the one before."""

    def play(shop: Shop) -> Script:
        dispute = shop.dispute("ord-1", amount, stage)
        yield heard_of(stage, "opened")
        for result, (now, status) in zip(results, _stations(stage, results), strict=True):
            shop.decide(dispute, result)
            yield heard_of(now, status)

    return play


_STATUS = {
    "challenge": "challenged",
    "win": "won",
    "lose": "lost",
    "cancel": "cancelled",
    "escalate": "opened",
}
_NEXT_STAGE = {"pre_dispute": "dispute", "dispute": "pre_arbitration"}


def _stations(stage: str, results: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for result in results:
        stage = _NEXT_STAGE[stage] if result == "escalate" else stage
        yield stage, _STATUS[result]


def _hasty_dispute(shop: Shop) -> Script:
    """Opened and won before anybody can have looked."""
    dispute = shop.dispute("ord-1", 4_000)
    shop.decide(dispute, "win")
    yield heard_of("dispute", "won")


def _refund_before_the_news(shop: Shop) -> Script:
    """A refund of money that is disputed, which only the PSP knows so far."""
    shop.plant("webhook_delayed", order_id="ord-1")
    dispute = shop.dispute("ord-1", 4_000)
    yield refund(3_000, accepts=_DISPUTED)
    yield heard_of("dispute", "opened")
    shop.decide(dispute, "win")
    yield heard_of("dispute", "won")


def _reserve_day(_: Shop) -> Script:
    yield Pass(RESERVE_DAY_MS)
    yield Until(lambda: "due_at" not in _wallet())


def _wallet() -> dict[str, object]:
    return next(row for row in cloud.rows("wallet") if row["owner"] == "seller:seller-1")


def _deliver_next(_: Shop) -> Script:
    yield deliver("ord-2")


def _dispute_over_delivery(shop: Shop) -> Script:
    """Disputed before the delivery, won after it."""
    dispute = shop.dispute("ord-1", 4_000)
    yield heard_of("dispute", "opened")
    yield deliver()
    shop.decide(dispute, "win")
    yield heard_of("dispute", "won")


# The flows.


def _flow(
    name: str,
    says: str,
    scripts: tuple[Play, ...],
    *endings: Ending,
    prelude: str = "delivered",
    orders: tuple[str, ...] = ("ord-1",),
    with_streams: bool = True,
    with_webhooks: bool = True,
    is_opening_told: bool = True,
) -> Flow:
    return Flow(
        name,
        says,
        scripts,
        _SUCCEEDED,
        dict.fromkeys(orders, _CAPTURED),
        with_streams=with_streams,
        with_webhooks=with_webhooks,
        prelude=prelude,
        sale=Sale(endings, is_opening_told),
    )


_PARTLY_BACK = Ending(REFUNDED_3000, ("succeeded",))
_AGAINST_DISPUTE = (
    Ending(REFUNDED_3000, ("succeeded",), ("won",)),
    Ending(WHOLE, ("failed",), ("won",)),
    Ending(WHOLE, (), ("won",)),
)
"""A refund and a dispute that is won: done, refused by the PSP, or refused by us."""

AFTER_CAPTURE: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        _flow("A1", "delivered", (_deliver,), Ending(WHOLE), prelude="captured"),
        _flow(
            "A2",
            "delivered twice, while a refund is asked for",
            (_deliver_twice, _refund),
            _PARTLY_BACK,
            prelude="captured",
        ),
        _flow(
            "A3",
            "refunded in part, then delivered",
            (_refund_then_deliver,),
            _PARTLY_BACK,
            prelude="captured",
        ),
        _flow("A4", "delivered, then refunded in part", (_refund,), _PARTLY_BACK),
        _flow(
            "A5",
            "a refund that fails",
            (_refund_with("refund_fails"),),
            Ending(WHOLE, ("failed",)),
        ),
        _flow(
            "A6",
            "a refund that comes back after it succeeded",
            (_reversal,),
            Ending(WHOLE, ("reversed",)),
        ),
        _flow(
            "A7",
            "the PSP refunds and never answers",
            (_refund_with("timeout_after_success"),),
            _PARTLY_BACK,
        ),
        _flow(
            "A8",
            "two refunds at once, and there is money for one",
            (_one_refund("k1", 4_000), _one_refund("k2", 4_000)),
            Ending(REFUNDED_4000, ("succeeded",)),
        ),
        _flow(
            "A9",
            "disputed, challenged and won",
            (_dispute(4_000, "challenge", "win"),),
            Ending(WHOLE, (), ("won",)),
        ),
        _flow(
            "A10",
            "disputed and lost",
            (_dispute(7_000, "lose"),),
            Ending(balances(debt=833), (), ("lost",)),
        ),
        _flow(
            "A11",
            "an inquiry that becomes a dispute, which is won",
            (_dispute(2_000, "escalate", "win", stage="pre_dispute"),),
            Ending(WHOLE, (), ("won",)),
        ),
        _flow(
            "A12",
            "disputed while a refund is asked for",
            (_refund_unless_disputed, _dispute(4_000, "win")),
            *_AGAINST_DISPUTE,
        ),
        _flow(
            "A13",
            "the reserve's day has come",
            (_reserve_day,),
            Ending(balances(available=6_167)),
            prelude="almost free",
        ),
        _flow(
            "A14",
            "the next delivery pays a debt",
            (_deliver_next,),
            Ending(balances(available=171, reserved=53), (), ("lost",)),
            prelude="in debt",
            orders=("ord-1", "ord-2"),
        ),
        _flow(
            "A15",
            "a dispute won, then lost in the second round",
            (_dispute(4_000, "win", "escalate", "lose"),),
            Ending(balances(available=1_859, reserved=308), (), ("lost",)),
        ),
        _flow(
            "A16",
            "a dispute won before anybody looked",
            (_hasty_dispute,),
            Ending(WHOLE, (), ("won",)),
            is_opening_told=False,
        ),
        _flow(
            "A17",
            "delivered, then refunded in part, with every stream record and webhook lost",
            (_deliver, _refund),
            _PARTLY_BACK,
            prelude="captured",
            with_streams=False,
            with_webhooks=False,
        ),
        _flow(
            "A18",
            "a refund that fails, and every webhook is lost",
            (_refund_with("refund_fails"),),
            Ending(WHOLE, ("failed",)),
            with_webhooks=False,
        ),
        _flow(
            "A19",
            "disputed and won, and every stream record is lost",
            (_dispute(4_000, "win"),),
            Ending(WHOLE, (), ("won",)),
            with_streams=False,
        ),
        _flow(
            "A20",
            "a refund that comes back, and every stream record is lost",
            (_reversal,),
            Ending(WHOLE, ("reversed",)),
            with_streams=False,
        ),
        _flow(
            "A21",
            "delivered while a refund is under way that fails",
            (_refund_with("refund_fails"), _deliver),
            Ending(WHOLE, ("failed",)),
            prelude="captured",
        ),
        _flow(
            "A22",
            "delivered while the money is disputed, which is won",
            (_dispute_over_delivery,),
            Ending(WHOLE, (), ("won",)),
            prelude="captured",
        ),
        _flow(
            "A23",
            "two orders of one seller delivered at once",
            (_deliver, _deliver_next),
            Ending(balances(available=6_863, reserved=361)),
            prelude="captured twice",
            orders=("ord-1", "ord-2"),
        ),
        _flow(
            "A24",
            "a refund that the PSP refuses for a dispute we have not heard of",
            (_refund_before_the_news,),
            *_AGAINST_DISPUTE,
        ),
    )
}
