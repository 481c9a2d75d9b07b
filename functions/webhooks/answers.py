"""What a PSP gets back."""

from __future__ import annotations

from countinghouse_aws.edge.answers import Answers, Problem, Shown


class Acknowledgement(Shown):
    """The event is stored, now or before."""

    received: bool


ANSWERS: Answers = {
    "POST /v1/webhooks/{psp}": {
        200: Acknowledgement,
        400: Problem,
        404: Problem,
        413: Problem,
        422: Problem,
    },
}
