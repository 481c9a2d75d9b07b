"""What applying PSPs' events is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from countinghouse.domain.psp import PspEvent
from countinghouse.records import dataclass
from countinghouse.usecases.apply_psp_event import Inbox
from countinghouse_aws.payout_assembly import PayoutAssembly
from countinghouse_aws.psp.routed import RoutedGateway


@dataclass(frozen=True, slots=True)
class Deps:
    """`inbox` gives the ports under the PSP's current key, `events` reads many events at once."""

    inbox: Callable[[], Inbox]
    events: Callable[[Iterable[str]], Mapping[str, PspEvent]]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    policy = parts.environment.policy(parts.environment.psp_timeout_s())

    disputes = parts.market_rules.disputes

    def inbox() -> Inbox:
        return Inbox(
            events=parts.events,
            orders=parts.orders,
            payouts=parts.payouts,
            gateway=RoutedGateway(parts.psps.gateway),
            clock=parts.clock,
            policy=policy,
            disputes=disputes,
            owners=parts.psps,
            news=parts.psps,
        )

    return Deps(inbox, parts.events.get_many)
