"""The PSPs as those see them who choose between them: routed, and behind their breakers."""

from __future__ import annotations

from countinghouse.domain.psp_routes import Routing
from countinghouse.ports.gateway import Sessions
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.psp_health import KEYS, DynamoBreakerBook
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.psp.breakers import Breakers
from countinghouse_aws.psp.guarded import GuardedGateway, GuardedSessions
from countinghouse_aws.psp.profiles import profiles
from countinghouse_aws.psp.routed import RoutedGateway
from countinghouse_aws.system.clients import aws_client
from countinghouse_aws.system.environment import Environment
from countinghouse_aws.system.psp_routing import load_psp_routing


class PspRouting:
    """What routes and guards charges. Made once a process: its breakers remember."""

    def __init__(self, parts: Assembly) -> None:
        self._psps, routes = parts.psps, load_psp_routing()
        names, book = self._psps.names, breaker_book(parts.environment)
        self._breakers = Breakers(names, book, parts.clock, routes.breaker)
        self.routing = Routing(routes, profiles(names), self._breakers.state)
        self.gateway = GuardedGateway(RoutedGateway(self._psps.gateway), self._breakers)

    def sessions(self, psp: str) -> Sessions:
        """One PSP, where checkouts are registered."""
        return GuardedSessions(psp, lambda: self._psps.gateway(psp), self._breakers)


def breaker_book(environment: Environment) -> DynamoBreakerBook:
    """The shared breakers."""
    table = Table(aws_client("dynamodb"), environment.text("TABLE_PSP_HEALTH"), KEYS)
    return DynamoBreakerBook(table)
