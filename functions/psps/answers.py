"""What the PSPs' edge answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class Psp(Shown):
    """A PSP of this stage."""

    psp: str
    methods: list[str]
    currencies: list[str]
    circuit: Literal["closed", "open", "half_open"] = Field(
        description="open: nothing is sent to it; half_open: one call tries whether it is back"
    )
    since: Instant | None = None
    last_error: str | None = Field(default=None, description="what opened the circuit last")


class PspList(Shown):
    """Every PSP of this stage, in its order."""

    data: list[Psp]


ANSWERS: Answers = {"GET /v1/psps": {200: PspList, 503: Problem}}
