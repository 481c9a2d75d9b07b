"""Settlement files as they should be and as they should not, each with what has to become of it.

`HOSTILE` holds every one by name. All are made from one good file of the sandbox's layout, whose
lines are `GOOD_LINES` and whose batch and day are `BATCH` and `DAY`.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

PSP = "sandbox"
DAY = "2026-11-22"
BATCH = "7"
HEADER = (
    "batch,settlement_date,line,type,psp_reference,merchant_reference,session,method,captured_at,"
    "currency,gross,fee,net,modification_reference,booked_at"
)
BANK_HEADER = "account,value_date,line,type,reference,currency,amount"
NOON = "2026-11-22T12:00:00.000000Z"


def line(
    number: int,
    kind: str = "charge",
    gross: int | str = 7_000,
    fee: int | str = 123,
    net: int | str | None = None,
    *,
    currency: str = "EUR",
    psp_reference: str | None = None,
    merchant_reference: str | None = None,
    modification: str = "",
    batch: str = BATCH,
    day: str = DAY,
    booked_at: str = NOON,
) -> str:
    """One line of a sandbox file; a charge's references come from its number."""
    if net is None:
        net = int(gross) - int(fee)
    charged = kind in ("charge", "refund", "refund_reversal", "chargeback", "chargeback_reversal")
    charge = (f"ch_{number}" if charged else "") if psp_reference is None else psp_reference
    order = (
        (f"ord_{number}" if charged else "") if merchant_reference is None else merchant_reference
    )
    return (
        f"{batch},{day},{number},{kind},{charge},{order},tok_{number},credit_card,{NOON},"
        f"{currency},{gross},{fee},{net},{modification},{booked_at}"
    )


# Nets: 6877 + 961 - 500 - 2500 - 30 - 300 = 4508 EUR, 1947 USD.
GOOD_LINES = (
    line(1, gross=7_000, fee=123),
    line(2, gross=1_000, fee=39),
    line(
        3, "refund", -500, 0, psp_reference="ch_1", merchant_reference="ord_1", modification="re_1"
    ),
    line(4, "chargeback", -1_000, 1_500, psp_reference="ch_2", modification="dp_1"),
    line(5, gross=2_000, fee=53, currency="USD"),
    line(6, "fee", 0, 30),
    line(7, "reserve_held", -300, 0),
    line(8, "payout", -4_508, 0),
    line(9, "payout", -1_947, 0, currency="USD"),
)


def file_of(*lines: str, header: str = HEADER) -> bytes:
    """A file of these lines, each ended by a line break."""
    return "".join(f"{one}\n" for one in (header, *lines)).encode()


GOOD = file_of(*GOOD_LINES)
GOOD_COUNT = len(GOOD_LINES)


@dataclass(frozen=True)
class HostileFile:
    """A file, and what it has to come to.

    `refused` is a part of the reason when nothing of it can be read. Otherwise `rejects` has the
    number of every rejected line with a part of its reason, `kept` counts the accepted lines with
    each once, and `stopped` says that it may not be posted.
    """

    content: bytes
    refused: str = ""
    rejects: Mapping[int, str] = field(default_factory=dict)
    kept: int = GOOD_COUNT
    duplicates: int = 0
    stopped: bool = True


def _with(number: int, bad: str | bytes) -> bytes:
    """The good file with another line put in, so that it becomes line `number`."""
    raw = bad.encode() if isinstance(bad, str) else bad
    lines = GOOD.split(b"\n")
    return b"\n".join([*lines[: number - 1], raw, *lines[number - 1 :]])


def _one_bad(bad: str | bytes, reason: str) -> HostileFile:
    """A bad line in the middle: it is named, and none of the others is lost."""
    return HostileFile(_with(5, bad), rejects={5: reason})


