"""Whatever comes as a settlement file: refused, or its bad lines named and no good one lost."""

from __future__ import annotations

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileStatus
from countinghouse.domain.settlement import Reject, SettlementLine
from countinghouse.domain.settlement_file import FileSummary
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.hostile_files import BATCH, DAY, GOOD, HOSTILE, PSP, HostileFile

HASHES = {
    one.line_hash
    for one in parse_settlement([GOOD], None, PSP, "f", DAY)
    if isinstance(one, SettlementLine)
}
REFUSED = {name: file for name, file in HOSTILE.items() if file.refused}
READ = {name: file for name, file in HOSTILE.items() if not file.refused}
LOSING = {"cut off in the last line", "cut off at a line", "a line less", "another payout"}
"""Those of which a good line is not in the file."""


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@pytest.mark.parametrize("file", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("layout", [None, "sandbox"])
def test_what_is_no_settlement_file_is_refused_with_a_reason(
    file: HostileFile, layout: str | None
) -> None:
    expected = "is missing" if layout and "layout" in file.refused else file.refused

    parsed = parse_settlement([file.content], layout, PSP, "f", DAY)
    with pytest.raises(Invalid, match=expected):
        next(parsed)


@pytest.mark.parametrize("file", READ.values(), ids=READ)
@pytest.mark.parametrize("size", [1_000_000, 97])
def test_the_bad_lines_are_named_and_the_file_is_stopped(file: HostileFile, size: int) -> None:
    if len(file.content) > 1_000_000 and size < 1_000:
        size = 100_000
    summary = FileSummary(ContractFee(14, 25))

    for one in parse_settlement(pieces(file.content, size), None, PSP, "f", DAY):
        summary.take(one)

    found = summary.result()
    assert {one.line_no for one in found.rejects} == {*file.rejects}
    for reject in found.rejects:
        assert file.rejects[reject.line_no] in reject.reason
    assert (found.lines, found.duplicates) == (file.kept, file.duplicates)
    assert found.status is (FileStatus.STOPPED if file.stopped else FileStatus.ACCEPTED)


@pytest.mark.parametrize("file", [READ[n] for n in READ if n not in LOSING and n != "no lines"])
def test_no_good_line_is_lost_and_each_is_the_same_wherever_it_stands(file: HostileFile) -> None:
    kept = [
        one
        for one in parse_settlement([file.content], None, PSP, "f", DAY)
        if isinstance(one, SettlementLine)
    ]

    assert {line.line_hash for line in kept} >= HASHES
    assert {(line.psp, line.batch, line.settlement_day) for line in kept} == {(PSP, BATCH, DAY)}


@pytest.mark.parametrize("file", READ.values(), ids=READ)
def test_a_reason_repeats_nothing_that_stood_in_the_line(file: HostileFile) -> None:
    rejects = [
        one
        for one in parse_settlement([file.content], None, PSP, "f", DAY)
        if isinstance(one, Reject)
    ]

    for reject in rejects:
        assert len(reject.reason) < 80
        assert reject.reason.isascii()
        assert not any(bad in reject.reason for bad in ("ord_", "ch_", "cmd", "EUX", "7000"))
