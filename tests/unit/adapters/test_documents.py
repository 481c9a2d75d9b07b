import io
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse_aws.storage.documents import S3DocumentStore


class Bucket:
    """One bucket's objects; `error` is raised instead of any answer."""

    def __init__(self, error: Exception | None = None) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.error = error

    def put_object(self, Bucket: str, Key: str, **more: Any) -> None:  # noqa: N803
        self._fail()
        self.objects[f"{Bucket}/{Key}"] = more

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self._fail()
        if f"{Bucket}/{Key}" not in self.objects:
            raise refusal("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[f"{Bucket}/{Key}"]["Body"])}

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def refusal(code: str) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": ""}}
    return ClientError(error, "GetObject")


def store(bucket: Bucket) -> S3DocumentStore:
    return S3DocumentStore(cast(Any, bucket), "documents")


def test_what_is_written_is_read_back() -> None:
    bucket = Bucket()
    documents = store(bucket)

    documents.write("a/b.json", b"{}\n", "application/json")

    assert documents.read("a/b.json") == b"{}\n"
    assert bucket.objects["documents/a/b.json"]["ContentType"] == "application/json"


def test_what_was_never_written_is_none() -> None:
    assert store(Bucket()).read("a") is None


@pytest.mark.parametrize(
    "error", [refusal("SlowDown"), refusal("AccessDenied"), ReadTimeoutError(endpoint_url="s3")]
)
def test_a_bucket_that_does_not_answer_may_do_so_later(error: Exception) -> None:
    documents = store(Bucket(error))

    with pytest.raises(Unavailable):
        documents.read("a")
    with pytest.raises(Unavailable):
        documents.write("a", b"", "text/csv")
