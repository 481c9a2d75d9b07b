import pytest

from countinghouse.domain.psp import Doubt, FactKind, PspFact
from countinghouse.domain.psp_presence import is_there


@pytest.mark.parametrize("kind", sorted(set(FactKind) - {FactKind.UNKNOWN}))
@pytest.mark.parametrize("doubt", sorted(Doubt))
def test_whatever_a_psp_says_it_is_there(kind: FactKind, doubt: Doubt) -> None:
    assert is_there(PspFact(kind, doubt=doubt)) is (kind is not FactKind.NOT_SENT)


@pytest.mark.parametrize(
    ("doubt", "well"), [(Doubt.SILENCE, False), (Doubt.ANSWER, True), (Doubt.UNASKED, None)]
)
def test_a_psp_that_leaves_us_in_doubt_is_away_only_if_it_is_silent(
    doubt: Doubt, well: bool | None
) -> None:
    assert is_there(PspFact(FactKind.UNKNOWN, doubt=doubt)) is well
    assert is_there(PspFact(FactKind.UNKNOWN)) is False, "who does not say heard nothing"
