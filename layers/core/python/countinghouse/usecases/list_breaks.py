"""List breaks: those that a run found first, or all of a PSP's that are not settled."""

from countinghouse.domain.errors import Invalid
from countinghouse.ports.breaks import BreakBook, BreakPage, BreakQuery


def list_breaks(query: BreakQuery, breaks: BreakBook) -> BreakPage:
    """A page of breaks, oldest first. Raises Invalid for a cursor of another list."""
    if (query.run_id is None) == (query.open_psp is None):
        raise Invalid("breaks are listed by run or by PSP", field="run_id")
    return breaks.find(query)
