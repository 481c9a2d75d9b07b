"""Close the breaks whose difference is gone: the counterpart came, both sides agree."""

from __future__ import annotations

from countinghouse.break_bookkeeping import BreakBooks, commit_break, undo_journals
from countinghouse.domain.break_steps import gone, is_gone
from countinghouse.domain.breaks import Break, Look
from countinghouse.domain.errors import Conflict

RACES_MAX = 8


def close_matched_breaks(look: Look, books: BreakBooks) -> int:
    """Every unsettled break of the look's days that was not seen in it is matched; how many.

    What was parked for one goes back to the PSP's account, where its counterpart takes it. To be
    called once every difference of the look was judged. Raises Conflict when a break kept changing;
    a repeat goes on from there.
    """
    due = [brk for brk in books.breaks.open_breaks(look.psp) if is_gone(brk, look)]
    return sum(_close(brk, look, books) for brk in due)


def _close(brk: Break, look: Look, books: BreakBooks) -> bool:
    """Whether it was closed: somebody may have seen or settled it since it was listed."""
    for _ in range(RACES_MAX):
        now = books.clock.now()
        found = gone(brk, now)
        cause = f"reconciliation:{look.run_id}"
        new, journals = undo_journals(found.brk, found.undo, "matched", cause, now, books)
        try:
            commit_break(brk, new, books, journals)
        except Conflict:
            brk = books.breaks.get(brk.break_id) or brk
            if not is_gone(brk, look):
                return False
        else:
            return True
    raise Conflict(f"break {brk.break_id} kept changing")
