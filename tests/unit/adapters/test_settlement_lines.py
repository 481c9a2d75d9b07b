"""Accepted lines in the lake: what is written is read back, and always the same bytes."""

from __future__ import annotations

import gzip
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BankCategory, BankLine, Category, SettlementLine
from countinghouse_aws.settlement.lines import (
    decode_bank_lines,
    decode_settlement_lines,
    encode_bank_lines,
    encode_settlement_lines,
)

texts = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\'), max_size=9)
amounts = st.integers(-(10**15), 10**15)

settlement_lines = st.builds(
    SettlementLine,
    line_hash=texts,
    file_id=texts,
    line_no=st.integers(1, 10**9),
    psp=st.just("sandbox"),
    batch=texts,
    category=st.sampled_from(Category),
    raw_type=texts,
    merchant_reference=texts,
    psp_reference=texts,
    modification_reference=texts,
    currency=st.just("EUR"),
    gross=amounts,
    fee=amounts,
    net=amounts,
    original_currency=st.sampled_from(["", "USD"]),
    original_gross=amounts,
    booked_at=st.integers(0, 2**42),
    settlement_day=st.just("2026-11-22"),
)
bank_lines = st.builds(
    BankLine,
    line_hash=texts,
    file_id=texts,
    line_no=st.integers(1, 10**9),
    account=st.just("sandbox"),
    category=st.sampled_from(BankCategory),
    reference=texts,
    currency=st.just("EUR"),
    amount=amounts,
    value_day=st.just("2026-11-22"),
)
LINE = SettlementLine(
    "aa", "f1", 2, "sandbox", "7", Category.CAPTURE, "charge", "ord_1", "ch_1", "", "EUR",
    7_000, 123, 6_877, "", 0, 1_700_000_000_123, "2026-11-22",
)  # fmt: skip
BANK_LINE = BankLine(
    "bb", "f2", 3, "sandbox", BankCategory.SETTLEMENT, "7", "EUR", 6_877, "2026-11-22"
)


@given(st.lists(settlement_lines, max_size=5))
def test_settlement_lines_come_back_as_they_were(lines: list[SettlementLine]) -> None:
    content = encode_settlement_lines(lines)

    assert decode_settlement_lines(content, "sandbox", "2026-11-22") == lines


@given(st.lists(bank_lines, max_size=5))
def test_bank_lines_come_back_as_they_were(lines: list[BankLine]) -> None:
    assert decode_bank_lines(encode_bank_lines(lines), "sandbox", "2026-11-22") == lines


def test_the_text_is_what_the_tables_columns_say() -> None:
    header, row, end = gzip.decompress(encode_settlement_lines([LINE])).decode().split("\n")
    bank = gzip.decompress(encode_bank_lines([BANK_LINE])).decode()

    assert header.split("\t") == [
        "line_hash", "file_id", "line_no", "batch", "category", "raw_type", "merchant_reference",
        "psp_reference", "modification_reference", "currency", "gross", "fee", "net",
        "original_currency", "original_gross", "booked_at",
    ]  # fmt: skip
    assert row == (
        "aa\tf1\t2\t7\tcapture\tcharge\tord_1\tch_1\t\tEUR\t7000\t123\t6877\t\t0\t1700000000123"
    )
    assert end == ""
    assert bank == (
        "line_hash\tfile_id\tline_no\tcategory\treference\tcurrency\tamount\n"
        "bb\tf2\t3\tsettlement\t7\tEUR\t6877\n"
    )


def test_the_same_lines_are_the_same_bytes() -> None:
    content = encode_settlement_lines([LINE, LINE])

    assert content == encode_settlement_lines(iter([LINE, LINE]))
    # The time of packing, which would change them, is not in there.
    assert content[4:8] == b"\0\0\0\0"


@pytest.mark.parametrize("field", ["psp", "settlement_day"])
def test_an_object_is_of_one_partition(field: str) -> None:
    other = replace(LINE, **{field: "x"})  # type: ignore[arg-type]

    with pytest.raises(Invalid, match="several partitions"):
        encode_settlement_lines([LINE, other])


@pytest.mark.parametrize("character", ["\t", "\n", "\r", '"', "\\", "\0"])
def test_what_would_separate_fields_is_never_written(character: str) -> None:
    with pytest.raises(Invalid, match="separates fields"):
        encode_bank_lines([replace(BANK_LINE, reference=f"a{character}b")])


@pytest.mark.parametrize(
    "text",
    [
        "line_hash\tfile_id\n",
        "line_hash\tfile_id\tline_no\tcategory\treference\tcurrency\tamount\nbb\n",
        "line_hash\tfile_id\tline_no\tcategory\treference\tcurrency\tamount\nb\tf\t1\tx\t7\tEUR\t1\n",
        "line_hash\tfile_id\tline_no\tcategory\treference\tcurrency\tamount\nb\tf\t1\tother\t7\tEUR\t\n",
    ],
)
def test_what_is_no_object_of_lines_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        decode_bank_lines(gzip.compress(text.encode()), "sandbox", "2026-11-22")


@pytest.mark.parametrize(
    "content",
    [b"", b"text", gzip.compress(b"x" * 99, mtime=0)[:-9]],
    ids=["nothing", "text", "cut"],
)
def test_what_is_no_gzip_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        decode_bank_lines(content, "sandbox", "2026-11-22")


def test_no_field_is_lost_between_columns_and_partition() -> None:
    header = gzip.decompress(encode_settlement_lines([])).decode().strip().split("\t")

    assert [*header, "psp", "settlement_day"] == [
        *(f.name for f in fields(SettlementLine) if f.name not in ("psp", "settlement_day")),
        "psp",
        "settlement_day",
    ]
