"""What the contract suite does not see of S3: keys, memory, and a bucket that does not answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.settlement import (
    BankCategory,
    BankLine,
    Category,
    SettlementLine,
)
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.storage.documents import S3DocumentStore
from countinghouse_aws.storage.run_papers import S3RunPapers, papers_prefix
from countinghouse_aws.storage.settlement_files import HashingReader, S3FileStore
from countinghouse_aws.system.clients import CONFIG
from tests.runs import DAY, NIGHT, PSP, a_run

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NUMBERS = count(1)
MEBIBYTE = 1024 * 1024
FILE = SourceFile("report.csv", "settlement", DAY, "sandbox")
LINE = SettlementLine(
    line_hash="h1",
    file_id="f" * 32,
    line_no=1,
    psp=PSP,
    batch="B1",
    category=Category.CAPTURE,
    raw_type="Settled",
    merchant_reference="o1",
    psp_reference="ch_1",
    modification_reference="",
    currency="EUR",
    gross=1_000,
    fee=30,
    net=970,
    original_currency="",
    original_gross=0,
    booked_at=NIGHT,
    settlement_day=DAY,
)
BANK_LINE = BankLine("h2", "f" * 32, 1, "main", BankCategory.SETTLEMENT, "B1", "EUR", 970, DAY)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        yield boto3.client("s3", region_name="eu-central-1", config=CONFIG)


@pytest.fixture
def bucket(s3: S3Client) -> str:
    name = f"lake-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name


def store(s3: S3Client, bucket: str) -> S3FileStore:
    def encoded(lines: Sequence[SettlementLine] | Sequence[BankLine]) -> bytes:
        return " ".join(line.line_hash for line in lines).encode()

    return S3FileStore(s3, bucket, encoded, encoded)


def keys(s3: S3Client, bucket: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def content(s3: S3Client, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_a_file_stands_under_its_psp_day_kind_and_name(s3: S3Client, bucket: str) -> None:
    raw = store(s3, bucket).keep(PSP, FILE, [b"x"])

    assert raw.key == "settlement-files/sandbox/2026-11-22/settlement/report.csv"
    assert keys(s3, bucket) == [raw.key]


def test_a_file_goes_nowhere_else_whatever_its_source_calls_it(s3: S3Client, bucket: str) -> None:
    hostile = SourceFile("../../../postings/day=x/a", "bank", "../../closes", "")

    raw = store(s3, bucket).keep(PSP, hostile, [b"x"])

    folder, psp, day, kind, name = raw.key.split("/")
    assert (folder, psp, kind) == ("settlement-files", PSP, "bank")
    assert not day.startswith(".")
    assert not name.startswith(".")
    # The book must know it again by the name it is offered under.
    assert raw.name == hostile.name


class Pieces:
    """A mebibyte a piece; `given` is how many were asked for."""

    def __init__(self, number: int, error: Exception | None = None) -> None:
        self.number, self.error = number, error
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.number):
            self.given += 1
            yield bytes([number]) * MEBIBYTE
        if self.error is not None:
            raise self.error


def test_a_large_file_passes_part_by_part(
    s3: S3Client, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces, seen = Pieces(20), []
    upload = s3.upload_part

    def watched(**wanted: Any) -> Any:
        seen.append(pieces.given)
        return upload(**wanted)

    monkeypatch.setattr(s3, "upload_part", watched)

    raw = store(s3, bucket).keep(PSP, FILE, pieces)

    # Each part of eight mebibytes has left before the next is asked for.
    assert seen == [8, 16, 20]
    read = list(store(s3, bucket).read(raw.key))
    assert [len(piece) for piece in read] == [MEBIBYTE] * 20
    assert [piece[0] for piece in read] == list(range(20))


@pytest.mark.parametrize("number", [1, 9])
def test_nothing_is_left_of_a_file_that_breaks_off(s3: S3Client, bucket: str, number: int) -> None:
    with pytest.raises(Unavailable):
        store(s3, bucket).keep(PSP, FILE, Pieces(number, Unavailable("broke off")))

    assert keys(s3, bucket) == []
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_a_reader_is_short_at_the_end_only() -> None:
    reader = HashingReader([b"ab", b"", b"cdefg", b"h"])

    assert [reader.read(3) for _ in range(4)] == [b"abc", b"def", b"gh", b""]
    assert HashingReader([b"ab", b"c"]).read() == b"abc"


def test_the_inbox_goes_on_past_one_page_and_leaves_its_folders_out(
    s3: S3Client, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for name in ("", "a", "b", "c", "d"):
        s3.put_object(Bucket=bucket, Key=f"inbox/sandbox/{DAY}/bank/{name}", Body=b"x")
    s3.put_object(Bucket=bucket, Key=f"inbox/sandbox2/{DAY}/bank/e", Body=b"x")

    found = store(s3, bucket).dropped(PSP, DAY)

    assert [raw.name for raw in found] == ["a", "b", "c", "d"]
    assert found[0].key == f"inbox/sandbox/{DAY}/bank/a"


def test_settlement_lines_lie_by_psp_and_settlement_day(s3: S3Client, bucket: str) -> None:
    later = replace(LINE, line_hash="h3", settlement_day="2026-11-23")
    again = replace(LINE, line_hash="h4")
    part = [LINE, later, again]

    for _ in range(2):
        store(s3, bucket).lay_settlement_lines(part, 7)

    folder, name = "settlement_lines/psp=sandbox", f"{'f' * 32}-00007.tsv.gz"
    assert keys(s3, bucket) == [f"{folder}/day={DAY}/{name}", f"{folder}/day=2026-11-23/{name}"]
    assert content(s3, bucket, f"{folder}/day={DAY}/{name}") == b"h1 h4"
    assert content(s3, bucket, f"{folder}/day=2026-11-23/{name}") == b"h3"


def test_a_statements_lines_lie_by_account_and_value_day(s3: S3Client, bucket: str) -> None:
    other = replace(BANK_LINE, line_hash="h3", account="bank:b/../x")

    store(s3, bucket).lay_bank_lines([BANK_LINE, other], 1)
    store(s3, bucket).lay_bank_lines([replace(BANK_LINE, line_hash="h4")], 2)

    name = f"{'f' * 32}-0000"
    assert {key: content(s3, bucket, key) for key in keys(s3, bucket)} == {
        f"bank_lines/account=main/day={DAY}/{name}1.tsv.gz": b"h2",
        f"bank_lines/account=bank:b%2F..%2Fx/day={DAY}/{name}1.tsv.gz": b"h3",
        f"bank_lines/account=main/day={DAY}/{name}2.tsv.gz": b"h4",
    }


def test_no_lines_are_no_object(s3: S3Client, bucket: str) -> None:
    store(s3, bucket).lay_settlement_lines([], 1)
    store(s3, bucket).lay_bank_lines([], 1)

    assert keys(s3, bucket) == []


def refusal(code: str) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": ""}}
    return ClientError(error, "Any")


class Down:
    """S3, every call of which fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise self.error

        return fail


