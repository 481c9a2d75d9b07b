"""What one person may book by hand: the part of the market's rules that only bookings read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from countinghouse.domain.document import Part
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

_SECTION = frozenset({"approval_above_minor"})


@dataclass(frozen=True, slots=True)
class AdjustmentRules:
    """The section `adjustments`. `approval_above_minor` is what one person may book alone."""

    approval_above_minor: Mapping[str, int] = field(default_factory=dict)

    def needs_approval(self, amount: Money) -> bool:
        """Whether a second person has to agree.

        In a currency without an entry always: nobody has said what is little in it.
        """
        return abs(amount.minor) > self.approval_above_minor.get(amount.currency, 0)


def parse_adjustments(document: Mapping[str, object]) -> AdjustmentRules:
    """The section `adjustments` of the market's rules, as JSON has them.

    A document without it lets nobody book alone. Raises Invalid naming the path for anything
    unknown, missing or out of its bounds.
    """
    if "adjustments" not in document:
        return AdjustmentRules()
    parts = Part(document["adjustments"], "adjustments").fields(_SECTION, frozenset())
    return AdjustmentRules(parts["approval_above_minor"].amounts())
