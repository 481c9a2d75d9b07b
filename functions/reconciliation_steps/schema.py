"""What the reconciliation workflow asks of its tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

Psp = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(max_length=512)]


class Model(BaseModel):
    """What is not known is refused, so that a workflow cannot misspell it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunState(Model):
    """The run as its execution hands it on.

    `number` counts the passes over its differences, `looked` the looks at what explains them.
    """

    psp: Psp
    date: Day
    execution: Name
    number: int = 1
    looked: int = 0


class Query(Model):
    """Start one of the run's queries."""

    step: Literal["query"]
    query: Literal["match", "residuals"]
    run: RunState


class Chunk(Model):
    """Lay out what the match found."""

    step: Literal["chunk"]
    run: RunState
    query_id: Name


class Judge(Model):
    """Judge one portion of it."""

    step: Literal["judge"]
    run: RunState
    began_at: int
    portion: Name


class Close(Model):
    """Match the breaks whose counterpart has come."""

    step: Literal["close"]
    run: RunState
    began_at: int


class Repair(Model):
    """Ask after what is not finished on our side."""

    step: Literal["repair"]
    run: RunState


class Settle(Model):
    """Book what the bank has shown."""

    step: Literal["settle"]
    run: RunState


class Explain(Model):
    """Hold balances against what explains them."""

    step: Literal["explain"]
    run: RunState
    query_id: Name


class Report(Model):
    """Draw the report up and end the run."""

    step: Literal["report"]
    run: RunState


class Fail(Model):
    """Record that the run failed."""

    step: Literal["fail"]
    run: RunState
    error: Text


AnyTask = Query | Chunk | Judge | Close | Repair | Settle | Explain | Report | Fail
TASK: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, Field(discriminator="step")])
