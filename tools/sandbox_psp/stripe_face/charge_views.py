"""The Charge of a PaymentIntent's attempt, and its balance transactions."""

from tools.sandbox_psp import movements, papers
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.disputes import DISPUTES
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.stripe_face import expand, lists
from tools.sandbox_psp.stripe_face.balance import Transaction, of_charge, of_movement
from tools.sandbox_psp.stripe_face.errors import missing
from tools.sandbox_psp.stripe_face.intent_views import CHARGE, decline, intent
from tools.sandbox_psp.stripe_face.methods import CARD
from tools.sandbox_psp.stripe_face.money import to_wire
from tools.sandbox_psp.stripe_face.payment_methods import NOBODY, saved_method
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response


def charge_of(desk: Desk, charge_id: str) -> tuple[Charge, Paper]:
    """The engine's charge and the PaymentIntent of a Charge.

    Raises:
        StripeError: 404 ``resource_missing``.
    """
    found = papers.find(desk.book, charge_id, CHARGE)
    if found is None:
        raise missing("charge", charge_id, "charge")
    return desk.charge(found.parent), intent(desk, found.parent)


def read_charge(desk: Desk, call: Call) -> Response:
    """One Charge."""
    return expand.retrieved(desk, call, charge_view(desk, call.path["id"]))


def charge_view(desk: Desk, charge_id: str) -> JsonObject:
    """The Charge as the merchant sees it."""
    charge, paper = charge_of(desk, charge_id)
    failed, currency, data = decline(paper, charge), charge.currency, paper.data
    transaction = of_charge(charge, charge_id)
    # What was held and then let go counts as given back.
    released = charge.amount if charge.status == "voided" else charge.refunded
    disputes = DISPUTES.where(desk.book, psp_reference=charge.psp_reference)
    return {
        "id": charge_id,
        "object": "charge",
        "amount": to_wire(charge.amount, currency),
        "amount_captured": to_wire(charge.captured, currency),
        "amount_refunded": to_wire(released, currency),
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": transaction["id"] if transaction else None,
        "billing_details": NOBODY,
        "calculated_statement_descriptor": "SANDBOX MARKET",
        "captured": charge.captured_at is not None,
        "created": data["created"],
        "currency": currency.lower(),
        "customer": data["customer"],
        "description": data["description"],
        "disputed": bool(disputes),
        "failure_balance_transaction": None,
        "failure_code": failed.code if failed else None,
        "failure_message": failed.message if failed else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": data["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(charge),
        "paid": failed is None,
        "payment_intent": paper.reference,
        "payment_method": data["tried"],
        "payment_method_details": _details(desk, data["tried"]),
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": released == (charge.captured or charge.amount),
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data["statement_descriptor_suffix"],
        "status": "failed" if failed else "succeeded",
        "transfer_data": None,
        "transfer_group": data["transfer_group"],
    }


def _outcome(charge: Charge) -> JsonObject:
    declined = charge.status == "declined"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": charge.decline_code,
        "risk_level": "normal",
        "seller_message": "The bank declined." if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


def _details(desk: Desk, method: str) -> JsonValue:
    kind, instrument, _ = saved_method(desk, method)
    return {"type": kind, kind: _card(instrument) if kind == CARD else {}}


def _card(instrument: Instrument) -> JsonObject:
    return {
        "brand": instrument.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": None,
        "funding": instrument.funding,
        "installments": None,
        "last4": instrument.last4,
        "mandate": None,
        "network": instrument.brand,
        "network_transaction_id": None,
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }


def list_charges(desk: Desk, call: Call) -> Response:
    """The Charges of a PaymentIntent, or of a customer."""
    params = lists.asked(call, *lists.PAGING, "payment_intent", "customer")
    wanted = {name: params.optional(name) for name in ("payment_intent", "customer")}
    found = []
    for paper in reversed(papers.listed(desk.book, CHARGE, wanted["payment_intent"])):
        customer = intent(desk, paper.parent).data["customer"]
        if wanted["customer"] in (None, customer):
            found.append(paper.reference)
    return lists.page(call, params, [charge_view(desk, one) for one in found])


def read_transaction(desk: Desk, call: Call) -> Response:
    """One balance transaction."""
    return expand.retrieved(desk, call, transaction_view(desk, call.path["id"]))


def transaction_view(desk: Desk, reference: str) -> JsonObject:
    """The balance transaction of this id."""
    for transaction in _transactions(desk):
        if transaction["id"] == reference:
            return transaction
    raise missing("balance transaction", reference, "id")


def list_transactions(desk: Desk, call: Call) -> Response:
    """What moved the balance, or what one source moved of it."""
    params = lists.asked(call, *lists.PAGING, "source")
    source = params.optional("source")
    found = [one for one in reversed(_transactions(desk)) if source in (None, one["source"])]
    return lists.page(call, params, found)


def _transactions(desk: Desk) -> list[Transaction]:
    """All of them, oldest first: a sandbox's book is small."""
    found: list[tuple[str, Transaction]] = []
    for paper in papers.listed(desk.book, CHARGE):
        charge = desk.charge(paper.parent)
        transaction = of_charge(charge, paper.reference)
        if transaction is None or intent(desk, paper.parent).data["charge"] != paper.reference:
            continue
        found.append((str(charge.captured_at), transaction))
        found += [
            (str(one.moved_at), of_movement(charge, one))
            for one in movements.of(desk.book, charge.psp_reference)
        ]
    return [transaction for _, transaction in sorted(found, key=lambda pair: pair[0])]
