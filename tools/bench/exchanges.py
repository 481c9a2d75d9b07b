"""One call of a function and what it heard, and how the same call is known again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

OWN_TO_EACH_CALL = ("ClientRequestToken", "ReturnConsumedCapacity")
"""What botocore makes up anew for each call, and what only the meter asks for."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and its answer, bodies as text. `service` is botocore's name of it, or `psp`."""

    service: str
    operation: str
    asked: str
    status: int
    said: str

    @property
    def is_aws(self) -> bool:
        """Whether boto3 makes this call."""
        return self.service != "psp"

    @property
    def parameters(self) -> dict[str, Any]:
        """The call's parameters, as a client takes them."""
        asked: dict[str, Any] = json.loads(self.asked)
        return {name: value for name, value in asked.items() if name not in OWN_TO_EACH_CALL}

    @property
    def key(self) -> str:
        """What an equal call has equal."""
        return key_of(self.operation, self.asked)


def key_of(operation: str, body: str) -> str:
    """What equal calls have equal: the operation (a PSP's: method and path) and all they say."""
    asked = json.loads(body or "{}")
    kept = {name: value for name, value in asked.items() if name not in OWN_TO_EACH_CALL}
    return f"{operation} {json.dumps(kept, sort_keys=True)}"
