"""Reference rates from S3: a file a day, read once a process and kept with its day."""

from __future__ import annotations

from dataclasses import field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.fx import RateTable
from countinghouse.domain.instants import MINUTE, Instant
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.fx.ecb_file import read_rates
from countinghouse_aws.observability import count, logger

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

FOLDER = "fx-rates"
LOOK_AGAIN = 10 * MINUTE
"""How long a day without a file is taken to have none: the file comes in the afternoon."""

_ABSENT = frozenset({"NoSuchKey", "404"})


def rates_key(source: str, day: str) -> str:
    """Where a day's file lies."""
    return f"{FOLDER}/{source}/{day}.csv"


@dataclass(frozen=True, slots=True)
class S3ReferenceRates:
    """The files of one source. A file that was read stays as it was read: a day is fixed once."""

    client: S3Client
    bucket: str
    source: str
    clock: Clock
    _found: dict[str, RateTable] = field(default_factory=dict, init=False, repr=False)
    _missed: dict[str, Instant] = field(default_factory=dict, init=False, repr=False)

    def newest(self, day: str, back: int) -> RateTable | None:
        """The rates of a day, else of the last of the `back` days before, or None.

        A file that cannot be read whole counts as missing, and is alarmed. Raises Unavailable.
        """
        first = date.fromisoformat(day)
        days = ((first - timedelta(days=n)).isoformat() for n in range(back + 1))
        tables = (self._of(one) for one in days)
        return next((table for table in tables if table is not None), None)

    def _of(self, day: str) -> RateTable | None:
        now = self.clock.now()
        if day not in self._found and now - self._missed.get(day, -LOOK_AGAIN) >= LOOK_AGAIN:
            table = self._read(day)
            if table is None:
                self._missed[day] = now
            else:
                self._found[day] = table
        return self._found.get(day)

    def _read(self, day: str) -> RateTable | None:
        key = rates_key(self.source, day)
        try:
            content = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise Unavailable("S3 did not give the reference rates") from error
        except BotoCoreError as error:
            raise Unavailable("S3 did not give the reference rates") from error
        try:
            return read_rates(content.decode(), self.source, day)
        except (Invalid, UnicodeDecodeError) as error:
            count("FxRatesDamaged")
            logger().error("reference rates", extra={"key": key, "error": type(error).__name__})
            return None
