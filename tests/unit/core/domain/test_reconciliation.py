from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import DAY as ONE_DAY
from countinghouse.domain.instants import HOUR, day_of
from countinghouse.domain.reconciliation import (
    PSP_LENGTH_MAX,
    STALE_AFTER,
    WINDOW_DAYS,
    FileStatus,
    RunStatus,
    batches_of,
    newest_day,
    parse_day,
    parse_psp,
    parse_run_id,
    run_id,
    settlement_key,
    settlement_reference,
    shifted,
    shown_by_bank,
)
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

S = RunStatus
psps = st.from_regex(r"[a-z0-9]{1,4}(_[a-z0-9]{1,4}){0,5}", fullmatch=True)
days = st.dates(min_value=date(2000, 1, 1)).map(lambda day: day.isoformat())
hostile = st.one_of(
    st.text(max_size=30),
    st.text("rec_sandbox0123456789-\n２ ", max_size=30),
    st.builds("rec_{}_{}".format, st.text("ab_0", max_size=12), st.text("0123456789", max_size=9)),
)


def test_a_run_is_known_by_psp_and_day() -> None:
    assert a_run().run_id == run_id(PSP, DAY) == "rec_sandbox_20261122"
    assert parse_run_id("rec_sandbox_20261122") == (PSP, DAY)


@given(psps, days)
def test_every_runs_id_is_read_back(psp: str, day: str) -> None:
    assert parse_run_id(run_id(parse_psp(psp), parse_day(day))) == (psp, day)


@given(hostile)
def test_what_is_read_as_a_run_is_its_id_to_the_letter(text: str) -> None:
    with suppress(Invalid):
        psp, day = parse_run_id(text)
        assert run_id(parse_psp(psp), parse_day(day)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rec_sandbox_2026112",
        "rec_sandbox_202611221",
        "rec_sandbox_20261131",
        "rec_sandbox_00010101",
        "rec_sandbox_20261122\n",
        "rec_sandbox_２０２６1122",
        "rec__20261122",
        "rec__sandbox_20261122",
        "rec_Sandbox_20261122",
        f"rec_{'x' * 33}_20261122",
        "brk_sandbox_20261122",
    ],
)
def test_a_runs_id_is_taken_only_whole(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_run_id(text)
    assert refused.value.field == "run_id"


@pytest.mark.parametrize("text", ["sandbox", "a", "stripe_eu_2", "x" * PSP_LENGTH_MAX])
def test_a_psp_is_read(text: str) -> None:
    assert parse_psp(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "_a", "a_", "a__b", "A", "a-b", "a#b", "a/b", "a\n", "ä", "x" * (PSP_LENGTH_MAX + 1)],
)
def test_anything_else_is_no_psp(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_psp(text)
    assert refused.value.field == "psp"


@pytest.mark.parametrize("text", ["2026-11-22", "2000-01-01", "2028-02-29", "9999-12-31"])
def test_a_day_is_read(text: str) -> None:
    assert parse_day(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261122",
        "2026-W47-7",
        "2026-11-31",
        "2027-02-29",
        "2026-11-22\n",
        "2026-11-22T00:00",
        "２０２６-11-22",
        "1999-12-31",
        "0001-01-01",
    ],
)
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_day(text)
    assert refused.value.field == "date"


def test_days_are_counted_over_months_and_years() -> None:
    assert shifted("2026-11-30", 1) == "2026-12-01"
    assert shifted("2027-01-01", -1) == "2026-12-31"
    assert shifted("2028-02-28", 1) == "2028-02-29"


def test_a_run_looks_at_its_window_its_own_day_included() -> None:
    run = a_run()

    assert run.first_day == "2026-11-13"
    assert len({shifted(run.first_day, n) for n in range(WINDOW_DAYS)} | {run.day}) == WINDOW_DAYS


def test_the_oldest_day_has_its_window_too() -> None:
    assert a_run(day="2000-01-01").first_day == "1999-12-23"


def test_today_is_the_newest_day_and_a_fast_clock_may_be_a_year_ahead() -> None:
    assert newest_day(NIGHT - 1, ahead=False) == DAY
    assert newest_day(NIGHT, ahead=False) == "2026-11-23"
    assert newest_day(NIGHT, ahead=True) == day_of(NIGHT + 366 * ONE_DAY)


def test_a_run_is_carried_until_it_ends_or_goes_on_for_too_long() -> None:
    run = a_run()

    assert run.is_carried(NIGHT)
    assert run.is_carried(NIGHT + STALE_AFTER - 1)
    assert not run.is_carried(NIGHT + STALE_AFTER)
    # A clock that is behind the one that started it.
    assert run.is_carried(NIGHT - HOUR)
    assert not a_run(S.COMPLETED).is_carried(NIGHT)
    assert not a_run(S.FAILED).is_carried(NIGHT)


