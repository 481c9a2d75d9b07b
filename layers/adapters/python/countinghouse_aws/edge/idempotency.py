"""The Idempotency-Key header and the fingerprint of a body."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from countinghouse.domain.errors import Invalid
from countinghouse_aws.edge.card_numbers import refuse_card_numbers
from countinghouse_aws.edge.http import Request

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
HEADER = "idempotency-key"


def idempotency_key(request: Request) -> str:
    """The caller's key, bare or quoted. Raises Invalid when there is none or it is no key."""
    key = request.headers.get(HEADER, "").strip().strip('"')
    if not key:
        raise Invalid("this call needs an Idempotency-Key", code="idempotency_key_missing")
    if not _KEY.fullmatch(key):
        raise Invalid("an Idempotency-Key has 1 to 255 visible characters", field=HEADER)
    # It is stored with what it booked.
    refuse_card_numbers(key)
    return key


def scope_of(request: Request) -> str:
    """What a key is unique in: caller, route and the key itself."""
    return f"{request.caller}|{request.route_key}|{idempotency_key(request)}"


def fingerprint(fields: Mapping[str, object]) -> str:
    """SHA-256 over canonical JSON of the fields that mean something."""
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
