from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.fx import RateTable, parse_decimal
from countinghouse.domain.instants import MINUTE
from countinghouse.ports.fx import ReferenceRates
from countinghouse_aws.fx.reference_rates import S3ReferenceRates, rates_key
from countinghouse_aws.system.clients import CONFIG
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeReferenceRates
from tests.fakes.lambdas import logged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

FRIDAY, SATURDAY, SUNDAY, MONDAY = "2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16"
BUCKET = "rates"
Lay = Callable[[str, str], None]


def csv(day: str, dollars: str) -> bytes:
    return f"Date, USD, \n{day}, {dollars}, \n".encode()


@pytest.fixture
def s3(dynamodb: DynamoDBClient) -> S3Client:
    """moto's S3, which stands where its DynamoDB does; empty for each test."""
    client = boto3.client("s3", region_name="eu-central-1", config=CONFIG)
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    return client


@pytest.fixture(params=["fake", "s3"])
def world(request: pytest.FixtureRequest) -> tuple[ReferenceRates, Lay]:
    """The rates, and how a day's are laid down."""
    if request.param == "fake":
        fake = FakeReferenceRates()

        def lay(day: str, dollars: str) -> None:
            fake.lay(RateTable("ecb", day, {"USD": parse_decimal(dollars)}))

        return fake, lay
    client = request.getfixturevalue("s3")

    def put(day: str, dollars: str) -> None:
        client.put_object(Bucket=BUCKET, Key=rates_key("ecb", day), Body=csv(day, dollars))

    return S3ReferenceRates(client, BUCKET, "ecb", FakeClock()), put


def test_a_days_own_rates_come_first(world: tuple[ReferenceRates, Lay]) -> None:
    rates, lay = world
    lay(FRIDAY, "1.1")
    lay(MONDAY, "1.2")

    found = rates.newest(MONDAY, 5)

    assert found == RateTable("ecb", MONDAY, {"USD": parse_decimal("1.2")})


@pytest.mark.parametrize(("back", "found"), [(2, FRIDAY), (5, FRIDAY), (1, None), (0, None)])
def test_over_a_weekend_the_last_ones_count(
    world: tuple[ReferenceRates, Lay], back: int, found: str | None
) -> None:
    rates, lay = world
    lay(FRIDAY, "1.1")
    lay("2026-11-12", "1.0")

    table = rates.newest(SUNDAY, back)

    assert (table.as_of if table else None) == found


def test_without_rates_there_is_none(world: tuple[ReferenceRates, Lay]) -> None:
    assert world[0].newest(SUNDAY, 9) is None


# --- S3 alone -----------------------------------------------------------------------------------


class Bucket:
    """Objects by key, and what was asked for; `error` is raised instead of any answer."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {
            rates_key("ecb", day.replace("_", "-")[1:]): c for day, c in objects.items()
        }
        self.asked: list[str] = []
        self.error: Exception | None = None

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.asked.append(Key.rpartition("/")[2])
        if self.error is not None:
            raise self.error
        if Key not in self.objects:
            answer: Any = {"Error": {"Code": "NoSuchKey", "Message": ""}}
            raise ClientError(answer, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


def over(bucket: Bucket, clock: FakeClock) -> S3ReferenceRates:
    return S3ReferenceRates(cast("Any", bucket), BUCKET, "ecb", clock)


def test_a_file_is_read_once_and_a_missing_one_looked_for_again_after_a_while() -> None:
    bucket, clock = Bucket(d2026_11_13=csv(FRIDAY, "1.1")), FakeClock()
    rates = over(bucket, clock)

    for _ in range(3):
        assert rates.newest(SATURDAY, 5) is not None
    assert bucket.asked == [f"{SATURDAY}.csv", f"{FRIDAY}.csv"]

    clock.advance(10 * MINUTE)
    bucket.objects[rates_key("ecb", SATURDAY)] = csv(SATURDAY, "1.2")
    found = rates.newest(SATURDAY, 5)

    assert found is not None
    assert found.as_of == SATURDAY
    assert bucket.asked[2:] == [f"{SATURDAY}.csv"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Date, USD\n", csv(SATURDAY, "1.1")])
def test_a_damaged_file_counts_as_missing_and_is_told(content: bytes) -> None:
    bucket = Bucket(d2026_11_13=content, d2026_11_12=csv("2026-11-12", "1.0"))

    with logged() as log:
        found = over(bucket, FakeClock()).newest(FRIDAY, 5)

    assert found is not None
    assert found.as_of == "2026-11-12"
    assert "fx-rates/ecb/2026-11-13.csv" in log.getvalue()


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown"])
def test_a_bucket_that_does_not_answer_may_do_so_later(code: str) -> None:
    bucket = Bucket()
    answer: Any = {"Error": {"Code": code, "Message": ""}}
    bucket.error = ClientError(answer, "GetObject")
    rates = over(bucket, FakeClock())

    with pytest.raises(Unavailable):
        rates.newest(FRIDAY, 5)

    bucket.error = ReadTimeoutError(endpoint_url="s3")
    with pytest.raises(Unavailable):
        rates.newest(FRIDAY, 5)
