"""What the payout workflows ask of their tasks, and what they get back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from countinghouse_aws.edge.schemas import Currency, Id

Period = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
TaskToken = Annotated[str, StringConstraints(min_length=1, max_length=2_048)]


class Task(BaseModel):
    """A task's input; what is not known is refused, so that a workflow cannot misspell it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Advance(Task):
    """Take this payout one step further."""

    step: Literal["advance"]
    payout_id: Id


class ExpireApproval(Task):
    """Cancel this payout if it still waits for its approval."""

    step: Literal["expire_approval"]
    payout_id: Id


class Await(Task):
    """Wake this task once the payout is no longer what it is."""

    step: Literal["await"]
    payout_id: Id
    task_token: TaskToken


class ListSellers(Task):
    """Write down whom this month's run looks at."""

    step: Literal["list"]
    period: Period


class OpenSeller(Task):
    """Open one seller's payout of the month."""

    step: Literal["open"]
    seller_id: Id
    currency: Currency
    period: Period


class Report(Task):
    """Say what became of the month's payouts."""

    step: Literal["report"]
    period: Period


AnyTask = Advance | ExpireApproval | Await | ListSellers | OpenSeller | Report
TASK: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, Field(discriminator="step")])
