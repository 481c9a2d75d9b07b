"""Where Athena lays a query's result."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

ABSENT: Final = frozenset({"NoSuchKey", "404"})


def result_body(s3: Any, location: str, query_id: str) -> Any:
    """The body of a finished query's result at `location`, a CSV file. Raises as botocore does."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ABSENT:
            raise
    # The emulator takes the location for a folder.
    return s3.get_object(Bucket=bucket, Key=f"{key}/{query_id}.csv")["Body"]
