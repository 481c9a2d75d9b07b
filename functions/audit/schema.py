"""What an audit reports."""

from pydantic import BaseModel


class Found(BaseModel):
    """A finding in short."""

    finding_id: str
    code: str
    detail: str


class Audited(BaseModel):
    """The findings, none when the books are sound, and the newest day that is sealed."""

    findings: list[Found]
    sealed: str
