"""The sandbox's Stripe beside localstripe: two that were made apart, asked the same.

localstripe is run as a process and never imported. It knows less (no keys, no limits of refunds, no
wallets), so what it does right is compared: making, confirming, holding, capturing, cancelling,
giving back, and the signature of an event.
"""

import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.integration.stripe_process import (
    API_KEY,
    PATIENCE_S,
    SECRET,
    Endpoint,
    Shop,
    listening,
    serving,
    shop_at,
    wait_for,
)

OK = "4242424242424242"
THREE_DS = "4000002500003155"
CHILD = """
import pathlib, socket, sys
import aiohttp.web, localstripe.resources, localstripe.server
type(localstripe.resources.store).dump_to_disk = lambda _: None
sock = socket.create_server(("127.0.0.1", 0))
place = pathlib.Path(sys.argv[1])
draft = place.with_suffix(".new")
draft.write_text(f"http://127.0.0.1:{sock.getsockname()[1]}")
draft.replace(place)
aiohttp.web.run_app(localstripe.server.app, sock=sock, print=None, access_log=None)
"""


class Other:
    """localstripe; a card is a payment method made of its number."""

    def __init__(self, url: str, client: stripe.StripeClient) -> None:
        self.url = url
        self.client = client

    def card(self, name: str, number: str) -> tuple[str, str]:
        """A customer and its card."""
        v1 = self.client.v1
        customer = v1.customers.create({"metadata": {"name": name}})
        card: Any = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        method = v1.payment_methods.create({"type": "card", "card": card})
        v1.payment_methods.attach(method.id, {"customer": customer.id})
        return customer.id, method.id

    def approve(self, intent: stripe.PaymentIntent) -> None:
        """The buyer passes the challenge."""
        given = urllib.parse.urlencode({
            "client_secret": intent.client_secret, "success": "true", "key": "pk_test_process",
        })  # fmt: skip
        url = f"{self.url}/v1/payment_intents/{intent.id}/_authenticate"
        urllib.request.urlopen(url, given.encode(), timeout=PATIENCE_S).close()


