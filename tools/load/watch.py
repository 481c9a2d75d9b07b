"""Looks at many payments at once: their rows, a hundred by one call.

A look by the API, one for each checkout again and again, would cost the emulator more than the
checkouts themselves. The calls made here are heard, and sent bare, like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tools.client import Client
from tools.meanwhile import meanwhile

Payment = Mapping[str, Any]
_READ = ("checkout_id", "status", "is_payment_done", "is_ledger_updated", "is_wallet_updated")
_AT_ONCE = 100
"""What DynamoDB takes in a BatchGetItem."""
_EVERY_S = 0.3


@dataclass(slots=True)
class Watch:
    """Payments under way as they were at the last look; safe to ask from several threads."""

    client: Client
    _seen: dict[str, Payment | None] = field(default_factory=dict)
    _broken: list[BaseException] = field(default_factory=list)

    def begin(self, checkout_id: str) -> None:
        """Look at this one from now on."""
        self._seen[checkout_id] = None

    def end(self, checkout_id: str) -> None:
        """Look at it no more."""
        self._seen.pop(checkout_id, None)

    def payment(self, checkout_id: str) -> Payment | None:
        """As it was at the last look, if there was one. Raises what kept the watch from looking."""
        for error in self._broken:
            raise error
        return self._seen.get(checkout_id)

    def look(self, dynamodb: Any) -> None:
        """Look once at all that are under way."""
        table = self.client.endpoints.table_names["PaymentEvent"]
        aliases = {f"#{place}": name for place, name in enumerate(_READ)}
        ids = list(self._seen)
        for first in range(0, len(ids), _AT_ONCE):
            asked = {
                "Keys": [{"checkout_id": {"S": one}} for one in ids[first : first + _AT_ONCE]],
                "ProjectionExpression": ", ".join(aliases),
                "ExpressionAttributeNames": aliases,
                "ConsistentRead": True,
            }
            answer = dynamodb.batch_get_item(RequestItems={table: asked})
            for row in answer["Responses"].get(table, ()):
                found = payment_of(row)
                if found["checkout_id"] in self._seen:
                    self._seen[found["checkout_id"]] = found

    @contextmanager
    def open(self) -> Iterator[None]:
        """Look several times a second for as long as the block lasts."""
        dynamodb = self.client.aws("dynamodb")

        def watch(over: Event) -> None:
            try:
                while not over.wait(_EVERY_S):
                    self.look(dynamodb)
            except Exception as error:  # noqa: BLE001 - raised where somebody asks
                self._broken.append(error)

        with meanwhile(watch):
            yield


def payment_of(row: Mapping[str, Mapping[str, Any]]) -> Payment:
    """A row's payment, as far as `tools.client.is_final` asks. A flag not there is false."""
    flags = {name: bool(row.get(name, {}).get("BOOL")) for name in _READ[2:]}
    return {"checkout_id": row["checkout_id"]["S"], "status": row["status"]["S"], **flags}
