"""What the reconciliation asks of the tasks that read files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

Psp = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(max_length=1_024)]


class Model(BaseModel):
    """What is not known is refused, so that a workflow cannot misspell it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunState(Model):
    """The run as its execution hands it on; `number` counts its passes over the differences."""

    psp: Psp
    date: Day
    execution: Name
    number: int = 1


class FileState(Model):
    """A file that was fetched."""

    psp: Psp
    day: Day
    kind: Literal["settlement", "bank"]
    name: Text
    layout: Text
    key: Text
    file_id: Text


class Begin(Model):
    """Carry the run of this day, or of the day before the execution started."""

    step: Literal["begin"]
    psp: Psp
    date: Day | None = None
    execution: Name
    started_at: Text


class Fetch(Model):
    """Keep the day's files as they came."""

    step: Literal["fetch"]
    run: RunState


class Normalise(Model):
    """Read one file."""

    step: Literal["normalise"]
    file: FileState


AnyTask = Begin | Fetch | Normalise
TASK: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, Field(discriminator="step")])
