"""Record what the relay saw go wrong in the books, so that payouts stop until a person knows."""

from collections.abc import Iterable

from countinghouse.domain.finding import Finding, observed
from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock


def record_damage(
    code: str,
    subject: str,
    detail: str,
    currencies: Iterable[str],
    findings: FindingBook,
    clock: Clock,
) -> Finding:
    """The finding about it, recorded once; the relay has raised it, so nobody does again.

    Raises Conflict when others kept writing the same stops.
    """
    finding = observed(code, subject, detail, clock.now(), currencies, announced=True)
    findings.report(finding)
    return finding
