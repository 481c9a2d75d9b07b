"""Stripe's own library over our transport: it words requests and reads answers, we carry them.

The only module that imports the library, which takes as long to start as a function does: import
this one when Stripe is called and not before. The library retries nothing here, reports nothing
about us to Stripe, and logs no bodies.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import stripe

from countinghouse_aws.psp.sandbox import OK
from countinghouse_aws.psp.stripe_answers import Answer
from countinghouse_aws.psp.transport import NoAnswer, Transport

# What the library would log is every request and answer in full, at these levels or with a setting
# of the environment.
logging.getLogger("stripe").setLevel(logging.WARNING)
stripe._util.STRIPE_LOG = None
stripe.enable_telemetry = False

_MISREAD = (
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises besides for an answer that is not as documented."""

LISTED_MAX = 5_000
"""Objects of one list: many times what a checkout or a seller's payouts can come to."""

_HERE = "https://transport"
"""Stands for the address that the transport knows; no request can go anywhere else."""

_One = TypeVar("_One", bound=stripe.StripeObject)


class _Carrier(stripe.HTTPClient):
    """The library's way out. NeverSent and NoAnswer pass through it as they are."""

    name = "countinghouse"

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One exchange: the answer's body, status and headers (of which none is read)."""
        path = url.removeprefix(_HERE)
        body = post_data.encode() if isinstance(post_data, str) else None
        reply = self._transport(method.upper(), path, headers or {}, body)
        return reply.body.decode(errors="replace"), reply.status, {}

    def close(self) -> None:
        """Nothing: the transport outlives the client."""


def connect(transport: Transport, api_key: str) -> stripe.StripeClient:
    """The library's client, over the transport, under this key."""
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": _HERE, "files": _HERE, "connect": _HERE, "meter_events": _HERE},
        max_network_retries=0,
        http_client=_Carrier(transport),
    )


def answer_to(call: Callable[[], stripe.StripeObject]) -> Answer:
    """What Stripe said to one request, errors too. Raises NeverSent or NoAnswer."""
    try:
        return Answer(200, call().to_dict())
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status in OK:
            # An error of the library's own: it could not read the answer.
            raise NoAnswer(type(error).__name__) from error
        said = error.json_body
        return Answer(error.http_status, said if isinstance(said, dict) else {})
    except _MISREAD as error:
        raise NoAnswer(type(error).__name__) from error


def listed(
    call: Callable[[], stripe.ListObject[_One] | stripe.v2.ListObject[_One]],
) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, page after page to its end.

    Raises NeverSent or NoAnswer, also halfway: what came by then is no list.
    """
    try:
        found = islice(call().auto_paging_iter(), LISTED_MAX + 1)
        for number, one in enumerate(found):
            if number == LISTED_MAX:
                raise NoAnswer("the list has no end")
            yield one.to_dict()
    except (stripe.StripeError, *_MISREAD) as error:
        raise NoAnswer(type(error).__name__) from error
