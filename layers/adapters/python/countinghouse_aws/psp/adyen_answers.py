"""What an answer of Adyen's proves: done, refused, not looked at, or nothing.

Sources: docs.adyen.com/development-resources/error-codes,
docs.adyen.com/development-resources/api-idempotency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from countinghouse.domain.psp import Doubt
from countinghouse.records import dataclass

_IN_USE = frozenset({409, 425})
_BUSY = frozenset({408, *_IN_USE})
_SERVER_ERROR = 500
_IN_PROGRESS = "704"
"""Adyen's error code for a request whose first sending is still at work."""

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What Adyen answered: a status and a JSON object, empty when the body is none."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_transient: bool = False

    @property
    def is_ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    @property
    def was_looked_at(self) -> bool:
        """Whether Adyen read the request: it has not when our key is being rotated (401, 403)
        or when we are too fast (429)."""
        return self.status not in (401, 403, 429)

    @property
    def is_refusal(self) -> bool:
        """Whether Adyen has read the request, and says that it will not carry it out.

        Adyen names a code with every refusal; without one it is something on the way that refused.
        """
        is_busy = self.status in _BUSY or self.is_transient or self.error_code == _IN_PROGRESS
        is_named = 400 <= self.status < 500 and self.error_code != ""
        return is_named and self.was_looked_at and not is_busy

    @property
    def doubt(self) -> Doubt:
        """Why it leaves a fact UNKNOWN: Adyen said something else, or nothing of its own.

        That the first sending is still at work may come as a transient error; others are trouble.
        """
        if self.is_refusal:
            return Doubt.ANSWER
        is_at_work = self.error_code == _IN_PROGRESS and self.status < _SERVER_ERROR
        return Doubt.ANSWER if is_at_work or self.status in _IN_USE else Doubt.SILENCE

    @property
    def error_code(self) -> str:
        """Adyen's code for a refusal, empty when it names none that is plain."""
        code = str(self.body.get("errorCode", ""))
        return code if _CODE.fullmatch(code) else ""
