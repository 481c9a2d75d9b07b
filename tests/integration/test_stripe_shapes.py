"""Everything the sandbox's Stripe says, held against the classes of Stripe's own package.

A field or a value that the package does not know is a failure, and so is a required one missing.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import stripe
from stripe._object_classes import get_object_class
from stripe._stripe_object import UntypedStripeObject

from tests.unit.sandbox_psp.stripe_shop import StripeShop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.stripe_face.events import API_VERSION
from tools.sandbox_psp.stripe_face.methods import METHODS

ERROR = stripe.ErrorObject


def faults(value: Any, wanted: Any, path: str) -> Iterator[str]:
    """What is wrong with a value of an annotation."""
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        return among(value, parts, path)
    if origin is typing.Literal:
        return iter(() if value in parts else (f"{path}: {value!r} is none of its values",))
    if origin is list:
        return items(value, parts[0], path)
    if isinstance(wanted, typing.ForwardRef):
        return named(value, wanted.__forward_arg__, path)
    if origin is not None:
        return faults(value, origin, path)
    return plain(value, wanted, path)


def plain(value: Any, wanted: Any, path: str) -> Iterator[str]:
    """A value of a class."""
    if isinstance(wanted, type) and issubclass(wanted, stripe.StripeObject):
        yield from fields(value, wanted, path)
    elif wanted is not Any and type(value) is not wanted:
        yield f"{path}: {value!r} is no {wanted}"


def items(value: Any, wanted: Any, path: str) -> Iterator[str]:
    """A list."""
    if not isinstance(value, list):
        yield f"{path}: no list"
        return
    for place, item in enumerate(value):
        yield from faults(item, wanted, f"{path}[{place}]")


def named(value: Any, name: str, path: str) -> Iterator[str]:
    """An object of a class that its module imports for type checkers alone: it says which it is."""
    found = known_class(value)
    if found is None or found.__name__ != name.removesuffix("Resource"):
        yield f"{path}: no {name}"
    else:
        yield from fields(value, found, path)


def among(value: Any, parts: tuple[Any, ...], path: str) -> Iterator[str]:
    """A value of any of these; where values are listed no other text will do."""
    listed = any(typing.get_origin(part) is typing.Literal for part in parts)
    fits = [part for part in parts if not (listed and part is str)]
    found = [list(faults(value, part, path)) for part in fits]
    if all(found):
        yield from min(found, key=lambda one: (isinstance(value, dict) and len(one) == 1, len(one)))


def known_class(value: Any) -> type[stripe.StripeObject] | None:
    """The class of an object that says what it is."""
    if not isinstance(value, dict) or "object" not in value:
        return None
    mode: typing.Literal["V1", "V2"] = "V2" if value["object"].startswith("v2.") else "V1"
    found = get_object_class(mode, value["object"])
    return None if found is stripe.StripeObject else found


def fields(value: Any, wanted: type[stripe.StripeObject], path: str) -> Iterator[str]:
    """What is wrong with an object of a class."""
    if not isinstance(value, dict):
        yield f"{path}: no object"
        return
    if issubclass(wanted, UntypedStripeObject):
        return
    known = {
        name.removesuffix("_"): annotation
        for base in reversed(wanted.__mro__)
        for name, annotation in vars(base).get("__annotations__", {}).items()
        if not name.startswith("_") and typing.get_origin(annotation) is not typing.ClassVar
    }
    for name, item in value.items():
        if name in known:
            yield from faults(item, known[name], f"{path}.{name}")
        elif not (name == "object" and item == getattr(wanted, "OBJECT_NAME", None)):
            yield f"{path}.{name}: {wanted.__name__} has no such field"
    for name, annotation in known.items():
        if name not in value and type(None) not in typing.get_args(annotation):
            yield f"{path}.{name} is missing"


def told(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an answer or an event."""
    error = said.get("error")
    if error is not None:
        known = {**vars(ERROR).get("__annotations__", {}), "advice_code": str}
        yield from (f"error.{name}: no such field" for name in error if name not in known)
        if "payment_intent" in error:
            yield from fields(error["payment_intent"], stripe.PaymentIntent, "error.payment_intent")
        return
    kind = said.get("object")
    if kind == "list" or (kind is None and "data" in said):
        for place, one in enumerate(said["data"]):
            yield from told(one) if isinstance(one, dict) else (f"data[{place}]: no object",)
        return
    found = known_class(dict(said))
    if found is None:
        yield f"{kind}: no such object"
        return
    shown = dict(said)
    if kind == "event":
        yield from told(shown["data"]["object"])
    if kind == "v2.core.event":
        named = shown.pop("related_object")
        yield from () if set(named) == {"id", "type", "url"} else ("related_object",)
    yield from fields(shown, found, str(kind))


@pytest.fixture
def shop() -> Iterator[StripeShop]:
    book = Book()
    yield StripeShop(book)
    book.close()


