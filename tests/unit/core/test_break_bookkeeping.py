from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.break_bookkeeping import commit_break, undo_journals
from countinghouse.domain.break_journals import resolution_journal, shares_of
from countinghouse.domain.break_rules import CapDraw, CapKey, CapReached
from countinghouse.domain.break_steps import with_journals
from countinghouse.domain.errors import Conflict
from tests.breaks import PSP, a_break, balance, books_of
from tests.builders import NOW
from tests.fakes.breaks import FakeBreakBook

DRAW = CapDraw(CapKey("rounding", PSP, "EUR", "2026-11-18"), 60, 100)


def test_a_break_and_its_journal_are_there_together_or_not_at_all() -> None:
    breaks = FakeBreakBook()
    brk = a_break()
    journal = resolution_journal(brk, "rounding", shares_of("rounding", brk), "x", NOW)

    commit_break(None, brk, books_of(breaks), [journal], DRAW)
    with pytest.raises(CapReached):
        commit_break(brk, brk.changed(NOW), books_of(breaks), [], DRAW)
    with pytest.raises(Conflict):
        commit_break(None, brk, books_of(breaks), [])

    assert breaks.rows == {brk.break_id: brk}
    assert balance(breaks.ledger, "rounding") == 500
    assert breaks.caps.used([DRAW.key])[0].used_minor == 60


def test_what_was_booked_last_is_undone_first() -> None:
    breaks = FakeBreakBook()
    brk = a_break()
    park = resolution_journal(brk, "unallocated", shares_of("unallocated", brk), "x", NOW)
    parked = with_journals(brk, [park])
    loss = resolution_journal(parked, "write_off", shares_of("recon_variance", brk), "x", NOW)
    settled = with_journals(parked, [loss])
    commit_break(None, settled, books_of(breaks), [park, loss])

    undone, mirrors = undo_journals(settled, settled.standing, "reopen", "x", NOW, books_of(breaks))
    commit_break(settled, replace(undone, version=2), books_of(breaks), mirrors)

    assert [one.reverses for one in mirrors] == [loss.ledger_id, park.ledger_id]
    assert (undone.standing, undone.booked) == ((), 4)
    for account in (f"psp_receivable:{PSP}", f"unallocated:{PSP}", "recon_variance"):
        assert balance(breaks.ledger, account) == 0


def test_a_journal_that_cannot_be_read_stops_it() -> None:
    lost = a_break(standing=("jrn_" + "0" * 40,))

    with pytest.raises(Conflict, match="not readable"):
        undo_journals(lost, lost.standing, "reopen", "x", NOW, books_of(FakeBreakBook()))
