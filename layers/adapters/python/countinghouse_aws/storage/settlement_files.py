"""Settlement files and statements in the lake's bucket: as they came, and line by line for queries.

settlement-files/<psp>/<day>/<kind>/<name>                       as it was fetched
inbox/<psp>/<day>/<kind>/<name>                                  as somebody laid it there
settlement_lines/psp=<psp>/day=<day>/<file id>-<number>.tsv.gz   accepted lines, by settlement day
bank_lines/account=<account>/day=<day>/<file id>-<number>.tsv.gz by value day

Whatever stands in a file, its objects stand in these folders (`storage.keys`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import NotFound, Unavailable
from countinghouse.domain.reconciliation import SourceKind
from countinghouse.domain.settlement import BankLine, SettlementLine
from countinghouse.ports.reconciliation import RawFile
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.records import dataclass
from countinghouse_aws.storage.keys import key_part, partition_value

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PIECE = 1024 * 1024
FILE_ID_LENGTH = 32
_PART = 8 * PIECE
# One part after the other in the caller's thread: one part is all there is in memory.
_UPLOAD = TransferConfig(
    multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False, max_concurrency=1
)
_ABSENT = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class S3FileStore:
    """The files of one bucket; the encoders turn lines into one object's bytes, always the same."""

    client: S3Client
    bucket: str
    encode_settlement: Callable[[Sequence[SettlementLine]], bytes]
    encode_bank: Callable[[Sequence[BankLine]], bytes]

    def keep(self, psp: str, file: SourceFile, chunks: Iterable[bytes]) -> RawFile:
        """Keep a file as it came, in bounded memory; nothing is kept of one that breaks off.

        Raises Unavailable, as `chunks` may.
        """
        key = "/".join(map(key_part, ("settlement-files", psp, file.day, file.kind, file.name)))
        reader = HashingReader(chunks)
        with _translated("take the file"):
            # What can be read is file enough for it.
            self.client.upload_fileobj(reader, self.bucket, key, Config=_UPLOAD)  # type: ignore[arg-type]
        kind = SourceKind(file.kind)
        return RawFile(psp, file.day, kind, file.name, file.layout, key, reader.file_id)

    def dropped(self, psp: str, day: str) -> list[RawFile]:
        """Files that somebody laid into the inbox for that PSP and day, by kind and name.

        Raises Unavailable.
        """
        return [
            RawFile(psp, day, kind, key.removeprefix(folder), "", key, self._file_id(key))
            for kind in SourceKind
            for folder in ["/".join((*map(key_part, ("inbox", psp, day, kind)), ""))]
            for key in self._keys(folder)
        ]

    def read(self, key: str) -> Iterator[bytes]:
        """A file's bytes, in pieces of a mebibyte. Raises Unavailable, NotFound."""
        with _translated("give the file"):
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            with closing(body):
                yield from body.iter_chunks(PIECE)

    def lay_settlement_lines(self, part: Sequence[SettlementLine], number: int) -> None:
        """Write a part of a file's lines, an object for each settlement day. Raises Unavailable."""
        found: dict[str, list[SettlementLine]] = defaultdict(list)
        for line in part:
            folder = _folder("settlement_lines", psp=line.psp, day=line.settlement_day)
            found[_key(folder, line.file_id, number)].append(line)
        self._lay({key: self.encode_settlement(lines) for key, lines in found.items()})

    def lay_bank_lines(self, part: Sequence[BankLine], number: int) -> None:
        """Write a part of a statement, an object for each account and day. Raises Unavailable."""
        found: dict[str, list[BankLine]] = defaultdict(list)
        for line in part:
            folder = _folder("bank_lines", account=line.account, day=line.value_day)
            found[_key(folder, line.file_id, number)].append(line)
        self._lay({key: self.encode_bank(lines) for key, lines in found.items()})

    def _lay(self, objects: Mapping[str, bytes]) -> None:
        for key, content in objects.items():
            with _translated("take the lines"):
                self.client.put_object(
                    Bucket=self.bucket, Key=key, Body=content, ContentType="application/gzip"
                )

    def _keys(self, folder: str) -> Iterator[str]:
        with _translated("list the inbox"):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=folder):
                for one in page.get("Contents", []):
                    if not one["Key"].endswith("/"):
                        yield one["Key"]

    def _file_id(self, key: str) -> str:
        reader = HashingReader(self.read(key))
        while reader.read(PIECE):
            pass
        return reader.file_id


class HashingReader:
    """Chunks as a readable file that is hashed while it is read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = bytearray()
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer only at the end: S3 takes a short answer for the end."""
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += chunk
        taken = bytes(self._left) if size < 0 else bytes(self._left[:size])
        del self._left[: len(taken)]
        self._hash.update(taken)
        return taken

    @property
    def file_id(self) -> str:
        """The hash of all that was read."""
        return self._hash.hexdigest()[:FILE_ID_LENGTH]


def _folder(table: str, **partition: str) -> str:
    """`bank_lines/account=main/day=2026-11-22`; the lines' objects do not repeat these values."""
    parts = [f"{name}={partition_value(value)}" for name, value in partition.items()]
    return "/".join((table, *parts))


def _key(folder: str, file_id: str, number: int) -> str:
    return f"{folder}/{key_part(file_id)}-{number:05}.tsv.gz"


@contextmanager
def _translated(wanted: str) -> Iterator[None]:
    """Take an object that is not there for NotFound, any other error of S3 for Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ABSENT:
            raise NotFound("there is no such file") from error
        raise Unavailable(f"S3 did not {wanted}") from error
    except BotoCoreError as error:
        raise Unavailable(f"S3 did not {wanted}") from error
