"""What the relay raises about the books, as EventBridge hands it over."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Damage(BaseModel):
    """What is wrong; no currencies: nobody knows in which."""

    code: Literal["book_damaged", "wallet_unbalanced", "window_unbalanced"]
    detail: str
    currencies: list[str]


class Envelope(BaseModel):
    """The published event."""

    subject: str
    data: Damage


class Raised(BaseModel):
    """The event around it."""

    detail: Envelope
