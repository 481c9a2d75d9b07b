"""Every parser of what comes from outside, as a function of bytes, with texts to begin from.

A parser may refuse with the errors that its docstring names; whatever else comes out is a bug.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.close import parse_month
from countinghouse.domain.emvco import BadPayload, build, parse
from countinghouse.domain.errors import CountinghouseError, Invalid
from countinghouse.domain.fx import parse_decimal, parse_ratio
from countinghouse.domain.ledger import parse_ledger_id
from countinghouse.domain.market_rules import parse_market_rules
from countinghouse.domain.money import Money
from countinghouse.domain.qr_profiles import check_payload, promptpay
from countinghouse.domain.reconciliation import parse_run_id
from countinghouse.domain.screening import parse_screening_list
from countinghouse.domain.settlement import Reject
from countinghouse_aws.card_numbers import holds_card_number
from countinghouse_aws.edge.access import roles_of
from countinghouse_aws.edge.body import read_body
from countinghouse_aws.fx.ecb_file import read_rates
from countinghouse_aws.psp import sandbox_webhooks, stripe_webhooks
from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks, signature, signed_text
from countinghouse_aws.psp.signatures import sign, verify
from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement
from countinghouse_aws.settlement.reading import Broken, unpacked
from tests.hostile_files import BANK_HEADER, DAY, GOOD_LINES, HEADER
from tests.unit.adapters.test_settlement_adyen import HEADER as ADYEN_HEADER
from tests.unit.adapters.test_settlement_adyen import SETTLED as ADYEN_ROW
from tests.unit.adapters.test_settlement_stripe import CHARGE
from tests.unit.adapters.test_settlement_stripe import HEADER as STRIPE_HEADER
from tools.local.places import ROOT

NOW = 1_795_334_400_000
"""Milliseconds since the epoch: when the sample webhooks were signed."""

Feed = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, the errors it may raise, and what to begin from."""

    feed: Feed
    errors: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Feed it. Raises what is none of its own errors."""
        try:
            self.feed(data)
        except self.errors:
            return


def _text(feed: Callable[[str], object]) -> Feed:
    """A parser of text: bytes that are no UTF-8 are read as Latin-1, as headers are."""

    def fed(data: bytes) -> object:
        try:
            return feed(data.decode())
        except UnicodeDecodeError:
            return feed(data.decode("latin-1"))

    return fed


def _document(feed: Callable[[Mapping[str, object]], object]) -> Feed:
    def fed(data: bytes) -> object:
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return feed(told) if isinstance(told, dict) else None

    return fed


def _settlement(layout: str) -> Feed:
    def fed(data: bytes) -> object:
        read = parse_settlement([data], layout, layout, "f1", DAY)
        return [one for one in read if not isinstance(one, Reject)]

    return fed


def _packed(data: bytes) -> object:
    return sum(map(len, unpacked([data])))


_WHOLE = ("full.json", "minimal.json")


def _samples(psp: str) -> tuple[bytes, ...]:
    """The bodies of the sample events to the webhook function that name this PSP."""
    found = set()
    for path in sorted(Path(ROOT, "events", "webhooks").rglob("*.json")):
        event = json.loads(path.read_text(encoding="utf-8"))
        if path.name in _WHOLE and event["pathParameters"]["psp"] == psp:
            packed, body = event["isBase64Encoded"], event["body"]
            found.add(base64.b64decode(body) if packed else body.encode())
    return tuple(sorted(found))


def _csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def _rules(name: str) -> bytes:
    (path,) = Path(ROOT, "layers").rglob(name)
    return path.read_bytes()


_SIGNED = f"t=1795334400,v1={sign('s1', NOW // 1000, b'{}')}".encode()
_GOOD = _csv(HEADER, *GOOD_LINES)
_ADYEN_FILE = _csv(ADYEN_HEADER, ",".join(ADYEN_ROW.get(c, "") for c in ADYEN_HEADER.split(",")))
_STRIPE_FILE = _csv(STRIPE_HEADER, ",".join(CHARGE.get(c, "") for c in STRIPE_HEADER.split(",")))
_STRIPE_EVENT = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1795334400,
        "data": {
            "object": {
                "id": "pi_1",
                "object": "payment_intent",
                "amount": 5000,
                "amount_received": 5000,
                "currency": "eur",
                "status": "succeeded",
                "metadata": {"order_id": "o1", "key": "o1:charge:1"},
            }
        },
    }
).encode()
_ADYEN_KEY = "ab" * 32
_ADYEN_ITEM: dict[str, object] = {
    "pspReference": "P1",
    "merchantAccountCode": "M",
    "merchantReference": "o1",
    "amount": {"value": 5000, "currency": "EUR"},
    "eventCode": "AUTHORISATION",
    "success": "true",
    "eventDate": "2026-11-22T08:00:00+01:00",
}
_ADYEN_EVENT = json.dumps(
    {
        "live": "false",
        "notificationItems": [
            {
                "NotificationRequestItem": {
                    **_ADYEN_ITEM,
                    "additionalData": {
                        "hmacSignature": signature(signed_text(_ADYEN_ITEM), _ADYEN_KEY),
                        "metadata.key": "o1:charge:1",
                        "metadata.capture": "automatic",
                    },
                }
            }
        ],
    }
).encode()
_ADYEN = AdyenWebhooks(lambda: [_ADYEN_KEY])
_OURS: tuple[type[Exception], ...] = (CountinghouseError,)
_ECB = b"Date, USD, JPY,\n22 November 2026, 1.0987, 171.4,\n"
_PROMPTPAY = build(promptpay("0899999999", Money(5_000, "THB"))).encode()

TARGETS: Mapping[str, Target] = {
    "body": Target(lambda data: read_body(data, "application/json"), _OURS, (b'{"a": [1, "b"]}',)),
    "card-number": Target(_text(holds_card_number), (), (b"4242 4242 4242 4242",)),
    "signature-header": Target(
        _text(lambda header: verify(header, b"{}", ["s1", "s2"], NOW)), _OURS, (_SIGNED, b"t=1,v0=")
    ),
    "adyen-signature": Target(
        lambda data: _ADYEN.verify({"hmacsignature": "x"}, data, NOW), _OURS, (_ADYEN_EVENT,)
    ),
    "sandbox-webhook": Target(
        lambda data: sandbox_webhooks.parse_event(data, NOW), _OURS, _samples("sandbox")
    ),
    "stripe-webhook": Target(
        lambda data: stripe_webhooks.parse_event(data, NOW), _OURS, (_STRIPE_EVENT,)
    ),
    "adyen-webhook": Target(lambda data: _ADYEN.parse(data, NOW), _OURS, (_ADYEN_EVENT,)),
    "sandbox-settlement": Target(_settlement("sandbox"), _OURS, (_GOOD,)),
    "stripe-settlement": Target(_settlement("stripe"), _OURS, (_STRIPE_FILE,)),
    "adyen-settlement": Target(_settlement("adyen"), _OURS, (_ADYEN_FILE,)),
    "bank-statement": Target(
        lambda data: list(parse_bank([data], None, "sandbox", "f1", DAY)),
        _OURS,
        (_csv(BANK_HEADER, f"sandbox,{DAY},1,settlement,7,EUR,4508"),),
    ),
    "packed-file": Target(_packed, (Broken,), (gzip.compress(_GOOD), b"PK\x03\x04", _GOOD)),
    "reference-rates": Target(
        _text(lambda text: read_rates(text, "ecb", "2026-11-22")), (Invalid,), (_ECB,)
    ),
    "decimal": Target(_text(parse_decimal), (Invalid,), (b"1.1172", b"0.0000000001")),
    "ratio": Target(_text(parse_ratio), (Invalid,), (b"11172/10000",)),
    "emvco": Target(_text(parse), (BadPayload,), (_PROMPTPAY,)),
    "shown-code": Target(
        _text(lambda text: check_payload(text, (5000,), "THB")),
        (),
        (_PROMPTPAY, b"upi://pay?pa=a@b&am=50.00&cu=INR"),
    ),
    "account": Target(_text(parse_account), _OURS, (b"seller_reserve:s1:2026-11-22",)),
    "journal-id": Target(_text(parse_ledger_id), _OURS, (b"jrn_" + b"0a" * 20,)),
    "run-id": Target(_text(parse_run_id), _OURS, (b"rec_sandbox_20261122",)),
    "month": Target(_text(parse_month), _OURS, (b"2026-11",)),
    "caller": Target(
        _text(lambda arn: roles_of(arn, {"arn:aws:iam::*:role/shop-*": ("checkout",)})),
        (),
        (b"arn:aws:sts::1:assumed-role/shop-a/b",),
    ),
    "market-rules": Target(_document(parse_market_rules), _OURS, (_rules("market.json"),)),
    "screening-list": Target(_document(parse_screening_list), _OURS, (_rules("screening.json"),)),
}
