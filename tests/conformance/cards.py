"""Cards, wallets and codes: what a buyer does, and what the order comes to."""

from __future__ import annotations

from countinghouse.domain.emvco import parse
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import Action, DeclineType
from countinghouse.domain.refund import RefundStatus
from tests.conformance.counter import Counter
from tests.conformance.sale import Sale
from tests.conformance.scenarios import Play, scenario

S = OrderStatus
CARDS = "Cards"
BUYER = "The buyer acts"


def _paid_once(sale: Sale, amount: int = 5_000) -> None:
    """Captured here, and one charge that holds money there."""
    assert (sale.order.status, sale.order.captured_minor) == (S.CAPTURED, amount)
    (charge,) = [one for one in sale.psp.book(sale.order_id) if one["captured"]]
    assert charge["psp_reference"] == sale.order.psp_reference
    assert len(sale.psp.book(sale.order_id)) == 1


def _failed(sale: Sale, kind: DeclineType) -> str:
    assert sale.order.status is S.FAILED
    assert sale.order.failure is not None
    assert sale.order.failure.type is kind
    _nothing_taken(sale)
    return sale.order.failure.code


def _nothing_taken(sale: Sale) -> None:
    assert not any(one["captured"] for one in sale.psp.book(sale.order_id))


@scenario(CARDS, "a credit card pays")
def credit_card(at: Counter) -> None:
    sale = at.card()
    sale.step()
    _paid_once(sale)


@scenario(CARDS, "a debit card pays")
def debit_card(at: Counter) -> None:
    sale = at.card("debit", method="debit_card")
    sale.step()
    _paid_once(sale)


@scenario(CARDS, "a card is only authorised")
def authorised(at: Counter) -> None:
    sale = at.card(manual=True)
    assert sale.step() is S.AUTHORIZED
    (charge,) = sale.psp.book(sale.order_id)
    assert (charge["status"], charge["captured"]) == ("authorized", 0)


def _refused(card: str, code: str = "") -> Play:
    """A card that fails for good, under a code with that word in it."""

    def play(at: Counter) -> None:
        sale = at.card(card)
        sale.step()
        assert code in _failed(sale, DeclineType.HARD).lower()

    return play


scenario(CARDS, "a declined card fails for good")(_refused("declined"))
scenario(CARDS, "an expired card fails for good")(_refused("expired", code="expired"))
scenario(CARDS, "a lost card fails for good")(_refused("lost"))
scenario(CARDS, "a wrong security code fails for good")(_refused("cvc", code="cvc"))


@scenario(CARDS, "too little money is tried again, three times in all")
def insufficient(at: Counter) -> None:
    sale = at.card("insufficient")
    assert sale.step() is S.ROUTED
    sale.until(S.FAILED)
    _failed(sale, DeclineType.SOFT)
    assert [attempt.number for attempt in sale.order.attempts] == [1, 2, 3]
    assert len({one["idempotency_key"] for one in sale.psp.book(sale.order_id)}) == 3


@scenario(CARDS, "an issuer out of reach is tried again")
def processing_error(at: Counter) -> None:
    sale = at.card("processing")
    assert sale.step() is S.ROUTED
    assert sale.order.failure is not None
    assert sale.order.failure.type is DeclineType.SOFT


def _asked(sale: Sale) -> Action:
    """What the buyer is asked to do once the order is charged."""
    assert sale.step() is S.REQUIRES_ACTION
    assert sale.order.action is not None
    return sale.order.action


def _approves(sale: Sale) -> None:
    """The buyer does what was asked, and the order is paid."""
    sale.act("approve")
    sale.until(S.CAPTURED)
    _paid_once(sale)


def _fails_after(sale: Sale, result: str) -> None:
    """The buyer answers so, and the order fails for good."""
    _asked(sale)
    sale.act(result)
    sale.until(S.FAILED)
    _failed(sale, DeclineType.HARD)


def _lapses(sale: Sale, *ends: OrderStatus) -> None:
    """The buyer does nothing until it is too late: one of these ends, and no money."""
    _asked(sale)
    sale.act("expire")
    sale.until(*ends)
    _nothing_taken(sale)


@scenario(BUYER, "3-D Secure is passed")
def three_ds(at: Counter) -> None:
    sale = at.card("three_ds")
    assert _asked(sale).type in ("three_ds", "redirect")
    _approves(sale)


@scenario(BUYER, "3-D Secure is refused")
def three_ds_refused(at: Counter) -> None:
    _fails_after(at.card("three_ds"), "decline")


@scenario(BUYER, "3-D Secure is passed and the issuer declines")
def three_ds_then_declined(at: Counter) -> None:
    _fails_after(at.card("three_ds_declined"), "approve")


@scenario(BUYER, "3-D Secure is left lying, and lapses")
def three_ds_lapses(at: Counter) -> None:
    _lapses(at.card("three_ds"), S.EXPIRED, S.FAILED, S.VOIDED)


@scenario(BUYER, "3-D Secure before an authorisation")
def three_ds_authorised(at: Counter) -> None:
    sale = at.card("three_ds", manual=True)
    sale.step()
    sale.act("approve")
    assert sale.until(S.AUTHORIZED) is S.AUTHORIZED


@scenario(BUYER, "a wallet pays after its redirect")
def wallet(at: Counter) -> None:
    sale = at.wallet()
    assert _asked(sale).url
    _approves(sale)


@scenario(BUYER, "a wallet's buyer declines")
def wallet_declined(at: Counter) -> None:
    _fails_after(at.wallet(), "decline")


@scenario(BUYER, "a code is scanned and paid")
def qr(at: Counter) -> None:
    sale = at.qr()
    assert _asked(sale).type == "qr_code"
    _approves(sale)


@scenario(BUYER, "a code names the order's own amount, and its checksum holds")
def qr_payload(at: Counter) -> None:
    sale = at.qr(amount=1_234, currency="SGD")
    action = _asked(sale)
    payload = parse(action.qr_payload or "")
    assert (payload.amount_minor, payload.currency) == (1_234, "SGD")
    assert action.expires_at > at.clock.now()


@scenario(BUYER, "a code nobody scans expires")
def qr_expires(at: Counter) -> None:
    _lapses(at.qr(), S.EXPIRED)


@scenario(BUYER, "a code paid after it expired is given back")
def paid_late(at: Counter) -> None:
    sale = at.qr()
    sale.step()
    reference = sale.order.psp_reference or ""
    at.psp.act(reference, "expire")
    sale.until(S.EXPIRED)
    at.psp.act(reference, "approve")
    sale.until_heard(lambda: sale.order.late_payment is not None, "the late payment")
    order = sale.order
    assert order.late_payment is not None
    assert (order.late_payment.amount_minor, order.late_payment.psp_reference) == (5_000, reference)
    (refund,) = order.refunds
    assert refund.amount_minor == 5_000
    sale.tend()
    sale.until_refund(refund.refund_id, RefundStatus.SUCCEEDED)
    assert (sale.order.status, sale.order.captured_minor) == (S.EXPIRED, 0)
    (charge,) = at.psp.book(sale.order_id)
    assert (charge["captured"], charge["refunded"]) == (5_000, 5_000)
