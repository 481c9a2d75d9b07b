"""Webhook signatures: HMAC-SHA256 over `timestamp.body`, as Stripe made customary.

Checked on the raw bytes before anything is parsed, against every live secret, in constant time, and
only then by age (domain rules W1). Source of the scheme: Stripe's `Stripe-Signature` header.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from countinghouse.domain.errors import Rejected
from countinghouse.domain.instants import SECOND, Instant

TOLERANCE_S = 300
_SCHEME = "v1"
_PARTS_MAX = 20


class BadSignature(Rejected):
    """Nobody who knows a secret of ours signed these bytes."""

    code = "bad_signature"


class StaleTimestamp(Rejected):
    """Signed, but too long ago or too far ahead: a replay."""

    code = "stale_timestamp"


def sign(secret: str, timestamp_s: int, body: bytes) -> str:
    """The hexadecimal signature of a body sent at `timestamp_s`."""
    return hmac.digest(secret.encode(), b"%d.%s" % (timestamp_s, body), "sha256").hex()


def verify(header: str | None, body: bytes, secrets: Sequence[str], now: Instant) -> None:
    """Check a `t=...,v1=...[,v1=...]` header. Raises BadSignature or StaleTimestamp."""
    timestamp_s, given = _parse(header or "")
    matches = [
        hmac.compare_digest(sign(secret, timestamp_s, body), signature)
        for secret in secrets
        for signature in given
    ]
    if not any(matches):
        raise BadSignature("the signature does not fit the body")
    if abs(now // SECOND - timestamp_s) > TOLERANCE_S:
        raise StaleTimestamp(f"the timestamp is more than {TOLERANCE_S} s away")


def _parse(header: str) -> tuple[int, list[str]]:
    fields = [part.strip().partition("=") for part in header.split(",")[:_PARTS_MAX]]
    times = [value for name, _, value in fields if name == "t"]
    given = [value for name, _, value in fields if name == _SCHEME and value.isascii()]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise BadSignature("the signature header has no timestamp")
    if not given:
        raise BadSignature(f"the signature header has no {_SCHEME} signature")
    return int(times[0]), given