def _zip_of(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settlement.csv", content)
    return out.getvalue()


def _bomb() -> bytes:
    return gzip.compress(GOOD + b"x" * 8_000_000)


def _reordered_columns() -> bytes:
    rows = [row.split(",")[::-1] for row in GOOD.decode().splitlines()]
    return "".join(",".join(row) + "\n" for row in rows).encode()


_FINE = {
    "good": HostileFile(GOOD, stopped=False),
    "with a byte order mark": HostileFile(b"\xef\xbb\xbf" + GOOD, stopped=False),
    "with carriage returns": HostileFile(GOOD.replace(b"\n", b"\r\n"), stopped=False),
    "gzipped": HostileFile(gzip.compress(GOOD), stopped=False),
    "gzipped in two members": HostileFile(
        gzip.compress(GOOD[:200]) + gzip.compress(GOOD[200:]), stopped=False
    ),
    "with blank lines": HostileFile(GOOD.replace(b"\n", b"\n\n"), stopped=False),
    "lines reordered": HostileFile(file_of(*GOOD_LINES[::-1]), stopped=False),
    "columns reordered": HostileFile(_reordered_columns(), stopped=False),
    "every line twice": HostileFile(
        file_of(*GOOD_LINES, *GOOD_LINES), duplicates=GOOD_COUNT, stopped=False
    ),
    "one line again under another number": HostileFile(
        file_of(*GOOD_LINES, GOOD_LINES[0].replace(f"{DAY},1,", f"{DAY},10,", 1)),
        duplicates=1,
        stopped=False,
    ),
    "no lines": HostileFile(file_of(), kept=0, stopped=False),
}

_REFUSED = {
    "empty": HostileFile(b"", refused="empty", kept=0),
    "no header": HostileFile(
        file_of(*GOOD_LINES[1:], header=GOOD_LINES[0]), refused="no known layout"
    ),
    "semicolons": HostileFile(GOOD.replace(b",", b";"), refused="no known layout"),
    "cut in the header": HostileFile(HEADER[:-5].encode(), refused="booked_at is missing"),
    "a column missing": HostileFile(GOOD.replace(b",net,", b",rest,"), refused="net is missing"),
    "a column twice": HostileFile(
        file_of(*(f"{one},1" for one in GOOD_LINES), header=f"{HEADER},net"),
        refused="column net stands twice",
    ),
    "a foreign column twice": HostileFile(
        file_of(*(f"{one},a,b" for one in GOOD_LINES), header=f"{HEADER},note,note"),
        refused="a column stands twice",
    ),
    "UTF-16": HostileFile(GOOD.decode().encode("utf-16"), refused="UTF-16"),
    "UTF-16 without a mark": HostileFile(GOOD.decode().encode("utf-16-le"), refused="NUL"),
    "UTF-32": HostileFile(
        b"\x00\x00\xfe\xff" + GOOD.decode().encode("utf-32-be"), refused="UTF-32"
    ),
    "latin-1 in the header": HostileFile(b"\xe9," + GOOD, refused="not UTF-8"),
    "a ZIP archive": HostileFile(_zip_of(GOOD), refused="ZIP"),
    "a PDF": HostileFile(b"%PDF-1.7\n" + GOOD, refused="PDF"),
    "bytes of chance": HostileFile(bytes(range(128, 256)) * 40, refused="not UTF-8"),
    "one line without end": HostileFile(b"x" * 10_000_000, refused="longer than"),
    "gzip in gzip": HostileFile(gzip.compress(gzip.compress(GOOD)), refused="not UTF-8"),
    "damaged gzip": HostileFile(b"\x1f\x8b\x08\x00" + b"\xff" * 60, refused="damaged gzip"),
}

_QUARANTINED = {
    "cut off in the last line": HostileFile(
        GOOD[:-20], rejects={10: "cut off"}, kept=GOOD_COUNT - 1
    ),
    "cut off at a line": HostileFile(file_of(*GOOD_LINES[:-1]), kept=GOOD_COUNT - 1),
    "gzip cut off": HostileFile(
        gzip.compress(GOOD)[:-8], rejects={11: "gzip data does not end"}, kept=GOOD_COUNT
    ),
    "gzip with garbage behind": HostileFile(
        gzip.compress(GOOD) + b"garbage", rejects={11: "damaged gzip"}
    ),
    "gzip bomb": HostileFile(_bomb(), rejects={11: "unpacks to more than"}),
    "latin-1 in a line": _one_bad(line(90).encode() + b"\xe9", "not UTF-8"),
    "a NUL": _one_bad(line(90, merchant_reference="o\0"), "NUL"),
    "a line of 10 MB": _one_bad(b"7," * 5_000_000, "longer than"),
    "a formula": _one_bad(line(90, merchant_reference="=cmd|' /C calc'!A0"), "formula"),
    "a formula after a plus": _one_bad(line(90, psp_reference="+1+1"), "formula"),
    "a formula after a minus": _one_bad(line(90, psp_reference="-2+3"), "formula"),
    "a formula after an at": _one_bad(line(90, modification="@SUM(1)"), "formula"),
    "a formula in full width": _one_bad(line(90, merchant_reference="＝1"), "formula"),
    "a tab": _one_bad(line(90, merchant_reference="a\tb"), "character"),
    "a right-to-left override": _one_bad(line(90, merchant_reference="a\u202eb"), "character"),
    "an escape sequence": _one_bad(line(90, psp_reference="ch\x1b[2J"), "character"),
    "a backslash": _one_bad(line(90, merchant_reference="\\N"), "character"),
    "a long reference": _one_bad(line(90, merchant_reference="o" * 101), "longer than"),
    "no number": _one_bad(line(90, gross="n/a", net=0), "gross is no whole number"),
    "a fraction": _one_bad(line(90, gross="70.00", net=6_877), "no whole number"),
    "an exponent": _one_bad(line(90, gross="7e3", net=6_877), "no whole number"),
    "digits of another script": _one_bad(line(90, gross="７０００", net=6_877), "no whole number"),
    "a huge number": _one_bad(line(90, gross=10**15 + 1, fee=0), "beyond any amount"),
    "a huge number below zero": _one_bad(line(90, gross=-(10**15) - 1, fee=0), "beyond any amount"),
    "a number without end": _one_bad(line(90, gross="9" * 5_000, fee=0, net=0), "no whole number"),
    "gross, fee and net at odds": _one_bad(line(90, net=6_876), "do not add up"),
    "another day": _one_bad(line(90, day="2026-11-21"), "another day"),
    "no day": _one_bad(line(90, day="22.11.2026"), "no day"),
    "an unknown currency": _one_bad(line(90, currency="EUX"), "no ISO 4217 currency"),
    "a currency of another script": _one_bad(line(90, currency="UſD"), "no ISO 4217 currency"),
    "no currency": _one_bad(line(90, currency=""), "no ISO 4217 currency"),
    "a time without an offset": _one_bad(line(90, booked_at="2026-11-22T12:00:00"), "offset"),
    "a time long ago": _one_bad(line(90, booked_at="0001-01-01T00:00:00Z"), "century"),
    "no type": _one_bad(line(90, ""), "type is empty"),
    "no batch": _one_bad(line(90, batch=""), "batch is empty"),
    "a movement of no charge": _one_bad(line(90, psp_reference=""), "names no charge"),
    "too few cells": _one_bad("7,2026-11-22", "2 cells"),
    "too many cells": _one_bad(line(90) + ",", "16 cells"),
    "the header again": _one_bad(HEADER, "no"),
    "a quote left open": _one_bad('7,"2026-11-22,90', "quotes"),
    "a quote left open on the last line": HostileFile(GOOD + b'7,"2026\n', rejects={11: "quotes"}),
    "a quote in a cell": _one_bad(line(90, merchant_reference='a"b'), "quotes"),
    "an unknown type": HostileFile(
        file_of(*GOOD_LINES[:7], line(90, "surcharge", 5, 0), *GOOD_LINES[7:]), kept=GOOD_COUNT + 1
    ),
    "an unknown type that is a formula": HostileFile(
        file_of(*GOOD_LINES[:7], line(90, "=1+1", 0, 0), *GOOD_LINES[7:]), kept=GOOD_COUNT + 1
    ),
    "a line less": HostileFile(file_of(*GOOD_LINES[1:]), kept=GOOD_COUNT - 1),
    "a line more": HostileFile(file_of(*GOOD_LINES, line(90)), kept=GOOD_COUNT + 1),
    "another payout": HostileFile(
        file_of(*GOOD_LINES[:7], line(8, "payout", -4_509, 0), GOOD_LINES[8])
    ),
}
HOSTILE: Mapping[str, HostileFile] = {**_FINE, **_REFUSED, **_QUARANTINED}