def cards(shop: StripeShop) -> None:
    setup = shop.checkout()
    shop.get(f"/v1/setup_intents/{setup['id']}", "expand[]=payment_method&expand[]=customer")
    paid = shop.charge(setup)
    shop.charge(setup, "ord-2", confirm="false")
    held = shop.charge(setup, "ord-3", capture_method="manual")["id"]
    shop.post(f"/v1/payment_intents/{held}/capture", amount_to_capture=500)
    gone = shop.charge(setup, "ord-4", capture_method="manual")["id"]
    shop.post(f"/v1/payment_intents/{gone}/cancel", cancellation_reason="duplicate")
    shop.post(f"/v1/payment_intents/{gone}/capture")
    expanded = "expand[]=latest_charge.balance_transaction&expand[]=customer"
    for intent in (paid["id"], gone):
        shop.get(f"/v1/payment_intents/{intent}", expanded)
    for number in ("4000000000000002", "4000000000000127", "4000000000009987"):
        declined = shop.charge(shop.checkout(number, number), number)
        shop.get(f"/v1/charges/{declined['error']['charge']}")
    for path in ("payment_intents", "charges", "balance_transactions", "events"):
        shop.get(f"/v1/{path}", "limit=100")


def challenges(shop: StripeShop) -> None:
    for place, result in enumerate(("approve", "decline", "expire")):
        setup = shop.checkout(f"chk-{place}", "4000002500003155")
        shop.act(shop.charge(setup, f"ord-{place}")["id"], result)
        for number, (kind, method) in enumerate(METHODS.items()):
            options = {"wechat_pay": {"client": "web"}} if kind == "wechat_pay" else {}
            intent = shop.by(
                kind, (method.currency or "eur").lower(), f"ord-{kind}-{place}-{number}",
                payment_method_options=options,
            )  # fmt: skip
            shop.act(intent["id"], result)
    shop.get("/v1/charges", "limit=100")


def money_back(shop: StripeShop) -> None:
    paid = shop.charge(shop.checkout())["id"]
    for result in ("fail", "succeed"):
        shop.control("faults", kind="refund_fails")
        reason = "requested_by_customer"
        refund = shop.post("/v1/refunds", payment_intent=paid, amount=500, reason=reason)["id"]
        shop.control(f"refunds/{refund}", result=result)
        shop.control(f"refunds/{refund}", result="fail")
    wallet = shop.by("paypal", order="ord-2")["id"]
    shop.act(wallet, "approve")
    shop.post("/v1/refunds", payment_intent=wallet, metadata={"key": "k"})
    shop.advance("1m")
    shop.get("/v1/refunds", "limit=100")
    for n, results in enumerate(
        (("cancel",), ("escalate", "challenge", "win", "escalate", "lose"))
    ):
        charge = shop.charge(shop.checkout(f"chk-d{n}"), f"ord-d{n}")["id"]
        opened = shop.control("disputes", psp_reference=charge, stage="pre_dispute")
        reference = opened["dispute_reference"]
        shop.post(f"/v1/disputes/{reference}", submit="false", evidence={"customer_name": "A"})
        for result in results:
            shop.control(f"disputes/{reference}", result=result)
            shop.get(f"/v1/disputes/{reference}")
    shop.get("/v1/disputes")
    shop.get("/v1/charges", "limit=100")


def money_out(shop: StripeShop) -> None:
    path = "/v2/money_management/outbound_payments"
    account = shop.control("bank_accounts", holder="A", currency="EUR")["bank_account"]
    for n, results in enumerate(((), ("fail",), ("pay", "return"))):
        body = {
            "from": {"financial_account": "fa_1", "currency": "eur"}, "to": {"recipient": account},
            "amount": {"value": 100, "currency": "eur"}, "metadata": {"payout_id": f"po-{n}"},
        }  # fmt: skip
        sent = shop.call("POST", path, body, key=f"k{n}").json["id"]
        for result in results:
            shop.control(f"payouts/{sent}", result=result)
            shop.get(f"{path}/{sent}")
    shop.get(path)
    shop.call("GET", "/v2/money_management/payout_methods", stripe_context=account)
    shop.get(f"/v2/core/accounts/{account}", "include[]=defaults&include[]=configuration.recipient")
    shop.get("/v2/core/accounts/acct_none")


def reports(shop: StripeShop) -> None:
    shop.charge(shop.checkout())
    url = shop.control("settle", date="2026-11-22")["url"]
    shop.get(f"/v1/files/{url.split('/')[-2]}")
    parameters = {"interval_start": 1_795_305_600, "interval_end": 1_795_392_000}
    shop.post("/v1/reporting/report_runs", report_type="payout_reconciliation.itemized.5",
              parameters=parameters)  # fmt: skip
    assert shop.get("/v1/reporting/report_runs")["data"][0]["result"]["size"] > 500


@pytest.mark.parametrize("story", [cards, challenges, money_back, money_out, reports])
def test_what_is_said_is_of_stripes_shapes(
    shop: StripeShop, story: typing.Callable[[StripeShop], None]
) -> None:
    story(shop)
    shop.events()

    objects = {said["object"] for said in shop.seen if "object" in said}
    assert {fault for said in shop.seen for fault in told(said)} == set()
    assert len(shop.seen) > 5
    assert objects


def test_the_version_is_the_packages() -> None:
    assert stripe.api_version == API_VERSION


def test_a_wrong_shape_is_found() -> None:
    good = {
        "id": "cus_1", "object": "customer", "created": 1, "livemode": False, "tax_exempt": "none",
    }  # fmt: skip

    assert list(told(good)) == []
    assert list(told({**good, "tax_exempt": "sometimes"}))
    assert list(told({**good, "colour": None}))
    assert list(told({**good, "created": "now"}))
    assert list(told({name: value for name, value in good.items() if name != "created"}))
