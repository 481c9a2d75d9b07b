"""Whom a monthly run pays, as one JSON array in S3: what the Distributed Map reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.payouts import Manifest, PayoutLine
from countinghouse.records import dataclass

_ABSENT = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class S3PayoutRuns:
    """The lists of the monthly runs in one bucket."""

    client: Any
    bucket: str

    def save(self, period: str, lines: Sequence[PayoutLine]) -> Manifest:
        """Keep a period's list, in place of an earlier one. Raises Unavailable."""
        body = json.dumps([asdict(line) for line in lines], separators=(",", ":"))
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=_key(period),
                Body=body.encode(),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("S3 did not take the run's list") from error
        return Manifest(self.bucket, _key(period), len(lines))

    def load(self, period: str) -> list[PayoutLine]:
        """A period's list; empty when there is none. Raises Unavailable."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=_key(period))
            rows = json.loads(answer["Body"].read())
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return []
            raise Unavailable("S3 did not give the run's list") from error
        except BotoCoreError as error:
            raise Unavailable("S3 did not give the run's list") from error
        return [PayoutLine(**row) for row in rows]


def _key(period: str) -> str:
    return f"payout-runs/{period}/sellers.json"
