"""Whether a PSP is there, by what came of a call to it: what its breaker counts (breaker.py)."""

from __future__ import annotations

from countinghouse.domain.psp import Doubt, FactKind, PspFact

_IN_DOUBT = {Doubt.SILENCE: False, Doubt.ANSWER: True, Doubt.UNASKED: None}


def is_there(fact: PspFact) -> bool | None:
    """Whether the PSP of whose call this is the outcome answered; None when it was not asked.

    A refusal is an answer, and so is one that proves nothing. What was not sent, or not looked at
    (our key is refused, or we are too fast), is none.
    """
    if fact.kind is FactKind.UNKNOWN:
        return _IN_DOUBT[fact.doubt]
    return fact.kind is not FactKind.NOT_SENT
