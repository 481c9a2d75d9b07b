"""A file's bytes as lines of text, whatever its size: nothing but one line is ever held.

UTF-8, with or without its mark, plain or gzipped. What is wrong with a line is said of that line;
what ends a file early (a broken or bursting gzip stream) stands as a last, faulty line, so that
every line before it is still there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from countinghouse.records import dataclass

LINE_BYTES_MAX = 64 * 1024
"""A longer line, or row of several lines, is refused without being kept."""
PIECE_BYTES = 64 * 1024
UNPACKED_BYTES_MAX = 4 * 1024**3
"""Bytes of a file that are read at most, some ten million lines."""
EXPANSION_MAX = 100
"""How many times its packed size a file may unpack to; text like this comes to 5 or 20 times."""
EXPANSION_FREE_BYTES = 1024**2
"""A file that unpacks to less may do so from any size."""

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_GZIP = b"\x1f\x8b"
_FOREIGN = (
    (b"\x00\x00\xfe\xff", "is UTF-32, not UTF-8"),
    (b"\xff\xfe", "is UTF-16, not UTF-8"),
    (b"\xfe\xff", "is UTF-16, not UTF-8"),
    (b"PK", "is a ZIP archive or a workbook, not CSV"),
    (b"%PDF", "is a PDF, not CSV"),
    (b"BZh", "is packed with bzip2; only gzip is read"),
    (b"\xfd7zX", "is packed with xz; only gzip is read"),
    (b"(\xb5/\xfd", "is packed with zstd; only gzip is read"),
)


class Broken(Exception):
    """The bytes cannot be read on from here; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, counted from 1; `fault` says why it has no text.

    `ended` is whether a line break followed: a file that was cut off has a last line without.
    """

    number: int
    text: str = ""
    fault: str = ""
    ended: bool = True


def lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The file's lines. Raises only what `chunks` raises."""
    kept = bytearray()
    number = 1
    try:
        for piece in unpacked(chunks):
            *ends, rest = piece.split(b"\n")
            for part in ends:
                _grow(kept, part)
                yield _line(number, kept)
                kept.clear()
                number += 1
            _grow(kept, rest)
    except Broken as broken:
        yield Line(number, fault=str(broken), ended=False)
        return
    if kept:
        yield _line(number, kept, ended=False)


def _grow(kept: bytearray, part: bytes) -> None:
    # One piece over the limit is enough to know; the rest of the line is dropped as it comes.
    if len(kept) <= LINE_BYTES_MAX:
        kept += part


def _line(number: int, kept: bytearray, *, ended: bool = True) -> Line:
    if len(kept) > LINE_BYTES_MAX:
        return Line(number, fault=f"is longer than {LINE_BYTES_MAX} bytes", ended=ended)
    try:
        text = kept.decode("utf-8")
    except UnicodeDecodeError:
        return Line(number, fault="is not UTF-8", ended=ended)
    if "\0" in text:
        return Line(number, fault="holds a NUL character", ended=ended)
    if number == 1:
        text = text.removeprefix(_MARK)
    return Line(number, text.removesuffix("\r"), ended=ended)


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The file's text in small pieces, gzip undone. Raises Broken, perhaps after some pieces."""
    pieces = _pieces(chunks)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_FOREIGN[0][0]):
            break
    for magic, why in _FOREIGN:
        if head.startswith(magic):
            raise Broken(why)
    whole = chain([head], pieces)
    plain = _inflated(whole) if head.startswith(_GZIP) else whole
    size = 0
    for piece in plain:
        size += len(piece)
        if size > UNPACKED_BYTES_MAX:
            raise Broken(f"holds more than {UNPACKED_BYTES_MAX} bytes")
        yield piece


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES]


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip file's content, all its members; never more than a piece of it in memory."""
    inflater = zlib.decompressobj(wbits=31)
    packed = size = 0
    for piece in pieces:
        packed += len(piece)
        rest = piece
        while rest:
            if inflater.eof:
                inflater = zlib.decompressobj(wbits=31)
            part, rest = _inflate(inflater, rest)
            size += len(part)
            if size > max(EXPANSION_FREE_BYTES, EXPANSION_MAX * packed):
                raise Broken(f"unpacks to more than {EXPANSION_MAX} times its size")
            yield part
    if not inflater.eof:
        raise Broken("is cut off: its gzip data does not end")


def _inflate(inflater: zlib._Decompress, packed: bytes) -> tuple[bytes, bytes]:
    """One piece of content, and the packed bytes that are left. Raises Broken."""
    try:
        part = inflater.decompress(packed, PIECE_BYTES)
    except zlib.error:
        raise Broken("has damaged gzip data") from None
    return part, inflater.unused_data if inflater.eof else inflater.unconsumed_tail
