"""Which layout a file has, and what no bytes whatever can do to its reading."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BankLine, Reject, SettlementLine
from countinghouse_aws.settlement.entries import file_id
from countinghouse_aws.settlement.layouts import (
    BANK_LAYOUTS,
    SETTLEMENT_LAYOUTS,
    Layout,
    layout_of,
    parse_bank,
    parse_settlement,
)
from tests.hostile_files import BANK_HEADER, DAY, GOOD, GOOD_LINES, HEADER, PSP, file_of

BY_NAME = {layout.name: layout for layout in SETTLEMENT_LAYOUTS}
ADYEN = ",".join(BY_NAME["adyen"].columns) + (
    "\n88,ord_1,2026-11-22 10:00:00,CET,Settled,89,EUR,,5.00,EUR,,4.88,,0.04,0.01,0.07,134\n"
    ',,2026-11-22 11:00:00,CET,MerchantPayout,"TX1, ""x""",USD,,,EUR,4.88,,,,,,134\n'
)
STRIPE = ",".join(BY_NAME["stripe"].columns) + (
    "\npo_1,2026-11-22 00:00:00,txn_1,2026-11-19 23:59:58,eur,70.00,1.23,68.77,charge,ch_1,ch_1\n"
)
BANK = f"{BANK_HEADER}\nsandbox,{DAY},1,settlement,7,EUR,4508\n"


@pytest.mark.parametrize("layout", SETTLEMENT_LAYOUTS, ids=lambda layout: layout.name)
def test_a_header_tells_the_layout_in_any_order_and_with_more_columns(
    layout: Layout[SettlementLine],
) -> None:
    header = [*layout.columns[::-1], "", "more", ""]

    assert layout_of(header, SETTLEMENT_LAYOUTS) is layout
    assert layout_of(header, SETTLEMENT_LAYOUTS, layout.name) is layout


@pytest.mark.parametrize("layout", SETTLEMENT_LAYOUTS, ids=lambda layout: layout.name)
def test_every_column_is_needed_once(layout: Layout[SettlementLine]) -> None:
    for column in layout.columns:
        others = [name for name in layout.columns if name != column]
        with pytest.raises(Invalid) as missing:
            layout_of(others, SETTLEMENT_LAYOUTS)
        with pytest.raises(Invalid) as twice:
            layout_of([*layout.columns, column], SETTLEMENT_LAYOUTS)

        assert missing.value.detail == f"layout {layout.name}: column {column} is missing"
        assert twice.value.detail == f"layout {layout.name}: column {column} stands twice"


def test_the_name_overrules_the_header() -> None:
    with pytest.raises(Invalid, match="layout stripe: column automatic_payout_id is missing"):
        layout_of(BY_NAME["adyen"].columns, SETTLEMENT_LAYOUTS, "stripe")
    with pytest.raises(Invalid, match="no such layout"):
        layout_of(BY_NAME["adyen"].columns, SETTLEMENT_LAYOUTS, "worldpay")


def test_a_statement_is_no_settlement_file() -> None:
    assert layout_of(BANK_HEADER.split(","), BANK_LAYOUTS).name == "sandbox_bank"
    with pytest.raises(Invalid, match="no known layout"):
        layout_of(BANK_HEADER.split(","), SETTLEMENT_LAYOUTS)


def test_a_huge_header_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="a column stands twice"):
        layout_of([*HEADER.split(","), *(["x"] * 30_000)], SETTLEMENT_LAYOUTS)


def test_nothing_is_read_before_it_is_asked_for_and_no_more_than_that() -> None:
    taken: list[int] = []

    def chunks(content: bytes) -> bytes:
        taken.append(len(content))
        return content

    found = parse_settlement(map(chunks, [GOOD[:500], GOOD[500:]]), None, PSP, "f", DAY)
    assert taken == []

    next(found)
    assert taken == [500]


@given(st.lists(st.integers(0, 3_000), max_size=9))
def test_a_files_id_is_of_its_bytes_alone(places: list[int]) -> None:
    ends = sorted(place % (len(GOOD) + 1) for place in places)
    chunks = [GOOD[a:b] for a, b in zip([0, *ends], [*ends, len(GOOD)], strict=True)]

    assert file_id(chunks) == file_id([GOOD])
    assert file_id([GOOD + b"\n"]) != file_id([GOOD])
    assert len(file_id([])) == 32


