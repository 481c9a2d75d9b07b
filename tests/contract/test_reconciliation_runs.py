"""Runs, files, their bytes and papers: the same suite on the fakes and on DynamoDB and S3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3
import pytest

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.reconciliation import FileStatus, RunStatus, SourceKind
from countinghouse.domain.settlement import Reject
from countinghouse.ports.reconciliation import FileBook, FileStore, RunBook, RunPapers
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.dynamodb.codec import to_item
from countinghouse_aws.dynamodb.reconciliation import (
    DynamoFileBook,
    DynamoRunBook,
    encode_file,
    encode_run,
)
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.storage.documents import S3DocumentStore
from countinghouse_aws.storage.run_papers import S3RunPapers
from countinghouse_aws.storage.settlement_files import S3FileStore
from countinghouse_aws.system.clients import CONFIG
from tests.contract.tables import Tables
from tests.fakes.reconciliation import (
    FakeFileBook,
    FakeFileStore,
    FakeRunBook,
    FakeRunPapers,
)
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_total

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

S = RunStatus
FULL_RUN = a_run(
    S.COMPLETED,
    version=2,
    counts={"matched": 4_990, "open": 3},
    totals={"EUR": {"gross": 700_000, "net": -1}, "JPY": {}},
    report_key="reconciliations/sandbox/2026-11-22/x/report.json",
    failure="only_to_be_complete",
)
FULL_FILE = a_file(
    status=FileStatus.STOPPED,
    version=3,
    lines=5_000,
    duplicates=2,
    reasons=("does not add up", "a line was rejected"),
    rejects=(Reject(7, "no amount"), Reject(9, "no currency")),
    rejected=2,
    counts={"capture": 4_998},
    totals=(a_total(), a_total("B|2", "JPY", net=-5)),
    arrived={"B1|EUR": -970},
    settled={"B1|EUR": "jrn_1"},
)


@dataclass
class Books:
    runs: RunBook
    files: FileBook


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        return Books(FakeRunBook(), FakeFileBook())
    table: Table = request.getfixturevalue("tables").reconciliation
    return Books(DynamoRunBook(table), DynamoFileBook(table))


def test_a_run_is_added_once_and_the_second_sees_the_first(books: Books) -> None:
    assert books.runs.get(PSP, DAY) is None

    assert books.runs.add(FULL_RUN) is None
    assert books.runs.add(a_run(execution="other")) == FULL_RUN

    assert books.runs.get(PSP, DAY) == FULL_RUN
    assert books.runs.get("other", DAY) is None
    assert books.runs.get(PSP, "2026-11-23") is None


def test_a_run_is_replaced_by_who_read_it_last(books: Books) -> None:
    run = a_run()
    books.runs.add(run)
    done = run.ended(S.COMPLETED, NIGHT + 5, counts={"open": 1}, totals={"EUR": {"gross": 1}})

    books.runs.replace(run, done)
    assert books.runs.get(PSP, DAY) == done
    with pytest.raises(Conflict):
        books.runs.replace(run, run.ended(S.FAILED, NIGHT + 6, failure="late"))

    again = done.restarted("rec-3", "eve", NIGHT + 7)
    books.runs.replace(done, again)
    assert books.runs.get(PSP, DAY) == again


def test_a_run_that_is_not_there_is_not_replaced(books: Books) -> None:
    run = a_run()

    with pytest.raises(Conflict):
        books.runs.replace(run, run.ended(S.FAILED, NIGHT))
    assert books.runs.get(PSP, DAY) is None


def test_runs_are_listed_newest_first_page_by_page(books: Books) -> None:
    days = [f"2026-11-{number:02}" for number in (9, 30, 1, 22, 10)]
    for day in days:
        books.runs.add(a_run(day=day))
    books.runs.add(a_run(psp="sandbox2", day="2026-11-15"))
    books.files.put(a_file())

    def page(before: str | None, limit: int) -> list[str]:
        return [run.day[-2:] for run in books.runs.newest(PSP, before, limit)]

    assert page(None, 2) == ["30", "22"]
    assert page("2026-11-22", 2) == ["10", "09"]
    assert page("2026-11-09", 2) == ["01"]
    assert page("2026-11-01", 2) == []
    assert page("", 10) == ["30", "22", "10", "09", "01"]
    assert books.runs.newest("none", None, 5) == []


def test_a_file_is_put_once_and_the_second_sees_the_first(books: Books) -> None:
    known = replace(FULL_FILE, status=FileStatus.ACCEPTED)

    assert books.files.put(known) == known
    assert books.files.put(a_file(name="other.csv")) == known

    assert books.files.of_days(PSP, DAY, DAY) == [known]


def test_every_field_of_a_file_is_read_back(books: Books) -> None:
    books.files.put(FULL_FILE)

    assert books.files.of_days(PSP, DAY, DAY) == [FULL_FILE]


def test_the_same_bytes_are_another_file_of_another_day_or_kind(books: Books) -> None:
    files = [a_file(), a_file(kind=SourceKind.BANK), a_file(day="2026-11-21"), a_file("0" * 32)]
    for file in files:
        assert books.files.put(file) == file

    assert len(books.files.of_days(PSP, "2026-11-21", DAY)) == 4


def test_files_come_in_the_order_of_their_days_and_of_no_other_days(books: Books) -> None:
    for number in (22, 13, 23, 12, 14):
        books.files.put(a_file(day=f"2026-11-{number:02}"))
    books.files.put(a_file("0" * 32, kind=SourceKind.BANK, day="2026-11-14"))
    books.files.put(a_file(psp="sandbox2", day="2026-11-14"))
    books.runs.add(a_run())

    found = books.files.of_days(PSP, "2026-11-13", "2026-11-22")

    assert [(file.day[-2:], file.kind) for file in found] == [
        ("13", "settlement"),
        ("14", "bank"),
        ("14", "settlement"),
        ("22", "settlement"),
    ]


def test_a_files_record_is_replaced_by_who_read_it_last(books: Books) -> None:
    file = a_file(totals=(a_total(),))
    books.files.put(file)
    settled = file.with_settled({"B1|EUR": "jrn_1"})

    books.files.replace(file, settled)

    with pytest.raises(Conflict):
        books.files.replace(file, file.with_settled({"B1|EUR": "jrn_2"}))
    assert books.files.of_days(PSP, DAY, DAY) == [settled]


def test_rows_keep_out_of_the_indexes_of_breaks_and_far_below_the_limit_of_a_row() -> None:
    rejects = tuple(Reject(n, "r" * 200) for n in range(100))
    totals = tuple(a_total(f"{n:032}", net=10**14) for n in range(100))
    large = encode_file(replace(FULL_FILE, rejects=rejects, totals=totals))

    assert not {*large, *encode_run(FULL_RUN)} & {"run_id", "opened_at", "open_psp"}
    assert len(str(to_item(large))) < 100_000


def test_a_table_with_the_indexes_of_breaks_shows_nothing_of_runs_in_them(tables: Tables) -> None:
    table = tables.reconciliation
    DynamoRunBook(table).add(FULL_RUN)
    DynamoFileBook(table).put(FULL_FILE)

    for index in ("by_run", "open"):
        answer = table.client.scan(TableName=table.name, IndexName=index)
        assert answer["Items"] == []


STATEMENT = SourceFile("2026-11-22.xml", "bank", DAY, "camt053")
REPORT = SourceFile("report.csv", "settlement", DAY, "")


@pytest.fixture(scope="module")
def s3(dynamodb: object) -> S3Client:
    """moto's S3, within the session's mock."""
    client = boto3.client("s3", region_name="eu-central-1", config=CONFIG)
    client.create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return client


@dataclass
class Store:
    files: FileStore
    papers: RunPapers
    fake: FakeFileStore | None
    client: S3Client | None

    def drop(self, day: str, kind: SourceKind, name: str, content: bytes) -> None:
        if self.fake is not None:
            self.fake.drop(PSP, day, kind, name, content)
        elif self.client is not None:
            key = f"inbox/{PSP}/{day}/{kind}/{name}"
            self.client.put_object(Bucket="lake", Key=key, Body=content)


@pytest.fixture(params=["fake", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeFileStore()
        return Store(fake, FakeRunPapers(), fake, None)
    client: S3Client = request.getfixturevalue("s3")
    for one in client.list_objects_v2(Bucket="lake").get("Contents", []):
        client.delete_object(Bucket="lake", Key=one["Key"])
    files = S3FileStore(client, "lake", lambda lines: b"", lambda lines: b"")
    papers = S3RunPapers(S3DocumentStore(client, "lake"), "papers/")
    return Store(files, papers, None, client)


def test_a_file_is_kept_as_it_came_under_the_hash_of_its_bytes(store: Store) -> None:
    raw = store.files.keep(PSP, STATEMENT, iter([b"<Doc", b"", b"ument/>"]))

    assert (raw.psp, raw.day, raw.kind) == (PSP, DAY, SourceKind.BANK)
    assert (raw.name, raw.layout) == (STATEMENT.name, "camt053")
    assert raw.file_id == hashlib.sha256(b"<Document/>").hexdigest()[:32]
    assert b"".join(store.files.read(raw.key)) == b"<Document/>"


def test_a_file_is_the_same_however_it_is_cut(store: Store) -> None:
    once = store.files.keep(PSP, REPORT, iter([b"abc"]))

    assert store.files.keep(PSP, REPORT, iter([b"a", b"bc"])) == once
    assert store.files.keep(PSP, STATEMENT, iter([b"abc"])).key != once.key
    assert store.files.keep(PSP, REPORT, iter([b"abcd"])).file_id != once.file_id


def test_an_empty_file_is_a_file(store: Store) -> None:
    raw = store.files.keep(PSP, REPORT, iter(()))

    assert b"".join(store.files.read(raw.key)) == b""
    assert raw.file_id == hashlib.sha256(b"").hexdigest()[:32]


def test_a_file_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        list(store.files.read("settlement-files/sandbox/none"))


def test_the_inbox_gives_its_days_files_of_both_kinds(store: Store) -> None:
    assert store.files.dropped(PSP, DAY) == []
    store.drop(DAY, SourceKind.SETTLEMENT, "by hand.csv", b"one")
    store.drop(DAY, SourceKind.BANK, "b.xml", b"two")
    store.drop("2026-11-21", SourceKind.BANK, "older.xml", b"three")
    kept = store.files.keep(PSP, REPORT, iter([b"one"]))

    found = store.files.dropped(PSP, DAY)

    assert [(raw.kind, raw.name, raw.layout) for raw in found] == [
        (SourceKind.SETTLEMENT, "by hand.csv", ""),
        (SourceKind.BANK, "b.xml", ""),
    ]
    assert found[0].file_id == kept.file_id
    assert b"".join(store.files.read(found[1].key)) == b"two"


def test_papers_are_read_back_by_name(store: Store) -> None:
    assert store.papers.read("summary.json") is None

    key = store.papers.write("summary.json", b"{}", "application/json")
    store.papers.write("chunks/00001.json", b"[]", "application/json")
    store.papers.write("summary.json", b"{1}", "application/json")

    assert key == "papers/summary.json"
    assert store.papers.read("summary.json") == b"{1}"
    assert store.papers.read("chunks/00001.json") == b"[]"
