"""What Adyen's answers prove of a request that moves money, whichever of its APIs it went to."""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.psp import SettlementKind
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.unit.adapters.adyen_line import reply

R = SettlementKind


def undecided(
    error: Mapping[str, object], *unreadable: Reply
) -> list[tuple[Reply | Exception, SettlementKind, SettlementKind]]:
    """Answers that decide nothing: each, what it is to a request and what to a question.

    `unreadable` are those that are not as the API in question documents them.
    """
    return [
        (NeverSent("x"), R.NOT_SENT, R.UNKNOWN),
        (reply(401, error), R.NOT_SENT, R.UNKNOWN),
        (reply(403, error), R.NOT_SENT, R.UNKNOWN),
        (reply(429, error), R.NOT_SENT, R.UNKNOWN),
        (NoAnswer("x"), R.UNKNOWN, R.UNKNOWN),
        (reply(409, error), R.UNKNOWN, R.UNKNOWN),
        (reply(422, error, transient_error="true"), R.UNKNOWN, R.UNKNOWN),
        (reply(500, error), R.UNKNOWN, R.UNKNOWN),
        *((one, R.UNKNOWN, R.UNKNOWN) for one in unreadable),
    ]
