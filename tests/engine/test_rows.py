"""Every row on every engine that has it: what AWS documents, or the deviation that is pinned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.deviations import DEVIATIONS
from tests.engine.engines import Engine, is_aws
from tests.engine.row import ROWS, Observation, Row, played_on
from tests.engine.suite import GROUPS

assert GROUPS
CASES = [(one, name) for one in ROWS.values() for name in played_on(one, aws=is_aws())]
BUGS = (AttributeError, LookupError, NotImplementedError)


def observed(one: Row, engine: Engine) -> Observation:
    """What the engine does; an emulator in this process may break on the way."""
    try:
        return one.observe(engine)
    except BUGS as error:
        return f"breaks: {type(error).__name__}"


@pytest.mark.parametrize(
    ("one", "name"), CASES, ids=[f"{one.name}-{name.replace(' ', '-')}" for one, name in CASES]
)
def test_an_engine_does_what_aws_documents_or_what_is_pinned(
    one: Row, name: str, engine_of: Callable[[str], Engine]
) -> None:
    deviates = DEVIATIONS.get((name, one.name))

    assert observed(one, engine_of(name)) == (one.aws if deviates is None else deviates), (
        f"{one.says}: {name} has changed; correct tests/engine/deviations.py"
    )


def test_a_deviation_is_of_a_row_and_deviates() -> None:
    for (name, row), instead in DEVIATIONS.items():
        assert name in ROWS[row].engines
        assert instead != ROWS[row].aws
