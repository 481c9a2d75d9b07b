"""What health answers."""

from __future__ import annotations

from countinghouse_aws.edge.answers import Answers, Shown


class Health(Shown):
    """The deployed version and stage."""

    version: str
    stage: str


ANSWERS: Answers = {"GET /v1/health": {200: Health}}