@pytest.mark.parametrize(
    ("content", "count"), [(GOOD, 9), (ADYEN.encode(), 2), (STRIPE.encode(), 1)]
)
def test_the_samples_are_read_whole(content: bytes, count: int) -> None:
    found = list(parse_settlement([content], None, PSP, "f", DAY))

    assert [type(one) for one in found] == [SettlementLine] * count


edits = st.lists(
    st.tuples(st.integers(0, 4_000), st.integers(0, 12), st.binary(max_size=12)), max_size=4
)


def read_or_refused(content: bytes) -> list[SettlementLine | Reject]:
    """What a file comes to: nothing when it is refused with the error for that."""
    try:
        return list(parse_settlement([content], None, PSP, "f", DAY))
    except Invalid:
        return []


def damaged(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, put in changes:
        at = place % (len(content) + 1)
        content = content[:at] + put + content[at + gone :]
    return content


@given(st.sampled_from([GOOD, ADYEN.encode(), STRIPE.encode()]), edits, st.booleans())
def test_a_damaged_file_gives_lines_rejects_or_a_refusal(
    content: bytes, changes: list[tuple[int, int, bytes]], packed: bool
) -> None:
    broken = damaged(gzip.compress(content, mtime=0) if packed else content, changes)

    found = read_or_refused(broken)

    for one in found:
        if isinstance(one, SettlementLine):
            assert one.gross - one.fee == one.net
            assert one.settlement_day == DAY
            assert one.merchant_reference.isprintable()
    numbers = [one.line_no for one in found]
    assert numbers == sorted({*numbers})


@given(
    st.sampled_from(["sandbox", "stripe", "adyen", "sandbox_bank"]),
    st.lists(st.binary(max_size=60), max_size=6),
)
def test_any_bytes_below_a_header_are_rejected_line_by_line(name: str, body: list[bytes]) -> None:
    headers = {
        **{layout.name: layout.columns for layout in SETTLEMENT_LAYOUTS},
        **{layout.name: layout.columns for layout in BANK_LAYOUTS},
    }
    content = ",".join(headers[name]).encode() + b"\n" + b"\n".join(body)
    found: list[SettlementLine | BankLine | Reject] = (
        list(parse_bank([content], name, None, "f", DAY))
        if name == "sandbox_bank"
        else list(parse_settlement([content], name, PSP, "f", DAY))
    )

    assert {type(one) for one in found} <= {Reject}


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        list(parse_settlement([content], None, PSP, "f", DAY))


junk = st.text(st.characters(codec="utf-8", exclude_characters='\n"'), min_size=1, max_size=30).map(
    lambda text: f"x{text}".encode()
) | st.binary(min_size=1, max_size=30).map(
    lambda some: b"x" + some.replace(b"\n", b"").replace(b'"', b"")
)


@given(
    st.lists(st.tuples(st.integers(0, 9), junk), max_size=6),
    st.none() | st.tuples(st.integers(0, 9), st.sampled_from(['"', '7,"x', '"",7,"'])),
)
def test_every_good_line_of_a_file_with_junk_between_is_kept(
    between: list[tuple[int, bytes]], quoted: tuple[int, str] | None
) -> None:
    rows = [one.encode() for one in GOOD_LINES]
    for place, text in between:
        rows.insert(place, text)
    if quoted is not None:
        rows.insert(quoted[0], quoted[1].encode())
    content = HEADER.encode() + b"\n" + b"".join(row + b"\n" for row in rows)

    found = list(parse_settlement([content], None, PSP, "f", DAY))

    good = {one.encode() for one in GOOD_LINES}
    numbers = {number for number, row in enumerate(rows, start=2) if row in good}
    assert {one.line_no for one in found if isinstance(one, SettlementLine)} == numbers
    rejected = {one.line_no for one in found if isinstance(one, Reject)}
    assert rejected == {*range(2, len(rows) + 2)} - numbers


@given(st.permutations(GOOD_LINES), st.integers(0, 5))
def test_a_lines_hash_knows_nothing_of_its_place(order: list[str], before: int) -> None:
    def hashes(*lines: str) -> dict[int, str]:
        return {
            one.net: one.line_hash
            for one in parse_settlement([file_of(*lines)], None, PSP, str(before), DAY)
            if isinstance(one, SettlementLine)
        }

    blank = [""] * before
    assert hashes(*blank, *order) == hashes(*GOOD_LINES)
    assert len({*hashes(*GOOD_LINES).values()}) == len(GOOD_LINES)
