"""The sandbox PSP's webhooks: verified on their bytes, read as the fact they state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from countinghouse.domain.dispute import OPEN_DISPUTES
from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import Fact, FactKind, PayoutFact, PspEvent, PspFact
from countinghouse_aws.psp.names import SANDBOX
from countinghouse_aws.psp.sandbox import KINDS, fact_of, plain_text
from countinghouse_aws.psp.sandbox_facts import (
    PAYOUTS,
    REFUNDS,
    dispute_fact_of,
    payout_fact_of,
    refund_fact_of,
)
from countinghouse_aws.psp.signed_events import SignedEvents, Stated, event_of

SIGNATURE_HEADER = "sandbox-signature"
K = FactKind


def parse_event(body: bytes, now: Instant) -> PspEvent:
    """A verified webhook as an event. Raises Invalid when it is not readable.

    The sandbox fixes an event's bytes when it emits it, so type and object must say the same.
    """
    return event_of(SANDBOX, body, now, _stated)


def _stated(event: Mapping[str, Any]) -> Stated:
    event_id, event_type = plain_text(event["event_id"]), plain_text(event["type"])
    about, _, step = event_type.partition(".")
    reader = _READERS.get(about)
    fact = reader(step, event["data"]) if reader else PspFact(K.OTHER)
    is_known = fact != PspFact(K.OTHER)
    of_order = is_known and not isinstance(fact, PayoutFact)
    order_id = plain_text(event["data"]["order_id"]) if of_order else None
    return Stated(event_id, event_type, order_id, fact)


def _charge(step: str, data: Mapping[str, Any]) -> Fact:
    kind = KINDS.get(step, K.OTHER)
    fact = fact_of(data) if kind is not K.OTHER else PspFact(K.OTHER)
    return _agreeing(fact, fact.kind is kind)


def _refund(step: str, data: Mapping[str, Any]) -> Fact:
    if step not in REFUNDS:
        return PspFact(K.OTHER)
    return _agreeing(refund_fact_of(data), data["status"] == step)


def _dispute(step: str, data: Mapping[str, Any]) -> Fact:
    if step not in _DISPUTE_STEPS:
        return PspFact(K.OTHER)
    fact = dispute_fact_of(data)
    return _agreeing(fact, (step == "closed") is (fact.status not in OPEN_DISPUTES))


def _payout(step: str, data: Mapping[str, Any]) -> Fact:
    if step not in PAYOUTS:
        return PspFact(K.OTHER)
    return _agreeing(payout_fact_of(data), data["status"] == step)


_DISPUTE_STEPS = frozenset({"opened", "updated", "closed"})


def _agreeing(fact: Fact, agrees: bool) -> Fact:
    if not agrees:
        raise ValueError("the event's type and its object differ")
    return fact


_READERS: dict[str, Callable[[str, Mapping[str, Any]], Fact]] = {
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
    "payout": _payout,
}


class SandboxWebhooks(SignedEvents):
    """The sandbox's webhooks; `secrets` gives every live signing secret."""

    header = SIGNATURE_HEADER
    event = staticmethod(parse_event)