@pytest.mark.parametrize(
    "error", [refusal("SlowDown"), refusal("AccessDenied"), ReadTimeoutError(endpoint_url="s3")]
)
def test_a_bucket_that_does_not_answer_may_do_so_later(error: Exception) -> None:
    files = store(cast(Any, Down(error)), "lake")

    with pytest.raises(Unavailable):
        files.keep(PSP, FILE, [b"x"])
    with pytest.raises(Unavailable):
        files.dropped(PSP, DAY)
    with pytest.raises(Unavailable):
        list(files.read("a"))
    with pytest.raises(Unavailable):
        files.lay_settlement_lines([LINE], 1)
    with pytest.raises(Unavailable):
        files.lay_bank_lines([BANK_LINE], 1)


def test_a_read_that_breaks_off_may_be_whole_later() -> None:
    class Body:
        def iter_chunks(self, size: int) -> Iterator[bytes]:
            yield b"x"
            raise ReadTimeoutError(endpoint_url="s3")

        def close(self) -> None:
            self.closed = True

    class Client:
        body = Body()

        def get_object(self, **_: object) -> dict[str, Body]:
            return {"Body": self.body}

    client = Client()
    pieces = store(cast(Any, client), "lake").read("a")

    assert next(pieces) == b"x"
    with pytest.raises(Unavailable):
        next(pieces)
    assert client.body.closed


def test_papers_stand_under_their_runs_execution_and_nowhere_else(
    s3: S3Client, bucket: str
) -> None:
    prefix = papers_prefix(a_run(execution="4f3c-11"))
    papers = S3RunPapers(S3DocumentStore(s3, bucket), prefix)

    key = papers.write("report.html", b"<p>", "text/html")

    assert key == "reconciliations/sandbox/2026-11-22/4f3c-11/report.html"
    assert s3.head_object(Bucket=bucket, Key=key)["ContentType"] == "text/html"
    for name in ("../report.html", "/report.html", ""):
        with pytest.raises(Invalid):
            papers.write(name, b"", "text/html")
        with pytest.raises(Invalid):
            papers.read(name)
