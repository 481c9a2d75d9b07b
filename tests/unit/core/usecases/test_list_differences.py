"""What the match found and what taking the files in had found are one list."""

from __future__ import annotations

import pytest

from countinghouse.domain.break_codes import judge
from countinghouse.domain.breaks import BreakCode
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileRecord, FileStatus
from countinghouse.domain.settlement import Reject, Repeat
from countinghouse.ports.lakehouse import LakeQuery, QueryState, Window
from countinghouse.usecases.list_differences import agreeing_lines, list_differences
from tests.breaks import RULES, a_difference
from tests.fakes.lakehouse import FakeLakeQueries
from tests.fakes.reconciliation import FakeFileBook
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

FOUND = [a_difference(day=DAY), a_difference(Sides.THEIRS, day=DAY)]
FIRST_DAY = "2026-11-13"


def a_book(*files: FileRecord) -> FakeFileBook:
    book = FakeFileBook()
    for file in files:
        book.put(file)
    return book


def listed(
    *files: FileRecord, first_day: str = FIRST_DAY, outcome: QueryState = QueryState.SUCCEEDED
) -> list[Difference]:
    queries = FakeLakeQueries(found=FOUND, outcome=outcome)
    query_id = queries.start(LakeQuery.MATCH, Window(PSP, FIRST_DAY, DAY, ContractFee(14, 25)))
    return list(list_differences(a_run(), first_day, query_id, queries, a_book(*files)))


def test_without_faults_in_files_it_is_what_the_match_found() -> None:
    assert listed(a_file(), a_statement()) == FOUND


def test_a_line_that_could_not_be_taken_is_a_difference_with_its_place_and_reason() -> None:
    rejects = (Reject(5, "net is no whole number"), Reject(8, "not UTF-8"))
    file = a_file("f1", status=FileStatus.STOPPED, rejects=rejects)

    first, second, *rest = listed(file)

    assert rest == FOUND
    assert (first.file_id, first.line_no, first.raw_type) == ("f1", 5, "net is no whole number")
    assert (first.day, first.sides) == (DAY, Sides.THEIRS)
    assert first.anchor != second.anchor
    judgement = judge(first, DAY, RULES)
    assert (judgement.code, judgement.residuals) == (BreakCode.LINE_REJECTED, ())


def test_a_line_again_is_a_difference_that_names_its_order() -> None:
    (told, *rest) = listed(a_file("f1", repeats=(Repeat(9, "o1", "ch_1"),)))

    assert rest == FOUND
    assert (told.order_id, told.psp_reference, told.line_no) == ("o1", "ch_1", 9)
    assert judge(told, DAY, RULES).code is BreakCode.DUPLICATE_LINE


def test_a_line_of_one_number_in_two_files_is_two_differences() -> None:
    rejects, repeats = (Reject(5, "?"),), (Repeat(5, "o1", "ch_1"),)

    told = listed(
        a_file("f1", rejects=rejects, repeats=repeats),
        a_file("f2", rejects=rejects, repeats=repeats),
        a_statement("b1", rejects=rejects),
    )

    assert len({one.anchor for one in told[:5]}) == 5
    assert {one.file_id for one in told[:5]} == {"f1", "f2", "b1"}


def test_the_same_file_makes_the_same_differences_again() -> None:
    file = a_file("f1", rejects=(Reject(5, "?"),), repeats=(Repeat(9, "o1", "ch_1"),))

    assert listed(file) == listed(file)


def test_files_are_looked_at_as_far_back_as_what_still_waits() -> None:
    old = a_file("f1", day="2026-10-01", rejects=(Reject(5, "?"),))
    later = a_file("f2", day="2026-11-23", rejects=(Reject(5, "?"),))

    assert listed(old, later) == FOUND
    (told, *_) = listed(old, later, first_day="2026-10-01")
    assert (told.file_id, told.day) == ("f1", "2026-10-01")


def test_a_match_that_failed_is_not_taken_for_one_that_found_nothing() -> None:
    with pytest.raises(Invalid):
        listed(outcome=QueryState.FAILED)


COUNTS = {"capture": 5, "refund": 2, "chargeback": 1, "fee": 9, "payout": 9, "unknown": 9}


@pytest.mark.parametrize(("differing", "agreeing"), [(0, 8), (3, 5), (9, 0)])
def test_lines_of_movements_that_do_not_differ_agree(differing: int, agreeing: int) -> None:
    files = a_book(
        a_file(counts=COUNTS, totals=(a_total(),)),
        a_file("2", day="2026-11-21", counts=COUNTS, totals=(a_total("B0"),)),
        a_statement(),
    )

    assert agreeing_lines(a_run(), files, differing) == agreeing


def test_lines_that_were_sent_again_agree_once() -> None:
    first = a_file("1", counts=COUNTS, totals=(a_total(), a_total("B2")))
    again = a_file("2", counts=COUNTS, totals=(a_total(), a_total("B2")), received_at=NIGHT + 1)

    assert agreeing_lines(a_run(), a_book(first, again), 0) == 8


def test_two_files_of_different_batches_both_count() -> None:
    files = a_book(
        a_file("1", counts=COUNTS, totals=(a_total(),)),
        a_file("2", counts={"capture": 1}, totals=(a_total("B2"),)),
    )

    assert agreeing_lines(a_run(), files, 0) == 9
