import pytest

from countinghouse.domain.breaks import BreakStatus
from countinghouse.domain.errors import Invalid
from countinghouse.ports.breaks import BreakQuery
from countinghouse.usecases.list_breaks import list_breaks
from tests.breaks import a_break
from tests.builders import NOW
from tests.fakes.breaks import FakeBreakBook

RUN = "rec_sandbox_20261118"
BREAKS = FakeBreakBook().put(
    a_break(break_id="brk_2", opened_at=NOW + 2),
    a_break(BreakStatus.VOID, break_id="brk_1", opened_at=NOW + 1),
    a_break(break_id="brk_3", opened_at=NOW + 3, run_id="rec_sandbox_20261119"),
    a_break(break_id="brk_4", opened_at=NOW + 4, psp="adyen", run_id="rec_adyen_20261119"),
)


def listed(run_id: str | None, psp: str | None) -> list[str]:
    page = list_breaks(BreakQuery(run_id, psp, None, 20), BREAKS)
    return [brk.break_id for brk in page.breaks]


def test_a_runs_breaks_are_those_it_found_settled_or_not() -> None:
    assert listed(RUN, None) == ["brk_1", "brk_2"]


def test_a_psps_open_breaks_are_whichever_run_found_them() -> None:
    assert listed(None, "sandbox") == ["brk_2", "brk_3"]


@pytest.mark.parametrize(("run_id", "psp"), [(None, None), (RUN, "sandbox")])
def test_it_is_one_list_or_the_other(run_id: str | None, psp: str | None) -> None:
    with pytest.raises(Invalid):
        listed(run_id, psp)
