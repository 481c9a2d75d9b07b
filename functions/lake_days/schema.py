"""What Firehose hands over to be looked at, and what it takes back."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Record(TypedDict):
    """One record: `data` is base64."""

    recordId: str
    data: str


class Event(TypedDict):
    """The records of one buffer."""

    records: list[Record]


class Metadata(TypedDict):
    """What a record is filed by."""

    partitionKeys: dict[str, str]


class Outcome(TypedDict):
    """A record as it goes on; one that failed goes to the errors' folder of the bucket."""

    recordId: str
    data: str
    result: Literal["Ok", "ProcessingFailed"]
    metadata: NotRequired[Metadata]


class Answer(TypedDict):
    """An outcome for every record."""

    records: list[Outcome]
