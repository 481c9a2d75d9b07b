"""The function's environment, read once, with a clear word when something is missing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import field, replace

from countinghouse.domain.instants import SECOND
from countinghouse.domain.retry import RetryPolicy
from countinghouse.records import dataclass

LEASE_MARGIN_S = 10
"""Beyond the PSP's time-out: long enough for the outcome to be written."""


class MissingSettingError(RuntimeError):
    """The stage did not give this function a variable it needs."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Environment variables by name; the names stand in docs/naming.md."""

    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def text(self, name: str) -> str:
        """A variable. Raises MissingSettingError."""
        value = self.variables.get(name)
        if not value:
            raise MissingSettingError(f"{name} is not set")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A comma separated variable."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def published_events(self) -> frozenset[str]:
        """`PUBLISHED_EVENTS`: the events that somebody listens to; without it, all of them."""
        return frozenset(self.variables.get("PUBLISHED_EVENTS", "*").split(","))

    def code_version(self) -> str | None:
        """`CODE_VERSION`: which code runs here. Without it journals name none, and are booked."""
        return self.variables.get("CODE_VERSION") or None

    def grants(self) -> Mapping[str, list[str]]:
        """`CALLER_ROLES`: which roles the stage gives to which callers."""
        grants: Mapping[str, list[str]] = json.loads(self.text("CALLER_ROLES"))
        return grants

    def psps(self) -> Mapping[str, Mapping[str, str]]:
        """`PSPS`: every PSP's settings by its name, with the id of its secret."""
        psps: Mapping[str, Mapping[str, str]] = json.loads(self.text("PSPS"))
        return psps

    def psp_timeout_s(self) -> int:
        """`PSP_TIMEOUT_S`: how long an answer of the PSP may take."""
        return int(self.text("PSP_TIMEOUT_S"))

    def policy(self, psp_timeout_s: int = 5) -> RetryPolicy:
        """The retry policy with the stage's ladder of questions, and its ends of buyers' actions.

        `ACTION_MARGIN_S` and `ACTION_MAX_S` are optional.
        """
        ladder = tuple(int(rung) * SECOND for rung in self.texts("POLL_LADDER_S"))
        lease = (psp_timeout_s + LEASE_MARGIN_S) * SECOND
        usual = RetryPolicy(ladder=ladder, lease=lease)
        return replace(
            usual,
            action_margin=self._milliseconds("ACTION_MARGIN_S", usual.action_margin),
            action_max=self._milliseconds("ACTION_MAX_S", usual.action_max),
        )

    def _milliseconds(self, name: str, otherwise: int) -> int:
        seconds = self.variables.get(name)
        return int(seconds) * SECOND if seconds else otherwise
