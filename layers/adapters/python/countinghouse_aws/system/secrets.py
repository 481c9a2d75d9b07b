"""Secrets from Secrets Manager: both live versions, kept for a minute."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import MINUTE, Instant
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

STAGES = ("AWSCURRENT", "AWSPREVIOUS")
KEPT_FOR = MINUTE
_ABSENT = "ResourceNotFoundException"


@dataclass(slots=True)
class RotatingSecret:
    """One secret of JSON fields whose rotation must not lose a webhook.

    `repr` shows no value.
    """

    client: SecretsManagerClient
    secret_id: str
    clock: Clock
    _versions: tuple[dict[str, str], ...] = field(default=(), repr=False)
    _read_at: Instant = field(default=0, repr=False)

    def current(self, name: str) -> str:
        """The newest value of a field."""
        return self._live()[0][name]

    def live(self, name: str) -> tuple[str, ...]:
        """Every live value of a field, the newest first."""
        return tuple(dict.fromkeys(version[name] for version in self._live()))

    def _live(self) -> tuple[dict[str, str], ...]:
        now = self.clock.now()
        if not self._versions or now - self._read_at > KEPT_FOR:
            found = [self._version(stage) for stage in STAGES]
            self._versions = tuple(version for version in found if version is not None)
            self._read_at = now
        if not self._versions:
            raise Unavailable("the PSP's secret has no value yet")
        return self._versions

    def _version(self, stage: str) -> dict[str, str] | None:
        try:
            answer = self.client.get_secret_value(SecretId=self.secret_id, VersionStage=stage)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == _ABSENT:
                return None
            raise Unavailable("Secrets Manager did not answer") from error
        except BotoCoreError as error:
            raise Unavailable("Secrets Manager did not answer") from error
        fields: dict[str, str] = json.loads(answer["SecretString"])
        return fields