class Ours:
    """The sandbox; a card comes through the buyer's page."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client = shop.client

    def card(self, name: str, number: str) -> tuple[str, str]:
        """A customer and its card."""
        setup = self.shop.checkout(name, number)
        return str(setup.customer), str(setup.payment_method)

    def approve(self, intent: stripe.PaymentIntent) -> None:
        """The buyer passes the challenge."""
        self.shop.call("POST", f"/_control/actions/{intent.id}", {"result": "approve"})


@contextmanager
def localstripe(folder: Path, endpoint: Endpoint) -> Iterator[Other]:
    """localstripe as a process on a loopback port, told of the endpoint."""
    place = folder / "url"
    command = [sys.executable, "-c", CHILD, str(place)]
    env = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:  # fmt: skip
        transport = stripe.RequestsClient(timeout=PATIENCE_S)
        try:
            wait_for(lambda: place.exists() or child.poll() is not None)
            url = place.read_text()
            here: Any = {"api": url}
            client = stripe.StripeClient(
                API_KEY, base_addresses=here, max_network_retries=0, http_client=transport
            )
            told = urllib.parse.urlencode({"url": endpoint.url, "secret": SECRET})
            hook = f"{url}/_config/webhooks/one"
            urllib.request.urlopen(hook, told.encode(), timeout=PATIENCE_S).close()
            yield Other(url, client)
        finally:
            transport.close()  # type: ignore[no-untyped-call]
            child.terminate()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> Iterator[Ours]:
    with serving(tmp_path_factory.mktemp("ours")) as base, shop_at(base, endpoint) as shop:
        yield Ours(shop)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> Iterator[Other]:
    with localstripe(tmp_path_factory.mktemp("other"), endpoint) as found:
        yield found


Seen = list[tuple[Any, ...]]


def look(intent: stripe.PaymentIntent) -> tuple[Any, ...]:
    """What both say of a PaymentIntent."""
    action: Any = intent.next_action
    return (
        intent.object, intent.status, intent.amount, intent.currency, intent.capture_method,
        intent.latest_charge is not None, action and (action.type, action.use_stripe_sdk.type),
        intent.last_payment_error, intent.metadata["order_id"], intent.payment_method is not None,
    )  # fmt: skip


def made(who: Ours | Other, name: str, number: str = OK, **more: Any) -> stripe.PaymentIntent:
    customer, method = who.card(name, number)
    params: Any = {
        "amount": 2_500, "currency": "eur", "customer": customer, "payment_method": method,
        "metadata": {"order_id": name}, "capture_method": "automatic", **more,
    }  # fmt: skip
    return who.client.v1.payment_intents.create(params)


def confirmed(who: Ours | Other) -> Seen:
    intents = who.client.v1.payment_intents
    first = made(who, "made")
    found = intents.confirm(first.id)
    at_once = made(who, "at-once", confirm=True)
    return [look(first), look(found), look(intents.retrieve(found.id)), look(at_once)]


def held(who: Ours | Other) -> Seen:
    intents = who.client.v1.payment_intents
    first = made(who, "held", capture_method="manual", confirm=True)
    part = intents.capture(first.id, {"amount_to_capture": 1_500})
    second = made(who, "gone", capture_method="manual", confirm=True)
    gone = intents.cancel(second.id)
    return [look(first), look(part), (gone.status, gone.amount)]


def challenged(who: Ours | Other) -> Seen:
    first = made(who, "asked", THREE_DS, confirm=True)
    who.approve(first)
    return [look(first), look(who.client.v1.payment_intents.retrieve(first.id))]


def given_back(who: Ours | Other) -> Seen:
    paid = made(who, "back", confirm=True)
    refund = who.client.v1.refunds.create({"payment_intent": paid.id, "amount": 700})
    after = who.client.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    charge = after.latest_charge
    assert isinstance(charge, stripe.Charge)
    return [
        (refund.object, refund.status, refund.amount, refund.currency, refund.charge == charge.id),
        (charge.amount, charge.amount_refunded, charge.captured, charge.paid, charge.refunded),
        (charge.status, charge.payment_intent == paid.id, refund.payment_intent == paid.id),
    ]


def refused(who: Ours | Other) -> Seen:
    intents = who.client.v1.payment_intents
    paid = made(who, "twice", confirm=True)
    calls: list[Callable[[], object]] = [
        lambda: intents.capture(paid.id),
        lambda: intents.cancel(paid.id),
        lambda: intents.retrieve("pi_none"),
        lambda: made(who, "odd", amount=0),
    ]
    found: Seen = []
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        found.append((error.value.http_status,))
    return found


@pytest.mark.parametrize("story", [confirmed, held, challenged, given_back, refused])
def test_both_tell_the_same_story(ours: Ours, other: Other, story: Any) -> None:
    assert story(ours) == story(other)


def test_both_name_the_same_fields(ours: Ours, other: Other) -> None:
    """Those that localstripe has of an older API are left out."""
    mine, theirs = (made(who, "fields", confirm=True) for who in (ours, other))
    older = {"charges", "invoice"}

    assert set(theirs.to_dict()) - older <= set(mine.to_dict())


def test_both_sign_as_stripes_library_checks(ours: Ours, other: Other, endpoint: Endpoint) -> None:
    paid = [made(who, "signed", confirm=True) for who in (ours, other)]

    wait_for(lambda: all("payment_intent.succeeded" in endpoint.kinds(one.id) for one in paid))

    told = [
        event for one in paid for event in endpoint.events(one.id)
        if event.type == "payment_intent.succeeded"
    ]  # fmt: skip
    assert [(event.object, event.data.object.status) for event in told] == [
        ("event", "succeeded"), ("event", "succeeded"),
    ]  # fmt: skip
