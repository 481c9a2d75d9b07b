"""The Prefer header (RFC 7240): how long a caller would rather wait for an end than ask again."""

from __future__ import annotations

import re

from countinghouse_aws.edge.http import Request

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")


def preferred_wait_s(request: Request, longest_s: int) -> int | None:
    """The seconds of `Prefer: wait=N`, at most `longest_s`; None without that preference."""
    wanted = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(wanted[1]), longest_s) if wanted else None