@pytest.mark.parametrize("status", [S.COMPLETED, S.FAILED])
def test_an_ended_run_starts_anew_and_knows_nothing_of_before(status: RunStatus) -> None:
    ended = a_run(
        status,
        version=4,
        counts={"open": 1},
        totals={"EUR": {"gross": 1}},
        report_key="k",
        failure="f",
    )

    again = ended.restarted("rec-5", "eve", NIGHT + HOUR)

    assert again == a_run(execution="rec-5", requested_by="eve", started_at=NIGHT + HOUR, version=5)


def test_a_run_under_way_is_left_alone_and_a_stale_one_is_not() -> None:
    run = a_run()

    with pytest.raises(IllegalTransition):
        run.restarted("x", "eve", NIGHT + STALE_AFTER - 1)
    assert run.restarted("x", "eve", NIGHT + STALE_AFTER).execution == "x"


@pytest.mark.parametrize("status", [S.COMPLETED, S.FAILED])
def test_a_run_ends_once(status: RunStatus) -> None:
    ended = a_run().ended(status, NIGHT + 9, failure="timeout", counts={"open": 2})

    assert (ended.status, ended.finished_at, ended.version) == (status, NIGHT + 9, 2)
    assert (ended.failure, ended.counts) == ("timeout", {"open": 2})
    assert (ended.execution, ended.started_at) == (a_run().execution, NIGHT)
    for again in (S.COMPLETED, S.FAILED):
        with pytest.raises(IllegalTransition):
            ended.ended(again, NIGHT + 10)


def test_a_file_is_settled_with_its_last_batch_that_pays() -> None:
    totals = (
        a_total(),
        a_total(currency="JPY"),
        a_total("B2", paid_out=0, net=0),
    )
    file = a_file(totals=totals)

    half = file.with_settled({"B1|EUR": "jrn_1"})
    whole = half.with_settled({"B1|JPY": "jrn_2"})

    assert (half.status, half.version) == (FileStatus.ACCEPTED, 2)
    assert (whole.status, whole.version) == (FileStatus.SETTLED, 3)
    assert whole.settled == {"B1|EUR": "jrn_1", "B1|JPY": "jrn_2"}
    assert replace(whole, settled={}, status=file.status, version=1) == file


def test_a_stopped_file_is_never_settled() -> None:
    with pytest.raises(IllegalTransition):
        a_file(status=FileStatus.STOPPED).with_settled({})


def test_a_batch_that_two_files_tell_of_is_one_by_the_newer() -> None:
    first = a_file("1", totals=(a_total(lines=2), a_total("B2")))
    again = a_file("2", totals=(a_total(lines=3),), received_at=NIGHT + 1)

    for files in ([first, again], [again, first]):
        found = {key: (file.file_id, one.lines) for key, (file, one) in batches_of(files).items()}
        assert found == {"B1|EUR": ("2", 3), "B2|EUR": ("1", 2)}


def test_a_stopped_file_tells_of_a_batch_only_when_no_other_does() -> None:
    good = a_file("1", totals=(a_total(),))
    stopped = a_file(
        "2",
        totals=(a_total(), a_total("B2")),
        status=FileStatus.STOPPED,
        received_at=NIGHT + 1,
    )

    found = batches_of([good, stopped, a_statement()])

    assert {key: file.file_id for key, (file, _) in found.items()} == {"B1|EUR": "1", "B2|EUR": "2"}


def test_of_two_statements_the_newer_shows_what_arrived() -> None:
    early = a_statement("1", arrived={"B1|EUR": 900, "B0|EUR": 5})
    late = a_statement("0", arrived={"B1|EUR": 970}, received_at=NIGHT + 1)
    next_day = a_statement("2", day="2026-11-23", arrived={"B2|EUR": 7}, received_at=NIGHT - 1)

    shown = {"B0|EUR": 5, "B1|EUR": 970, "B2|EUR": 7}
    assert shown_by_bank([late, next_day, early, a_file()]) == shown


def test_what_arrived_of_a_batch_on_several_days_is_added_up() -> None:
    first = a_statement("1", arrived={"B1|EUR": 900})
    rest = a_statement("2", day="2026-11-24", arrived={"B1|EUR": 70})

    assert shown_by_bank([rest, first]) == {"B1|EUR": 970}


def test_a_stopped_statement_shows_nothing() -> None:
    stopped = a_statement(status=FileStatus.STOPPED)

    assert shown_by_bank([stopped]) == {}
    assert shown_by_bank([a_statement("1"), stopped]) == {"B1|EUR": 970}


batches = st.one_of(st.text(max_size=12), st.text(":|B1", max_size=6))
codes = st.sampled_from(["EUR", "JPY", "KWD"])
named = st.tuples(st.sampled_from(["sandbox", "a", "a_b"]), batches, codes)


@given(named, named)
def test_two_batches_are_two_journals(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    same = one == other

    assert (settlement_reference(*one) == settlement_reference(*other)) == same
    assert (settlement_key(*one) == settlement_key(*other)) == same
