"""Statements and close packs, as objects in S3: a key written again is a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.records import dataclass

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_ABSENT = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class S3DocumentStore:
    """The documents of one bucket."""

    client: S3Client
    bucket: str

    def read(self, key: str) -> bytes | None:
        """The newest version, or None. Raises Unavailable."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise Unavailable("S3 did not give the document") from error
        except BotoCoreError as error:
            raise Unavailable("S3 did not give the document") from error

    def write(self, key: str, content: bytes, media_type: str) -> None:
        """Keep a version. Raises Unavailable."""
        try:
            self.client.put_object(
                Bucket=self.bucket, Key=key, Body=content, ContentType=media_type
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("S3 did not take the document") from error
