import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.payouts import Manifest, PayoutLine
from countinghouse_aws.storage.manifests import S3PayoutRuns

LINES = [PayoutLine("s1", "EUR", "2026-11"), PayoutLine("s2", "JPY", "2026-11")]
KEY = "payout-runs/2026-11/sellers.json"


class Bucket:
    """S3 with one bucket; or it fails as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        assert ContentType == "application/json"
        if self.error is not None:
            raise self.error
        self.objects[Bucket, Key] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if self.error is not None:
            raise self.error
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


def test_a_list_is_a_json_array_that_a_distributed_map_can_read() -> None:
    s3 = Bucket()

    manifest = S3PayoutRuns(s3, "documents").save("2026-11", LINES)

    assert manifest == Manifest("documents", KEY, 2)
    assert json.loads(s3.objects["documents", KEY]) == [
        {"seller_id": "s1", "currency": "EUR", "period": "2026-11"},
        {"seller_id": "s2", "currency": "JPY", "period": "2026-11"},
    ]


def test_what_was_kept_is_what_is_read() -> None:
    runs = S3PayoutRuns(Bucket(), "documents")
    runs.save("2026-11", LINES)

    assert runs.load("2026-11") == LINES
    assert runs.load("2026-12") == []


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "Any"),
        ReadTimeoutError(endpoint_url="https://s3"),
    ],
)
def test_a_bucket_that_does_not_answer_may_later(error: Exception) -> None:
    runs = S3PayoutRuns(Bucket(error), "documents")

    with pytest.raises(Unavailable):
        runs.save("2026-11", LINES)
    with pytest.raises(Unavailable):
        runs.load("2026-11")
