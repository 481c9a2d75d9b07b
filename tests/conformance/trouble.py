"""What goes wrong on the way to a PSP: nothing is charged twice, nothing taken for failed."""

from __future__ import annotations

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import FactKind
from tests.conformance.counter import Counter
from tests.conformance.psps import connected
from tests.conformance.sale import Sale
from tests.conformance.scenarios import Play, scenario

S = OrderStatus
TROUBLE = "Trouble"


def _captured_once(sale: Sale, *, asking: bool = True) -> None:
    """The order is captured in the end, by one charge that holds all its money."""
    assert sale.until(S.CAPTURED, asking=asking) is S.CAPTURED
    charges = [one for one in sale.psp.book(sale.order_id) if one["captured"]]
    assert [one["captured"] for one in charges] == [5_000]


def _troubled(at: Counter, kind: str, **how: object) -> Sale:
    """A card's sale whose first charge meets that fault."""
    sale = at.card()
    at.psp.plant(kind, operation="charge", order_id=sale.order_id, **how)
    return sale


def _overcome(fault: str, stands: OrderStatus = S.UNKNOWN, *, asking: bool = True) -> Play:
    """A charge that meets the fault: so the order stands then, and it is charged once in the end.

    Whatever is sent again goes under the first attempt's key.
    """

    def play(at: Counter) -> None:
        sale = _troubled(at, fault)
        assert sale.step() is stands
        _captured_once(sale, asking=asking)
        assert [attempt.number for attempt in sale.order.attempts] == [1]

    return play


scenario(TROUBLE, "a charge whose answer is lost is asked after, and made once")(
    _overcome("timeout_after_success")
)
scenario(TROUBLE, "a charge whose answer is lost is told of by its webhook")(
    _overcome("timeout_after_success", asking=False)
)
scenario(TROUBLE, "a charge that was never worked on is sent again under its own key")(
    _overcome("timeout_before")
)
scenario(TROUBLE, "a connection that breaks proves nothing")(_overcome("connection_drop"))
scenario(TROUBLE, "a server error proves nothing")(_overcome("http_500"))


@scenario(TROUBLE, "a stored server error is never answered by a second charge")
def stored_error(at: Counter) -> None:
    sale = _troubled(at, "http_500", stored=True)
    for _ in range(6):
        sale.step()
    assert sale.order.status in (S.UNKNOWN, S.ROUTED, S.SENT, S.CAPTURED)
    assert [attempt.number for attempt in sale.order.attempts] == [1]
    assert len(at.psp.book(sale.order_id)) <= 1


scenario(TROUBLE, "too fast is not sent, and sent again")(_overcome("http_429", S.ROUTED))


@scenario(TROUBLE, "a key that is being changed is not sent, and sent again")
def wrong_key(at: Counter) -> None:
    sale = at.card()
    kept = at.psp.vault.secrets[at.psp.name]
    at.psp.vault.secrets[at.psp.name] = {
        version: {**fields, "api_key": "not-the-key"} for version, fields in kept.items()
    }
    try:
        assert sale.step() is S.ROUTED
    finally:
        at.psp.vault.secrets[at.psp.name] = kept
    assert at.psp.book(sale.order_id) == []
    _captured_once(sale)


@scenario(TROUBLE, "an outage leaves no charge behind")
def outage(at: Counter) -> None:
    sale = at.card()
    at.psp.control("POST", "/_control/outage", {"mode": "refuse"})
    try:
        sale.step()
        assert at.psp.book(sale.order_id) == []
    finally:
        at.psp.control("POST", "/_control/outage", {"mode": "off"})
    _captured_once(sale)


@scenario(TROUBLE, "nobody at the address is provably not sent")
def nobody_there(at: Counter) -> None:
    sale = at.card()
    sale.step()
    away = connected("http://127.0.0.1:9", at.psp.vault, at.clock)
    assert away.gateway(at.psp.name).charge(sale.order).kind is FactKind.NOT_SENT
    assert away.gateway(at.psp.name).find(sale.order).kind in (FactKind.UNKNOWN, FactKind.NOT_SENT)


@scenario(TROUBLE, "the PSP does not know an order that was never sent", adyen="asking sends it")
def not_found(at: Counter) -> None:
    sale = _troubled(at, "timeout_before")
    sale.step()
    assert at.psp.desk.gateway().find(sale.order).kind is FactKind.NOT_FOUND
