"""What an answer of Stripe's proves: done, refused, not looked at, or nothing.

Sources: docs.stripe.com/api/errors, docs.stripe.com/error-low-level,
docs.stripe.com/api/idempotent_requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from countinghouse.domain.psp import Doubt
from countinghouse.records import dataclass
from countinghouse_aws.observability import count, logger
from countinghouse_aws.psp.names import STRIPE
from countinghouse_aws.psp.sandbox import NOT_LOOKED_AT, OK, SERVER_ERROR

_REFUSALS = frozenset({400, 402, 404})
_REFUSING_TYPES = frozenset({"card_error", "invalid_request_error"})
_NOT_FOUND = 404
_CONFLICT = 409
_KEY_REUSED = "idempotency_error"
_CODE_MAX = 60


class Proof(Enum):
    """What an answer proves of the request."""

    DONE = "done"
    REFUSED = "refused"
    NOT_LOOKED_AT = "not_looked_at"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's status and body; the body is empty when it could not be read."""

    status: int
    body: Mapping[str, Any]

    @property
    def error(self) -> Mapping[str, Any]:
        """The error it carries; empty when there is none, or none that can be read."""
        found = self.body.get("error")
        return found if isinstance(found, Mapping) else {}

    @property
    def intent(self) -> Mapping[str, Any] | None:
        """The PaymentIntent that an error names: its state is the answer."""
        found = self.error.get("payment_intent")
        return found if isinstance(found, Mapping) else None

    @property
    def refusal(self) -> str:
        """The error's code under our prefix."""
        code = self.error.get("code") or self.error.get("type") or "refused"
        return f"psp_{str(code)[:_CODE_MAX]}"

    @property
    def is_key_reuse(self) -> bool:
        """Whether Stripe knows the request's key with another body; not that it is busy with it."""
        return self.status != _CONFLICT and self.error.get("type") == _KEY_REUSED

    @property
    def is_missing(self) -> bool:
        """Whether Stripe itself says that there is no such object."""
        return self.status == _NOT_FOUND and bool(self.error)

    @property
    def doubt(self) -> Doubt:
        """Why it leaves a fact UNKNOWN: Stripe said something else, or nothing of its own."""
        is_looked_at = 400 <= self.status < SERVER_ERROR and self.status not in NOT_LOOKED_AT
        is_said = self.error.get("type") in _REFUSING_TYPES | {_KEY_REUSED}
        return Doubt.ANSWER if is_looked_at and is_said else Doubt.SILENCE

    def proof(self) -> Proof:
        """What it proves. A refusal counts only where Stripe says that it checked the request."""
        if self.status in OK:
            return Proof.DONE
        if self.status in NOT_LOOKED_AT:
            return Proof.NOT_LOOKED_AT
        if self.status in _REFUSALS and self.error.get("type") in _REFUSING_TYPES:
            return Proof.REFUSED
        return Proof.NOTHING


def report_key_reuse(answer: Answer, key: str) -> None:
    """Say it aloud when our own key came with another body: our fault, which no retry heals."""
    if answer.is_key_reuse:
        count("PspKeyReused")
        logger().error("psp_idempotency_error", extra={"psp": STRIPE, "key": key})
