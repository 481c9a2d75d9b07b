"""What a PSP's calls are measured by: how long each took, and how many went unanswered.

Each PSP has metrics of its own name, for a dimension would cost a line in the log for each call.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TypeVar

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.psp import PayoutFact, PspFact, RefundFact, SettlementKind
from countinghouse.domain.psp_presence import is_there
from countinghouse_aws.observability import count, took

TOOK = "PspMs_"
"""Before a PSP's name: how long its calls took; how many there were is the number of samples."""

UNANSWERED = "PspUnanswered_"
"""Before a PSP's name: its calls that went unanswered, or never got through."""

_NANOSECONDS_A_MS = 1_000_000
_NO_ANSWER = frozenset({SettlementKind.UNKNOWN, SettlementKind.NOT_SENT})

_Said = TypeVar("_Said")


def timed(psp: str, call: Callable[[], _Said]) -> _Said:
    """Make a call to that PSP and show how it went; raises what the call raises."""
    began = perf_counter_ns()
    try:
        said = call()
    except Unavailable:
        count(f"{UNANSWERED}{psp}")
        raise
    finally:
        took(f"{TOOK}{psp}", (perf_counter_ns() - began) // _NANOSECONDS_A_MS)
    if _is_silence(said):
        count(f"{UNANSWERED}{psp}")
    return said


def _is_silence(said: object) -> bool:
    match said:
        case PspFact():
            return is_there(said) is False
        case RefundFact() | PayoutFact():
            return said.kind in _NO_ANSWER
    return False
