"""What the printer is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.billing_views import View
from countinghouse.ports.billing import DocumentStore
from countinghouse.records import dataclass
from countinghouse_aws.billing_assembly import BillingAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    documents: DocumentStore
    render: Callable[[View], bytes]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = BillingAssembly()
    return Deps(parts.documents, parts.render)
