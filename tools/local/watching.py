"""Reading the functions' logs from the emulated CloudWatch Logs, as one would on AWS."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tools.local.cloud import logs_client
from tools.local.failure import LocalFailure

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

    from tools.local.endpoints import Endpoints

# The runtime's own lines about each invocation, of little interest while reading what happened.
_RUNTIME_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
_POLL_S = 1.0
_MAX_PAGES = 200


@dataclass(frozen=True)
class Line:
    """One line a function wrote."""

    at_ms: int
    function: str
    text: str


def names_of(endpoints: Endpoints, function: str | None) -> dict[str, str]:
    """The chosen functions, as name -> physical name."""
    known = dict(endpoints.function_names)
    if function is None:
        return known
    if function not in known:
        raise LocalFailure(f"no function {function!r}; there are: {', '.join(sorted(known))}")
    return {function: known[function]}


def follow(endpoints: Endpoints, functions: dict[str, str], since_ms: int) -> Iterator[Line]:
    """Lines as they come, for ever."""
    seen: set[tuple[str, int, str]] = set()
    client = logs_client(endpoints)
    while True:
        lines = read(client, functions, since_ms, seen)
        yield from lines
        # Look back a little: a line may be stored after a later one of another function.
        since_ms = max([since_ms, *(line.at_ms - 2_000 for line in lines)])
        time.sleep(_POLL_S)


def read(
    client: CloudWatchLogsClient,
    functions: dict[str, str],
    since_ms: int,
    seen: set[tuple[str, int, str]] | None = None,
) -> Sequence[Line]:
    """The lines since then of these functions, oldest first, without those already seen."""
    noted = set() if seen is None else seen
    lines: list[Line] = []
    for name, physical in functions.items():
        for event in _events(client, f"/aws/lambda/{physical}", since_ms):
            text = event["message"].rstrip()
            # The emulator gives events no id.
            key = (event["logStreamName"], event["timestamp"], text)
            if key in noted or text.startswith(_RUNTIME_LINES):
                continue
            noted.add(key)
            lines.append(Line(event["timestamp"], name, text))
    # Stable: lines of one millisecond stay in the order they were written.
    return sorted(lines, key=lambda line: line.at_ms)


def _events(client: CloudWatchLogsClient, group: str, since_ms: int) -> Iterator[Any]:
    """All events of a log group; none when the function has not run yet and so has no group."""
    token: dict[str, Any] = {}
    try:
        for _ in range(_MAX_PAGES):
            page = client.filter_log_events(logGroupName=group, startTime=since_ms, **token)
            yield from page["events"]
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
