"""Every shape of our calls, with generated items, on ministack and on moto: no disagreement.

What the two disagree about is told apart by the case: ministack must then do as AWS says, and a row
of its own pins what moto does (write.other-type, query.reversed).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.engines import MINISTACK, MOTO, Engine
from tests.engine.generated import Read, Write, compared, reads_of, writes_of
from tests.engine.performed import Seen, perform_read, perform_write
from tests.engine.shapes import Shape, committed

WRITING = frozenset({"PutItem", "UpdateItem", "Put", "Update", "ConditionCheck"})
WRITES = [one for one in committed() if one.operation in WRITING]
READS = [one for one in committed() if one not in WRITES]
REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")


def compares_types(shape: Shape, case: Write) -> bool:
    """Whether the condition compares an attribute with a value of another type.

    AWS says that it is false. moto compares as Python does: it breaks, or takes yes for one.
    """
    stored = case.before or {}
    return any(
        path in stored and stored[path].keys() != case.values[value].keys()
        for path, value in compared(shape)
    )


def is_reversed(case: Read) -> bool:
    """Whether the case asks for what lies between a bound and a lower one.

    AWS refuses that. moto finds nothing.
    """
    values = case.values
    if ":since" in values:
        return bool(Decimal(values[":since"]["N"]) > Decimal(values[":until"]["N"]))
    first, last = (values.get(name, {"S": ""})["S"] for name in (":first", ":last"))
    return bool(first.encode() > last.encode())


def both(engine_of: Callable[[str], Engine], perform: Any, *case: Any) -> tuple[Seen, Seen]:
    return perform(engine_of(MINISTACK), *case), perform(engine_of(MOTO), *case)


# To make an example smaller takes minutes here, and the rows are small already.
relaxed = settings(
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("shape", WRITES, ids=str)
@relaxed
@given(data=st.data())
def test_engines_write_alike(
    shape: Shape, engine_of: Callable[[str], Engine], data: st.DataObject
) -> None:
    case = data.draw(writes_of(shape))

    ministack, moto = both(engine_of, perform_write, shape, case)

    if compares_types(shape, case):
        assert ministack["said"] in REFUSED
    else:
        assert ministack == moto


@pytest.mark.parametrize("shape", READS, ids=str)
@relaxed
@given(data=st.data())
def test_engines_read_alike(
    shape: Shape, engine_of: Callable[[str], Engine], data: st.DataObject
) -> None:
    case = data.draw(reads_of(shape))

    ministack, moto = both(engine_of, perform_read, shape, case)

    if is_reversed(case):
        assert ministack["said"] == "ValidationException"
    else:
        assert ministack == moto
