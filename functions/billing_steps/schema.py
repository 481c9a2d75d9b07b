"""What the month close asks of its tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
SellerId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Task(BaseModel):
    """A task's input; what is not known is refused, so that a workflow cannot misspell it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CloseMonth(Task):
    """Close this month."""

    step: Literal["close"]
    month: Month


class CloseLast(Task):
    """Close the month before the one that a run started in."""

    step: Literal["close_last"]
    started_at: str


class ListSellers(Task):
    """Write down who is billed."""

    step: Literal["list"]
    month: Month


class BillSeller(Task):
    """Bill one seller."""

    step: Literal["bill"]
    month: Month
    seller_id: SellerId


class Pack(Task):
    """Draw up the close pack."""

    step: Literal["pack"]
    month: Month


class Report(Task):
    """Say who was billed and who was not."""

    step: Literal["report"]
    month: Month


AnyTask = CloseMonth | CloseLast | ListSellers | BillSeller | Pack | Report
TASK: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, Field(discriminator="step")])
