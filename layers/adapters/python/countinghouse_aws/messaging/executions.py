"""Step Functions executions: started once under a name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_STARTED = frozenset({"ExecutionAlreadyExists"})


def start_once(
    client: SFNClient, state_machine_arn: str, name: str, wanted: Mapping[str, object], what: str
) -> None:
    """Start an execution; a repeat under the same name does nothing.

    Raises Unavailable, which says `what` did not start.
    """
    with unless(_STARTED, f"start {what}"):
        client.start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(wanted)
        )


@contextmanager
def unless(done: frozenset[str], wanted: str) -> Iterator[None]:
    """Take the errors that say it was done before for success, any other for Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in done:
            raise Unavailable(f"Step Functions did not {wanted}") from error
    except BotoCoreError as error:
        raise Unavailable(f"Step Functions did not {wanted}") from error
