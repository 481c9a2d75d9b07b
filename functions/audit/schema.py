"""What an audit reports."""

from pydantic import BaseModel


class Audited(BaseModel):
    """The findings by code; empty when the books are sound."""

    findings: list[str]
